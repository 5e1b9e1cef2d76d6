import { after } from 'node:test';

import { chatPlatformContract } from '../../contract/chat-platform.ts';
import { startSynapse, synapseSkipReason, type Synapse } from '../../e2e/synapse/server.ts';
import { matrixHarness } from './harness.ts';

let synapse: Synapse | undefined;
after(async () => synapse?.stop());

chatPlatformContract('Matrix on a real Synapse', async () => matrixHarness((synapse ??= await startSynapse())), await synapseSkipReason());
