/** `blitzbild keys` and `doctor` as an operator uses them, on a real homeserver. */
import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { Person } from '../synapse/person.ts';
import { startSynapse, synapseSkipReason, type Account, type Synapse } from '../synapse/server.ts';
import { patienceMs, sentence, until, Workplace } from './program.ts';

const recoveryKey = /^(?:[1-9A-HJ-NP-Za-km-z]{4} ){11}[1-9A-HJ-NP-Za-km-z]{4}\n$/;

describe(
  'the bot’s keys on a real homeserver',
  { skip: (await synapseSkipReason()) ?? false, concurrency: 1, timeout: 3 * patienceMs },
  () => {
    let synapse: Synapse;
    let bot: Account;
    let place: Workplace;

    const environmentOf = (account: Account): Record<string, string> => ({
      MATRIX_HOMESERVER_URL: synapse.url,
      MATRIX_ACCESS_TOKEN: account.accessToken,
      LOG_LEVEL: 'debug',
    });
    const keys = (...args: readonly string[]) => place.run(['keys', ...args]);
    const verifiedLine = 'ok    The bot’s device is verified: people see that its account has signed it';

    before(async () => {
      synapse = await startSynapse();
      bot = await synapse.registerUser('bot');
      place = await Workplace.open({}, environmentOf(bot));
    });
    after(async () => {
      await place?.[Symbol.asyncDispose]();
      await synapse?.stop();
    });

    test('before the first start there is nothing to recover, and nothing is made by looking', async () => {
      const { stdout, exitCode } = await keys('status');
      assert.equal(exitCode, 0);
      assert.match(stdout, /^ok    The bot’s device has no keys on the homeserver yet\n      → Start the bot/);
      await assert.rejects(stat(place.path('data', 'matrix')), { code: 'ENOENT' });
    });

    test('the first start verifies the device, and says so without a secret', async () => {
      const program = await place.start();
      await program.says(/Matrix: connected\./);
      await until('the device is verified', async () => ((await keys('status')).stdout.includes(verifiedLine) ? true : undefined));
      const running = await keys('status');
      assert.match(running.stdout, /A bot is running and holds the keys/);
      assert.match(running.stdout, /TIP .*no recovery key/);
      const refused = await keys('export', place.path('recovery.txt'));
      assert.equal(refused.exitCode, 1);
      assert.match(refused.stderr, sentence);
      assert.match(refused.stderr, /in use by another Blitzbild process/);
      await assert.rejects(stat(place.path('recovery.txt')), { code: 'ENOENT' }, 'no empty file stays behind');
      await until('the log says it', () => (program.stderr.includes('The bot’s Matrix device is verified') ? true : undefined));
      assert.ok(!program.stderr.includes(bot.accessToken) && !program.stderr.includes(bot.password));
      assert.equal((await program.stop()).exitCode, 0);
      assert.match(
        (await keys('status')).stdout,
        /ok {4}The keys in the data folder are those of the device and of its account’s identity/,
      );
    });

    test('a recovery key is written once, to a file of its own', async () => {
      const file = place.path('recovery.txt');
      const { exitCode, stdout, stderr } = await keys('export', file);
      assert.equal(exitCode, 0, stderr);
      const text = await readFile(file, 'utf8');
      assert.match(text, recoveryKey);
      assert.ok(!(stdout + stderr).includes(text.slice(0, 9)));
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      const again = await keys('export', file);
      assert.equal(again.exitCode, 2);
      assert.match(again.stderr, /exists already and is left as it is/);
      assert.equal(await readFile(file, 'utf8'), text);
      const second = await keys('export');
      assert.match(second.stderr, /has a recovery key already.*--replace/);
      assert.match(second.stderr, sentence);
      assert.match((await keys('status')).stdout, /The account’s identity has a recovery key/);
    });

    test('doctor finds a room where the bot may not write, and a key file that does not fit', async () => {
      const ada = new Person(synapse.url, await synapse.registerUser('ada'));
      const room = await ada.createRoom({ invite: [bot.userId], powerLevels: { events_default: 50 } });
      await new Person(synapse.url, bot).join(room);
      const wrong = place.path('wrong.key');
      await writeFile(wrong, `${'0f'.repeat(32)}\n`);
      const { stdout, exitCode } = await place.run(['doctor'], { environment: { MATRIX_STORE_KEY_FILE: wrong } });
      assert.equal(exitCode, 1);
      assert.ok(stdout.includes(verifiedLine), stdout);
      assert.ok(stdout.includes(`WRONG The bot may not write in ${room}: it lacks the power there`), stdout);
      assert.match(stdout, /WRONG The keys in the data folder can not be used\n.*the key does not open/);
    });

    test('a lost folder: the same token is refused, a new one is told what to do, and the recovery key does it', async () => {
      const file = place.path('recovery.txt');
      await using lost = await Workplace.open({ room: { enabled: false } }, environmentOf(bot));
      const refused = lost.launch();
      assert.notEqual(await refused.ended(), 0);
      assert.match(
        refused.stderr + refused.stdout,
        /keys of the bot’s Matrix device are not in its data folder any more.*log the bot in again/,
      );

      const next = await synapse.logIn(bot);
      await using anew = await Workplace.open({}, environmentOf(next));
      const program = await anew.start();
      await program.says(/Matrix: connected\./);
      await until('the log says what is missing', () => (/keys import.*keys reset/.test(program.stderr) ? true : undefined));
      await program.stop();
      const told = await anew.run(['keys']);
      assert.match(told.stdout, /^WRONG The bot’s device is not verified: .*has not signed it\n {6}→ .*keys import/);
      const slip = await anew.run(['keys', 'import'], { stdin: 'EsT9 not a key\n' });
      assert.equal(slip.exitCode, 1);
      assert.match(slip.stderr, sentence);
      const { exitCode, stdout, stderr } = await anew.run(['keys', 'import', file]);
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /The bot’s device is verified/);
      assert.ok((await anew.run(['keys'])).stdout.includes(verifiedLine));
      const typed = await anew.run(['keys', 'import'], { stdin: await readFile(file, 'utf8') });
      assert.equal(typed.exitCode, 0, typed.stderr);

      const unasked = await anew.run(['keys', 'reset']);
      assert.equal(unasked.exitCode, 2);
      assert.match(unasked.stderr, /Nothing was changed: nobody is here to be asked/);
      const unconfirmed = await anew.run(['keys', 'reset', '--yes']);
      assert.equal(unconfirmed.exitCode, 1);
      assert.match(unconfirmed.stderr, /wants the password .* MATRIX_PASSWORD_FILE/);
      assert.match(unconfirmed.stderr, sentence);
      const password = anew.path('password');
      await writeFile(password, `${bot.password}\n`);
      const reset = await anew.run(['keys', 'reset', '--yes'], { environment: { MATRIX_PASSWORD_FILE: password } });
      assert.equal(reset.exitCode, 0, reset.stderr);
      assert.match(reset.stdout, /earlier recovery key opens nothing any more/);
      assert.match((await anew.run(['keys', 'import', file])).stderr, /somebody began a new identity since/);
      const exported = await anew.run(['keys', 'export']);
      assert.match(exported.stdout, recoveryKey);
      assert.equal(exported.exitCode, 0);
    });

    test('what can’t be meant is explained', async () => {
      const { exitCode, stderr } = await keys('export', place.path('no', 'folder'));
      assert.equal(exitCode, 2);
      assert.match(stderr, /can’t be written: name a file in a folder that exists/);
      assert.match(stderr, sentence);
      await using bare = await Workplace.open();
      assert.match((await bare.run(['keys'])).stderr, /Matrix is not configured: set MATRIX_HOMESERVER_URL/);
    });
  },
);
