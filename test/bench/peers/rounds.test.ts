import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Drawing, Peer, PeerName } from './peer.ts';
import { distinctShapes, inRounds, orderOf, type Task } from './rounds.ts';

const small: Task = { name: 'small', sidePx: 64, steps: 2, guidanceScale: 1, count: 1, times: 2 };
const guided: Task = { ...small, name: 'guided', guidanceScale: 7, times: 1, notCompiled: true };

const apart = { rounds: 1, together: false, tell: () => {} };

/** A peer that notes what it is asked for and takes `ms` a picture. */
function notingPeer(name: PeerName, events: string[], fault?: () => void): Peer {
  return {
    name,
    open: async () => {
      events.push(`${name} starts`);
      fault?.();
      return {
        loadMs: 5,
        provider: 'cpu',
        pid: () => undefined,
        draw: async ({ prompt, seed, steps, count }: Drawing) => {
          events.push(`${name} ${prompt} ${seed} ${steps}`);
          return { textMs: 1, denoiseMs: 2, decodeMs: 3, totalMs: 6, pictures: Array.from({ length: count }, () => new Uint8Array(3)) };
        },
        [Symbol.asyncDispose]: async () => void events.push(`${name} ends`),
      };
    },
  };
}

describe('rounds', () => {
  it('run every peer in a process of its own, one after the other, in turned order, on the same drawings', async () => {
    const events: string[] = [];
    const results = await inRounds([notingPeer('blitzbild', events), notingPeer('eager', events)], [small], { ...apart, rounds: 2 });
    assert.deepEqual(
      events.filter((event) => /starts|ends/.test(event)),
      ['blitzbild', 'eager', 'eager', 'blitzbild'].flatMap((name) => [`${name} starts`, `${name} ends`]),
    );
    const drawn = (name: string): readonly string[] =>
      events.filter((event) => event.startsWith(`${name} a`)).map((event) => event.slice(name.length));
    assert.deepEqual(drawn('blitzbild'), drawn('eager'));
    // Two rounds of a first picture with a single step, which does not count, and two that do.
    assert.equal(drawn('eager').filter((event) => event.endsWith(' 1')).length, 2);
    assert.equal(new Set(drawn('eager')).size, 5);
    const samples = results.measured.get('eager')?.samples.get('small');
    assert.deepEqual(
      samples?.map(({ round }) => round),
      [0, 0, 1, 1],
    );
    assert.deepEqual(results.measured.get('eager')?.loadMs, [5, 5]);
  });

  it('let processes that fit into memory together take turns picture by picture', async () => {
    const events: string[] = [];
    await inRounds([notingPeer('blitzbild', events), notingPeer('eager', events)], [small], { ...apart, together: true });
    const names = events.map((event) => event.split(' ')[0]);
    const counted = events.flatMap((event, index) => (event.endsWith(' 2') ? [names[index]] : []));
    assert.deepEqual(counted, ['blitzbild', 'eager', 'eager', 'blitzbild']);
    assert.deepEqual(events.slice(-2).toSorted(), ['blitzbild ends', 'eager ends']);
  });

  it('leave out a peer that fails, with its reason and without its numbers, and never start it again', async () => {
    const events: string[] = [];
    let starts = 0;
    const failing = notingPeer('compiled', events, () => {
      if (++starts === 2) throw new Error('no compiler\nat line 3');
    });
    const { measured, failed } = await inRounds([notingPeer('blitzbild', events), failing], [small], { ...apart, rounds: 3 });
    assert.deepEqual([...failed], [['compiled', 'no compiler']]);
    assert.deepEqual([...measured.keys()], ['blitzbild']);
    assert.equal(starts, 2);
  });

  it('end where Blitzbild itself fails', async () => {
    const failing = notingPeer('blitzbild', [], () => {
      throw new Error('no model');
    });
    await assert.rejects(inRounds([failing], [small], apart), /no model/);
  });

  it('spare a compiler the shapes that are left to the others', async () => {
    const events: string[] = [];
    const { measured } = await inRounds([notingPeer('blitzbild', events), notingPeer('compiled', events)], [small, guided], apart);
    assert.deepEqual([...measured.get('compiled')!.samples.keys()], ['small']);
    assert.deepEqual([...measured.get('blitzbild')!.samples.keys()], ['small', 'guided']);
  });
});

it('the order is turned round each time', () => {
  assert.deepEqual(
    [0, 1, 2].map((round) => orderOf(['a', 'b', 'c'], round).join('')),
    ['abc', 'cba', 'abc'],
  );
});

it('each size is tried once before it counts, and each batch size for a compiler', () => {
  const four: Task = { ...small, name: 'four', count: 4 };
  const pair: Task = { ...small, name: 'pair', count: 2 };
  const large: Task = { ...small, name: 'large', sidePx: 128 };
  const names = (isCompiled: boolean): readonly string[] =>
    distinctShapes([small, guided, pair, four, large], isCompiled).map(({ name }) => name);
  assert.deepEqual(names(false), ['small', 'large']);
  // Guidance doubles a batch: a guided picture and a pair are one shape.
  assert.deepEqual(names(true), ['small', 'guided', 'four', 'large']);
});
