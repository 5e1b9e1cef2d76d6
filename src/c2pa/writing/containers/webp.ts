/** WebP: the RIFF chunk «C2PA», at the end. Sources: RFC 9649, 2.3; C2PA technical specification 2.2, A.3.4. */
import { bufferOf } from '#src/c2pa/bytes.ts';
import { ContainerError, type Place } from '#src/c2pa/writing/containers/container.ts';

const HEAD_BYTES = 8;

/** The length in the head of the file counts the new chunk as well. */
export function placeInWebp(file: Uint8Array): Place {
  const bytes = bufferOf(file);
  if (bytes.readUInt32LE(4) + HEAD_BYTES !== bytes.length) throw new ContainerError('a WebP file that is cut short');
  return {
    head: (embeddedBytes) => {
      const head = Buffer.from(bytes);
      head.writeUInt32LE(bytes.length - HEAD_BYTES + embeddedBytes, 4);
      return head;
    },
    tail: new Uint8Array(),
    embed: chunk,
  };
}

/** Chunks begin at even places. */
function chunk(store: Uint8Array): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + store.length + (store.length % 2));
  bytes.write('C2PA', 0, 'latin1');
  bytes.writeUInt32LE(store.length, 4);
  bytes.set(store, HEAD_BYTES);
  return bytes;
}
