import { synapseSkipReason } from '../../e2e/synapse/server.ts';
import { FaultPlace } from '../place.ts';
import type { FaultRow } from '../row.ts';

const copied = 43;
/** Two pictures: the second one is the work in the library. */
const pair = `!img a red fox --steps 2 --seed ${copied - 1} --n 2`;

/** Its file is stored and nobody knows it, it is noted and nothing is said, or what is said is on its way. */
const points = ['picture.stored:kill@2', 'picture.held-back:kill', 'message.before-send:kill@2', 'message.sent:kill@2'] as const;

const killedWhileHeldBack: FaultRow = {
  number: 50,
  title: 'Killed while a picture is held back',
  injected: 'SIGKILL when a copy of a protected work is stored, when it is noted, or when what is said instead of it is sent',
  runs: { bounded: 2, full: 15 },
  skip: synapseSkipReason,
  inject: async ({ runs, random }) => {
    await using place = await FaultPlace.open({ settings: { similarity: { check: 'hold-back' } } });
    await place.program.stop();
    await addWork(place);
    for (let run = 1; run <= runs; run += 1) {
      await place.say(pair);
      await place.dieAt(points[Math.floor(random() * points.length)]!);
    }
    await place.start();
    const counts = await place.reckon(runs);
    await nothingShown(place, runs);
    return counts;
  },
};

async function addWork({ workplace }: FaultPlace): Promise<void> {
  for (const args of [
    ['generate', 'a', 'red', 'fox', '--steps', '2', '--seed', String(copied), '--out', workplace.path('works')],
    ['references', 'add', workplace.path('works', `blitzbild-${copied}.png`), '--title', 'The Fox', '--holder', 'Ada'],
  ]) {
    const { exitCode, stdout, stderr } = await workplace.run(args);
    if (exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
  }
}

/** Every job shows its first picture, says once that the second one is held back, and never shows that. */
async function nothingShown(place: FaultPlace, jobs: number): Promise<void> {
  const events = (await place.history()).filter(({ sender, type }) => sender === place.botId && type === 'm.room.message');
  const files = events.flatMap(({ content }) => (content['msgtype'] === 'm.image' ? [String(content['filename'])] : []));
  const said = events.flatMap(
    ({ content }) => /^Picture (\w+\/A2) is held back: it resembles «The Fox»/u.exec(String(content['body']))?.[1] ?? [],
  );
  if (files.some((file) => !file.endsWith('-A1.png')) || new Set(files).size !== jobs) throw new Error(`Shown were ${files.join(', ')}.`);
  if (said.length !== jobs || new Set(said).size !== jobs) throw new Error(`Told as held back were ${said.join(', ')}.`);
}

export const rows: readonly FaultRow[] = [killedWhileHeldBack];
