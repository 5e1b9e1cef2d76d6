import {
  RequestType,
  type KeysBackupRequest,
  type KeysClaimRequest,
  type KeysQueryRequest,
  type KeysUploadRequest,
  type OlmMachine,
  type RoomMessageRequest,
  type SignatureUploadRequest,
  type ToDeviceRequest,
} from '@matrix-org/matrix-sdk-crypto-wasm';

import type { BotClient } from '../client.ts';

/** What the machine may ask to be sent; every kind of `OlmMachine.outgoingRequests`, of sharing and of claiming. */
export type OutgoingRequest =
  | KeysUploadRequest
  | KeysQueryRequest
  | KeysClaimRequest
  | ToDeviceRequest
  | SignatureUploadRequest
  | RoomMessageRequest
  | KeysBackupRequest;

/**
 * Sends one request of the machine and tells the machine the answer; resolves when both are done. Rejects with a
 * `HomeserverError` where the server did not answer well: then the machine asks for the same again.
 */
export type Requests = (request: OutgoingRequest) => Promise<void>;

/** Handing out one-time keys of other servers' people may take the homeserver a while. */
const claimTimeoutMs = 60_000;

export function requestsOf(client: BotClient, machine: OlmMachine): Requests {
  return async (request) => {
    const answer = await ask(client, request);
    // Signatures that were made by the way have no id: nobody waits to hear of them.
    if (request.id !== undefined) await machine.markRequestAsSent(request.id, request.type, JSON.stringify(answer));
  };
}

async function ask(client: BotClient, request: OutgoingRequest): Promise<unknown> {
  const post = async (path: string, timeoutMs?: number): Promise<unknown> =>
    client.ask({
      method: 'POST',
      path: `/_matrix/client/v3/keys/${path}`,
      body: JSON.parse(request.body) as unknown,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  switch (request.type) {
    case RequestType.KeysUpload:
      return post('upload');
    case RequestType.KeysQuery:
      return post('query', claimTimeoutMs);
    case RequestType.KeysClaim:
      return post('claim', claimTimeoutMs);
    case RequestType.SignatureUpload:
      return post('signatures/upload');
    case RequestType.ToDevice:
      return put(client, 'sendToDevice', request as ToDeviceRequest);
    case RequestType.RoomMessage: {
      const message = request as RoomMessageRequest;
      return put(client, `rooms/${encodeURIComponent(message.room_id)}/send`, message);
    }
    default:
      throw new TypeError('the bot keeps no key backup on the homeserver, so there is nothing to upload to it');
  }
}

/** Under the machine's own transaction id, so that a repeated request is the same one to the server. */
const put = async (client: BotClient, place: string, request: ToDeviceRequest | RoomMessageRequest): Promise<unknown> =>
  client.ask({
    method: 'PUT',
    path: `/_matrix/client/v3/${place}/${encodeURIComponent(request.event_type)}/${encodeURIComponent(request.txn_id)}`,
    body: JSON.parse(request.body) as unknown,
  });
