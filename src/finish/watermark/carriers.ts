/** Which wave carries which coded bit, and with which sign: the secret of the mark. */
import { createCipheriv, hkdfSync } from 'node:crypto';
import { codedBits } from '#src/finish/watermark/convolutional-code.ts';
import { bands, type Grid } from '#src/finish/watermark/lapped-transform.ts';

/** A tile of blocks carries every coded bit once, so that each bit is everywhere in the picture. */
const tileAcross = 4;
const tileDown = 2;
const blocksPerTile = tileAcross * tileDown;
const dataPerBlock = codedBits / blocksPerTile;
/** The waves that are left are known whatever the payload: by them the place and size of the mark are found. They are low ones. */
const pilotsPerBlock = bands.length - dataPerBlock;
const pilotBands = 2 * pilotsPerBlock;

/** The role of a wave that is a pilot. */
export const pilot = -1;

/** Per coefficient of a grid: the coded bit it carries, or `pilot`; and its sign. */
export type Carriers = { readonly roles: Int16Array; readonly signs: Float32Array };

/** @param key 32 bytes */
export const carriersOf = (key: Uint8Array): ((grid: Grid) => Carriers) => {
  if (key.length !== 32) throw new TypeError(`expected a key of 32 bytes, got ${key.length}`);
  const secret = Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), 'watermark carriers', 32));
  const tiles = new Map<number, Carriers>();
  const tile = (x: number, y: number): Carriers => {
    const name = y * 65_536 + x;
    const known = tiles.get(name);
    if (known !== undefined) return known;
    const made = makeTile(secret, x, y);
    tiles.set(name, made);
    return made;
  };
  return ({ across, down }) => {
    const roles = new Int16Array(across.count * down.count * bands.length);
    const signs = new Float32Array(roles.length);
    for (let row = 0; row < down.count; row++)
      for (let column = 0; column < across.count; column++) {
        const [x, y] = [across.first + column, down.first + row];
        const from = tile(Math.floor(x / tileAcross), Math.floor(y / tileDown));
        const block = (y % tileDown) * tileAcross + (x % tileAcross);
        const into = (row * across.count + column) * bands.length;
        roles.set(from.roles.subarray(block * bands.length, (block + 1) * bands.length), into);
        signs.set(from.signs.subarray(block * bands.length, (block + 1) * bands.length), into);
      }
    return { roles, signs };
  };
};

function makeTile(secret: Buffer, x: number, y: number): Carriers {
  const random = keystream(secret, x, y);
  const roles = new Int16Array(blocksPerTile * bands.length);
  const signs = Float32Array.from(roles, () => (random(2) === 0 ? 1 : -1));
  const bits = shuffled(codedBits, random);
  let next = 0;
  for (let block = 0; block < blocksPerTile; block++) {
    const pilots = new Set(shuffled(pilotBands, random).slice(0, pilotsPerBlock));
    for (let band = 0; band < bands.length; band++) roles[block * bands.length + band] = pilots.has(band) ? pilot : bits[next++]!;
  }
  return { roles, signs };
}

/** Whole numbers below `limit`, evenly but for 2⁻²⁰. */
function keystream(secret: Buffer, x: number, y: number): (limit: number) => number {
  const place = Buffer.alloc(16);
  place.writeUInt16BE(x, 0);
  place.writeUInt16BE(y, 2);
  const bytes = createCipheriv('aes-256-ctr', secret, place).update(Buffer.alloc(8192));
  let at = 0;
  return (limit) => {
    const value = bytes.readUInt32BE(at);
    at += 4;
    return value % limit;
  };
}

/** 0 … count − 1 in another order. Source: Fisher and Yates. */
function shuffled(count: number, random: (limit: number) => number): readonly number[] {
  const order = Array.from({ length: count }, (_, at) => at);
  for (let at = count - 1; at > 0; at--) {
    const other = random(at + 1);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}
