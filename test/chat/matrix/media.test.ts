import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { DeliveryError } from '#core/errors.ts';
import { BotClient } from '#src/chat/matrix/client.ts';
import type { MediaAddress } from '#src/chat/matrix/content.ts';
import { decryptFile, openingOf, type EncryptedFile } from '#src/chat/matrix/crypto/encrypted-file.ts';
import { Media } from '#src/chat/matrix/media.ts';

import { ImagesInTest, MemoryInTest } from './fakes.ts';
import { json, SmallHomeserver } from './small-homeserver.ts';

const png = Uint8Array.of(1, 2, 3, 4);
const jpeg = Uint8Array.of(5, 6);

async function mediaOn(homeserver: SmallHomeserver, memory = new MemoryInTest()) {
  const images = new ImagesInTest();
  const image = await images.store(png, jpeg, { widthPx: 2, heightPx: 2 });
  const signal = new AbortController().signal;
  const client = new BotClient({ homeserverUrl: homeserver.url, accessToken: 't', signal, timeoutMs: 1000, maxAnswerBytes: 10_000 });
  const media = new Media({ client, images, memory, serverName: 'small.test', now: Date.now });
  return { media, image, memory, images };
}

describe('pictures on the homeserver', () => {
  it('get their address first, then their bytes under it', async () => {
    await using homeserver = await SmallHomeserver.start();
    const { media, image } = await mediaOn(homeserver);
    const { picture, thumbnail } = await media.addresses(image);
    const puts = homeserver.asked('/upload', 'PUT');
    const pathOf = (address: MediaAddress): string =>
      `/_matrix/media/v3/upload/${typeof address === 'string' ? address.slice('mxc://'.length) : ''}`;
    assert.deepEqual(
      new Map(puts.map(({ path, body }) => [path, [...body]])),
      new Map([
        [pathOf(thumbnail), [5, 6]],
        [pathOf(picture), [1, 2, 3, 4]],
      ]),
    );
    assert.deepEqual(new Set([picture, thumbnail]), new Set(['mxc://small.test/reserved1', 'mxc://small.test/reserved2']));
    assert.deepEqual([...(puts[0]?.query.keys() ?? [])], [], 'no file name that could tell the prompt');
    await media.addresses(image);
    assert.equal(homeserver.asked('/upload').length, 2, 'known the second time');
  });

  it('keep their address when the answer to the upload was lost', async () => {
    await using homeserver = await SmallHomeserver.start();
    const memory = new MemoryInTest();
    const first = await mediaOn(homeserver, memory);
    homeserver.when('/upload/small.test/reserved1', (_, response) => response.destroy(), 1);
    await assert.rejects(first.media.addresses(first.image));
    homeserver.when(
      '/upload/small.test/reserved1',
      (_, response) => json(response, 409, { errcode: 'M_CANNOT_OVERWRITE_MEDIA', error: 'there' }),
      1,
    );
    const second = await mediaOn(homeserver, memory);
    const { picture, thumbnail } = await second.media.addresses(second.image);
    assert.deepEqual(new Set([picture, thumbnail]), new Set(['mxc://small.test/reserved1', 'mxc://small.test/reserved2']));
    assert.equal(homeserver.asked('/media/v1/create').length, 2, 'one for each file');
  });

  it('get another address when the reserved one has expired', async () => {
    await using homeserver = await SmallHomeserver.start();
    const memory = new MemoryInTest();
    const first = await mediaOn(homeserver, memory);
    homeserver.when('/upload/small.test/reserved1', (_, response) => response.destroy(), 1);
    await assert.rejects(first.media.addresses(first.image));
    homeserver.when('/upload/small.test/reserved1', (_, response) => json(response, 404, { errcode: 'M_NOT_FOUND', error: 'expired' }));
    const { picture, thumbnail } = await first.media.addresses(first.image);
    assert.deepEqual(new Set([picture, thumbnail]), new Set(['mxc://small.test/reserved2', 'mxc://small.test/reserved3']));
  });

  it('are simply uploaded where the server can not reserve', async () => {
    await using homeserver = await SmallHomeserver.start();
    const { media, image } = await mediaOn(homeserver);
    homeserver.when('/media/v1/create', (_, response) => json(response, 404, { errcode: 'M_UNRECOGNIZED' }));
    const { picture, thumbnail } = await media.addresses(image);
    assert.deepEqual(new Set([picture, thumbnail]), new Set(['mxc://small.test/plain1', 'mxc://small.test/plain2']));
  });

  it('are simply uploaded where the server makes no more reservations, because those whose answers were lost are pending', async () => {
    await using homeserver = await SmallHomeserver.start();
    const { media, image } = await mediaOn(homeserver);
    homeserver.when('/media/v1/create', (_, response) =>
      json(response, 429, { errcode: 'M_LIMIT_EXCEEDED', error: 'Too many', retry_after_ms: 86_400_000 }),
    );
    const { picture, thumbnail } = await media.addresses(image);
    assert.deepEqual(new Set([picture, thumbnail]), new Set(['mxc://small.test/plain1', 'mxc://small.test/plain2']));
  });

  it('are refused over the limit before anything is sent, and when a proxy has a lower one', async () => {
    await using homeserver = await SmallHomeserver.start();
    const { media, image } = await mediaOn(homeserver);
    homeserver.when('/upload', (_, response) => response.writeHead(413).end('<html>too large</html>'), 1);
    await assert.rejects(
      media.addresses(image),
      (error) => error instanceof DeliveryError && error.failure === 'rejected' && /proxy/.test(error.message),
    );
    const small = await mediaOn(homeserver);
    homeserver.when('/media/config', (_, response) => json(response, 200, { 'm.upload.size': 3 }));
    const before = homeserver.asked('/media/v1/create').length;
    await assert.rejects(small.media.addresses(small.image), (error) => error instanceof DeliveryError && error.failure === 'rejected');
    assert.equal(homeserver.asked('/media/v1/create').length, before);
  });

  it('are not held up where a proxy answers the question for the limit with its own page; it is asked again', async () => {
    await using homeserver = await SmallHomeserver.start();
    const { media, image, images } = await mediaOn(homeserver);
    homeserver.when('/media/config', (_, response) => response.writeHead(502).end('<html>bad gateway</html>'), 1);
    assert.deepEqual(Object.keys(await media.addresses(image)), ['picture', 'thumbnail']);
    const file = { key: await images.put(Uint8Array.of(7), 'zip'), name: 'x.zip', bytes: 1_000_001, mimeType: 'application/zip' };
    await assert.rejects(media.fileAddress(file), (error) => error instanceof DeliveryError && error.failure === 'rejected');
    homeserver.when('/media/config', (_, response) => response.writeHead(401).end('{"errcode":"M_UNKNOWN_TOKEN"}'), 1);
    const other = await mediaOn(homeserver);
    await assert.rejects(other.media.addresses(other.image), 'a token that is not valid any more is told as that');
  });

  it('and files that are no pictures get one address, uploaded once under their type', async () => {
    await using homeserver = await SmallHomeserver.start();
    const { media, memory, images } = await mediaOn(homeserver);
    const file = { key: await images.put(Uint8Array.of(7, 8, 9), 'zip'), name: 'canary.zip', bytes: 3, mimeType: 'application/zip' };
    assert.deepEqual(await media.fileAddress(file), { file: 'mxc://small.test/reserved1' });
    const [upload, ...others] = homeserver.asked('/upload', 'PUT');
    assert.deepEqual([[...(upload?.body ?? [])], upload?.contentType, others.length], [[7, 8, 9], 'application/zip', 0]);
    assert.equal(upload?.query.size, 0, 'no file name');
    const later = await mediaOn(homeserver, memory);
    assert.deepEqual(await later.media.fileAddress({ ...file, name: 'another name.zip' }), { file: 'mxc://small.test/reserved1' });
    assert.equal(homeserver.asked('/upload').length, 1, 'known after a restart');
    await assert.rejects(
      later.media.fileAddress({ ...file, bytes: 1_000_001 }),
      (error) => error instanceof DeliveryError && error.failure === 'rejected',
    );
  });

  it('are not sent to an address that is none', async () => {
    await using homeserver = await SmallHomeserver.start();
    const { media, image } = await mediaOn(homeserver);
    homeserver.when('/media/v1/create', (_, response) => json(response, 200, { content_uri: 'https://evil.test/x' }));
    await assert.rejects(media.addresses(image), /named no address/);
    assert.equal(homeserver.asked('/upload').length, 0);
  });
});

describe('pictures of encrypted rooms', () => {
  const fileOf = (address: MediaAddress): EncryptedFile =>
    typeof address === 'string' ? assert.fail(`in the clear: ${address}`) : address;
  const opened = (file: EncryptedFile, bytes: Uint8Array): Uint8Array =>
    decryptFile(bytes, openingOf({ ...file }) ?? assert.fail('it can be opened'));

  it('are noise on the server, with neither name nor type, and open with what their message says', async () => {
    await using homeserver = await SmallHomeserver.start();
    const { media, image } = await mediaOn(homeserver);
    const { picture, thumbnail } = await media.addresses(image, '!r:s');
    const puts = homeserver.asked('/upload', 'PUT');
    const sent = new Map(puts.map(({ path, body }) => [path.replace('/_matrix/media/v3/upload/', 'mxc://'), body]));
    for (const put of puts) assert.deepEqual([put.contentType, [...put.query.keys()]], ['application/octet-stream', []]);
    for (const [address, bytes] of [
      [picture, png],
      [thumbnail, jpeg],
    ] as const) {
      const file = fileOf(address);
      const there = sent.get(file.url) ?? assert.fail(`nothing at ${file.url}`);
      assert.notDeepEqual([...there], [...bytes]);
      assert.deepEqual([...opened(file, there)], [...bytes]);
    }
    assert.notEqual(fileOf(picture).key.k, fileOf(thumbnail).key.k);
    assert.notEqual(fileOf(picture).iv, fileOf(thumbnail).iv);
  });

  it('keep address, key and bytes when the answer to the upload was lost, also after a restart', async () => {
    await using homeserver = await SmallHomeserver.start();
    const memory = new MemoryInTest();
    const { media, image } = await mediaOn(homeserver, memory);
    homeserver.when('/upload/', (_, response) => response.destroy());
    await assert.rejects(media.addresses(image, '!r:s'));
    homeserver.rules.shift();
    const { media: again, image: same } = await mediaOn(homeserver, memory);
    const { picture } = await again.addresses(same, '!r:s');
    const bodies = homeserver.asked(fileOf(picture).url.slice('mxc://'.length), 'PUT').map(({ body }) => body.toString('hex'));
    assert.equal(bodies.length, 2);
    assert.equal(bodies[0], bodies[1], 'the same bytes');
    assert.equal(homeserver.asked('/media/v1/create').length, 2, 'one address for each of the two files');
    const before = homeserver.requests.length;
    assert.deepEqual((await again.addresses(same, '!r:s')).picture, picture);
    assert.equal(homeserver.requests.length, before, 'known the second time');
  });

  it('leave one entry in the memory when they are there, and what another attempt needs until then', async () => {
    await using homeserver = await SmallHomeserver.start();
    const { media, image, memory } = await mediaOn(homeserver);
    homeserver.when('/upload/', (_, response) => response.destroy());
    await assert.rejects(media.addresses(image, '!r:s'));
    const kinds = (): readonly string[] => [...memory.rows.keys()].map((key) => key.slice(0, key.indexOf(':'))).toSorted();
    assert.deepEqual(kinds(), ['file-key', 'file-key', 'mxc-reserved', 'mxc-reserved']);
    homeserver.rules.shift();
    await media.addresses(image, '!r:s');
    assert.deepEqual(kinds(), ['mxc', 'mxc']);
    await media.addresses(image);
    assert.deepEqual(kinds(), ['mxc', 'mxc', 'mxc', 'mxc']);
  });

  it('are another copy under another key in every room', async () => {
    await using homeserver = await SmallHomeserver.start();
    const { media, image } = await mediaOn(homeserver);
    const one = fileOf((await media.addresses(image, '!one:s')).picture);
    const other = fileOf((await media.addresses(image, '!other:s')).picture);
    const open = (await media.addresses(image)).picture;
    assert.equal(new Set([one.url, other.url, open]).size, 3);
    assert.notEqual(one.key.k, other.key.k);
  });
});
