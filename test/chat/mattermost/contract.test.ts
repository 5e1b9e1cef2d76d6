import { after } from 'node:test';

import { chatPlatformContract } from '../../contract/chat-platform.ts';
import { FakeMattermost } from './fake/fake.ts';
import { mattermostHarness, placeOnFake } from './harness.ts';
import { placeOnRealServer, realServer } from './real-server.ts';

let fake: FakeMattermost | undefined;
after(async () => fake?.[Symbol.asyncDispose]());

chatPlatformContract('Mattermost on the contract fake', async () =>
  mattermostHarness(placeOnFake((fake ??= await FakeMattermost.start()))),
);

const real = realServer();
chatPlatformContract(
  'Mattermost on a real server',
  async () => mattermostHarness(await placeOnRealServer(real!)),
  real === undefined ? 'MATTERMOST_TEST_URL and MATTERMOST_TEST_ADMIN_TOKEN name no server to test against' : undefined,
);
