/** What `blitzbild keys` says to what can't be meant. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { UsageError, type Io } from '#src/cli/io.ts';
import { keys } from '#src/cli/keys.ts';

/** Nobody at a terminal, and nothing piped in. */
function silentIo(): { readonly io: Io; readonly said: () => string } {
  const stdin = Object.assign(new PassThrough(), { isTTY: false });
  stdin.end();
  let text = '';
  const stdout = new PassThrough().setEncoding('utf8').on('data', (piece: string) => (text += piece));
  return { io: { stdin, stdout, stderr: new PassThrough(), root: new URL('file:///nowhere/') } as unknown as Io, said: () => text };
}

for (const [args, found] of [
  [['statsu'], /did you mean «keys status»\?/],
  [['frobnicate'], /There is no command «keys frobnicate»; there are: status, export, import, reset, show, init, renew\./],
  [['toString'], /There is no command/],
  [['status', 'x'], /takes no arguments/],
  [['import', 'a', 'b'], /Name one file/],
  [['import', 'nowhere.txt'], /nowhere\.txt can’t be read: name a file/],
  [['import'], /No recovery key was given: type it, or name a file/],
  [['export', 'a', 'b'], /Name one file, such as/],
  [['export', '--relpace'], /the options are: --replace\./],
  [['reset', 'now'], /takes no arguments but --yes/],
  [['init', 'x'], /takes no arguments but --organisation NAME and --days N/],
  [['init', '--days', '0'], /«0» is no number of days: take 1 to 7305/],
  [['init', '--days', 'ten'], /«ten» is no number of days/],
  [['init', '--organisation', ' '], /has 1 to 64 letters in one line/],
  [['init', '--organisation', 'a\nb'], /in one line/],
  [['init', '--organisation', 'x'.repeat(65)], /1 to 64 letters/],
  [['init', '--organization', 'x'], /the options are: --organisation, --days/],
  [['renew', '--days', '-3'], /«-3» is no number of days/],
  [['show', 'x'], /takes no arguments/],
  [['reset'], /Nothing was changed: nobody is here to be asked\. Add --yes/],
] as const)
  test(`keys ${args.join(' ')}`, async () => {
    await assert.rejects(keys(args, silentIo().io), (error: unknown) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, found);
      return true;
    });
  });

test('keys --help names every command and asks nobody', async () => {
  const { io, said } = silentIo();
  await keys(['--help'], io);
  for (const name of ['status', 'export', 'import', 'reset', 'init', 'show', 'renew'])
    assert.match(said(), new RegExp(`blitzbild keys \\[?${name}`));
});

/** Somebody at a terminal. */
function terminalIo() {
  const stream = () => Object.assign(new PassThrough().setEncoding('utf8'), { isTTY: true });
  const [stdin, stdout, stderr] = [stream(), stream(), stream()];
  let shown = '';
  for (const output of [stdout, stderr]) output.on('data', (piece: string) => (shown += piece));
  return { stdin, shown: () => shown, io: { stdin, stdout, stderr, root: new URL('file:///nowhere/') } as unknown as Io };
}

test('a recovery key that is typed is not shown', async () => {
  const { stdin, shown, io } = terminalIo();
  const importing = assert.rejects(keys(['import'], io), /Matrix is not configured/);
  stdin.write('EsT9 canary\r');
  await importing;
  assert.equal(shown(), 'Recovery key (it is not shown): \n');
});

test('Ctrl-C where a recovery key is to be typed ends it', async () => {
  const { stdin, io } = terminalIo();
  const importing = assert.rejects(keys(['import'], io), /No recovery key was given/);
  stdin.write('Es\u0003');
  await importing;
});
