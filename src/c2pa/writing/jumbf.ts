/**
 * The boxes that a manifest store is made of. Sources: ISO/IEC 19566-5 (JUMBF), Annex A and B; C2PA technical specification 2.2, chapter 11.1.
 */

/** The kinds of superbox, each by the four letters that begin its type. */
const kinds = { store: 'c2pa', manifest: 'c2ma', assertions: 'c2as', claim: 'c2cl', signature: 'c2cs', cbor: 'cbor' } as const;
export type SuperboxKind = keyof typeof kinds;

/** The rest of a type's UUID, the same for all of them. */
const typeEnd = Buffer.from('00110010800000aa00389b71', 'hex');
/** Can be asked for by its label, and has one. */
const REQUESTABLE_WITH_LABEL = 0b11;
/** Length and type of a box, in bytes. */
export const BOX_HEAD_BYTES = 8;

const box = (type: string, ...content: readonly Uint8Array[]): Buffer => {
  const length = content.reduce((sum, part) => sum + part.length, BOX_HEAD_BYTES);
  const head = Buffer.alloc(BOX_HEAD_BYTES);
  head.writeUInt32BE(length, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, ...content], length);
};

/** A box with a description and what it holds. */
export const superbox = (kind: SuperboxKind, label: string, ...content: readonly Uint8Array[]): Buffer =>
  box(
    'jumb',
    box('jumd', Buffer.from(kinds[kind], 'latin1'), typeEnd, Buffer.of(REQUESTABLE_WITH_LABEL), Buffer.from(`${label}\0`, 'utf8')),
    ...content,
  );

/** A box whose content is CBOR. */
export const cborBox = (content: Uint8Array): Buffer => box('cbor', content);
