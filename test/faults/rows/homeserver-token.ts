import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../e2e/program/program.ts';
import type { Account } from '../../e2e/synapse/server.ts';
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

const said = /token is not valid any more/;

const revoked: FaultRow = {
  number: 15,
  title: 'The access token is revoked',
  injected: 'the bot is logged out while it draws; commands go on; then a new login (another device), its token, a restart',
  runs: { bounded: 1, full: 4 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open();
    let account: Account = place.bot;
    for (let run = 1; run <= runs; run += 1) {
      await place.say(fox(run * 10, 3));
      await place.say('!img fox --n 0');
      await delay(random() * 1500);
      await place.synapse.logOut(account);
      await place.say(fox(run * 10 + 5));
      await until('the bot says so', () => (said.test(place.program.stderr) ? true : undefined));
      const [, port] = /"port":(\d+),"msg":"Health and metrics/.exec(place.program.stderr) ?? [];
      const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
      if (ready.status !== 503 || !/token/.test(await ready.text())) throw new Error(`/readyz answers ${ready.status}.`);
      await place.program.stop();
      account = await place.synapse.logIn(account);
      // As docs/matrix.md says: the keys of rooms belong to the device that is no more.
      for (const file of ['crypto.sqlite', 'crypto.sqlite-wal', 'crypto.sqlite-shm'])
        await rm(place.workplace.path('data/matrix', file), { force: true });
      await place.start({ MATRIX_ACCESS_TOKEN: account.accessToken });
      await place.answered();
    }
    return await place.reckon(runs);
  },
};

export const rows: readonly FaultRow[] = [revoked];
