import { after } from 'node:test';

import { chatPlatformContract } from '../../contract/chat-platform.ts';
import { startSynapse, synapseSkipReason, type Synapse } from '../../e2e/synapse/server.ts';
import { encryptedHarness } from './encrypted-harness.ts';

let synapse: Synapse | undefined;
after(async () => synapse?.stop());

chatPlatformContract(
  'Matrix, an encrypted room on a real Synapse',
  async () => encryptedHarness((synapse ??= await startSynapse())),
  await synapseSkipReason(),
);
