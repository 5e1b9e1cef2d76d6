/** SIGKILL at a named point of the program, again and again, while people go on asking. */
import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { fox, FaultPlace } from '../place.ts';
import type { FaultRow, Injection } from '../row.ts';

type Point = Pick<FaultRow, 'number' | 'title' | 'injected'> & {
  readonly failpoints: (random: () => number, run: number) => string;
  readonly runs?: FaultRow['runs'];
  /** What is said for one run. */
  readonly says?: (run: number) => readonly string[];
  /** Looks at more than the number of answers. */
  readonly examine?: (place: FaultPlace) => Promise<void>;
};

const killedAt = ({ failpoints, says = (run) => [fox(run)], examine, ...row }: Point): FaultRow => ({
  runs: { bounded: 1, full: 15 },
  ...row,
  skip: synapseSkipReason,
  inject: async ({ runs, random }: Injection) => {
    await using place = await FaultPlace.open({ isProxied: examine !== undefined });
    await place.program.stop();
    for (let run = 1; run <= runs; run += 1) {
      for (const text of says(run)) await place.say(text);
      await place.dieAt(failpoints(random, run));
    }
    await place.start();
    const counts = await place.reckon(runs);
    await examine?.(place);
    return counts;
  },
});

/**
 * Killed at a reservation, the answer to another one may be lost, and the homeserver counts that as pending for a day. Of five it makes no
 * more, and what is not reserved any more is never reached: so that happens in one run of four.
 */
const reservedOrUploaded = (random: () => number, run: number): string =>
  run % 4 === 1 ? `media.reserved:kill@${upTo(2, random)}` : 'media.uploaded:kill';

/** 1 … `most`. */
const upTo = (most: number, random: () => number): number => 1 + Math.floor(random() * most);

export const rows: readonly FaultRow[] = [
  killedAt({
    number: 1,
    title: 'Killed before what was received is stored',
    injected: 'SIGKILL inside the inbox’s transaction',
    failpoints: () => 'inbox.before-commit:kill',
    says: (run) => (run % 2 === 0 ? ['!img queue'] : [fox(run)]),
  }),
  killedAt({
    number: 2,
    title: 'Killed when it is stored, before anything is answered',
    injected:
      'SIGKILL right behind the inbox’s transaction, in which the sync token is stored as well, or at the beginning of the work on an event, where that meets the same one again and again (given up in plain words)',
    failpoints: (random) => (random() < 0.5 ? 'inbox.after-commit:kill' : 'event.begun:kill'),
    says: (run) => (run % 2 === 0 ? ['!img queue'] : [fox(run)]),
  }),
  killedAt({
    number: 4,
    title: 'Killed between a picture and its upload',
    injected: 'SIGKILL when it is drawn, when its file is stored, or when it is queued for its room',
    failpoints: (random) => `${['picture.drawn', 'picture.stored', 'picture.finished'][Math.floor(random() * 3)]}:kill@${upTo(2, random)}`,
    says: (run) => [fox(run, 2)],
  }),
  killedAt({
    number: 5,
    title: 'Killed between an upload and its message',
    injected: 'SIGKILL when an address is reserved or the bytes are there; the message uses the same address',
    failpoints: reservedOrUploaded,
    examine: everyAddressOnce,
  }),
  killedAt({
    number: 6,
    title: 'Killed when the server has a message, before that is noted',
    injected: 'SIGKILL behind the first, second or third answer of the server to a message',
    failpoints: (random) => `message.sent:kill@${upTo(3, random)}`,
    says: (run) => [fox(run, 2), '!img queue'],
  }),
];

/** Bytes went to no other addresses than those that the room's messages show: none was given up for another one. */
async function everyAddressOnce(place: FaultPlace): Promise<void> {
  const filled = new Set(
    place.proxy.seen.flatMap(({ method, path }) => (method === 'PUT' ? (/\/media\/v3\/upload\/(.+)$/.exec(path)?.[1] ?? []) : [])),
  );
  const shown = new Set(
    (await place.ada.events(place.roomId))
      .filter(({ content }) => content['msgtype'] === 'm.image')
      .flatMap(({ content }) => [String(content['url']), String(content['info'].thumbnail_url)])
      .map((address) => address.slice('mxc://'.length)),
  );
  const other = [...filled].filter((address) => !shown.has(address));
  if (other.length > 0 || shown.size === 0) throw new Error(`${filled.size} files were uploaded, ${other.length} of them for nothing`);
}
