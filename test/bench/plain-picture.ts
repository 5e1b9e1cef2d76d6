import { randomUUID } from 'node:crypto';
import type { Account } from '../e2e/synapse/server.ts';

export type PictureFiles = { readonly bytes: Uint8Array; readonly mimeType: string };

/**
 * Milliseconds that the homeserver takes for a picture as the bot sends it, without a bot: both files and the message,
 * one request after another. Synapse makes thumbnails of its own of every file before it answers.
 */
export async function plainPictureMs(url: string, account: Account, roomId: string, files: readonly PictureFiles[]): Promise<number> {
  const ask = async (
    method: string,
    path: string,
    body: Uint8Array | object,
    mimeType = 'application/json',
  ): Promise<Record<string, string>> => {
    const response = await fetch(`${url}/_matrix/${path}`, {
      method,
      headers: { Authorization: `Bearer ${account.accessToken}`, 'Content-Type': mimeType },
      body: body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`the homeserver answered ${response.status}`);
    return (await response.json()) as Record<string, string>;
  };
  const startedMs = performance.now();
  let address = '';
  for (const { bytes, mimeType } of files) {
    address = (await ask('POST', 'media/v1/create', {}))['content_uri'] ?? '';
    await ask('PUT', `media/v3/upload/${address.slice('mxc://'.length)}`, bytes, mimeType);
  }
  const place = `client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${randomUUID()}`;
  await ask('PUT', place, { msgtype: 'm.image', body: 'a picture', url: address });
  return performance.now() - startedMs;
}
