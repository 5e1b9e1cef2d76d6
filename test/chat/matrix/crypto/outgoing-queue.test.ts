import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { KeysQueryRequest, KeysUploadRequest, type OlmMachine } from '@matrix-org/matrix-sdk-crypto-wasm';

import { OutgoingQueue } from '#src/chat/matrix/crypto/outgoing-queue.ts';
import type { OutgoingRequest } from '#src/chat/matrix/crypto/outgoing.ts';
import { HomeserverError } from '#src/chat/matrix/homeserver-error.ts';

import { eventually, LogInTest } from '../fakes.ts';

const upload = new KeysUploadRequest('upload', '{}');
const query = new KeysQueryRequest('query', '{}');

/** A machine that names what waits until it was sent, and a homeserver that answers as told. */
function queueOf(waiting: OutgoingRequest[], answer: (request: OutgoingRequest) => Promise<void>) {
  const ending = new AbortController();
  const log = new LogInTest();
  const sent: string[] = [];
  const broken: unknown[] = [];
  const machine = { outgoingRequests: async () => [...waiting] } as unknown as OlmMachine;
  const send = async (request: OutgoingRequest): Promise<void> => {
    sent.push(request.id ?? '');
    await answer(request);
    waiting.splice(waiting.indexOf(request), 1);
  };
  const onBroken = (error: unknown): void => void broken.push(error);
  const queue = new OutgoingQueue({ machine, send, log, random: () => 0, signal: ending.signal, onBroken, assertRoom: undefined });
  const end = async (): Promise<void> => {
    ending.abort();
    await queue.stopped();
  };
  return { queue, sent, log, broken, waiting, end, [Symbol.asyncDispose]: end };
}

describe('what the machine wants to tell the homeserver', () => {
  it('is sent once, however many ask for it at the same time', async () => {
    await using there = queueOf([upload, query], async () => {});
    there.queue.wake();
    await Promise.all([there.queue.devicesKnown(), there.queue.devicesKnown(), there.queue.devicesKnown()]);
    assert.deepEqual(there.sent, ['upload', 'query']);
  });

  it('is looked at again for who asks while a pass is under way', async () => {
    const gate = Promise.withResolvers<void>();
    await using there = queueOf([upload], async () => gate.promise);
    const first = there.queue.devicesKnown();
    await eventually(() => there.sent.length === 1);
    there.waiting.push(query);
    const second = there.queue.devicesKnown();
    gate.resolve();
    await Promise.all([first, second]);
    assert.deepEqual(there.sent, ['upload', 'query']);
  });

  it('keeps nobody from writing who does not need it, and is tried again', async () => {
    let failures = 1;
    await using there = queueOf([upload, query], async ({ id }) => {
      if (id === 'upload' && failures-- > 0) throw new HomeserverError('no', { status: 502 });
    });
    await there.queue.devicesKnown();
    assert.deepEqual(there.sent, ['upload', 'query']);
    await eventually(() => there.sent.length === 3);
    assert.equal(there.sent[2], 'upload');
    assert.doesNotMatch(there.log.text(), /error/);
  });

  it('keeps who writes waiting while devices can’t be asked for', async () => {
    await using there = queueOf([query], async () => {
      throw new HomeserverError('no', { status: 502 });
    });
    await assert.rejects(there.queue.devicesKnown(), HomeserverError);
    assert.ok(there.broken.length >= 1, 'whatever breaks is looked at');
  });

  it('holds keys back that the homeserver has had otherwise, and nothing else', async () => {
    await using there = queueOf([upload, query], async ({ id }) => {
      if (id === 'upload') throw new HomeserverError('One time key signed_curve25519:AAAAHg already exists', { status: 400 });
    });
    await there.queue.devicesKnown();
    there.waiting.push(query);
    await there.queue.devicesKnown();
    assert.deepEqual(there.sent, ['upload', 'query', 'query']);
    assert.equal(there.log.lines.filter(({ level }) => level === 'error').length, 1, there.log.text());
  });

  it('ends with the bot, also in the middle of a pause', async () => {
    await using there = queueOf([upload], async () => {
      throw new HomeserverError('no', { status: 502 });
    });
    there.queue.wake();
    await eventually(() => there.sent.length === 1);
    await there.end();
    assert.equal(there.sent.length, 1);
    await there.queue.devicesKnown();
    assert.equal(there.sent.length, 1);
  });
});
