import { times, type Bench } from './bench.ts';
import { RoomChat } from './room-chat.ts';
import type { BenchRow } from './row.ts';
import { RunningBot } from './running-bot.ts';

const JOBS = 1000;
/** Jobs that wait at a time, so that the engine never does. */
const WAITING = 6;
const SAMPLES = 20;
const RSS_TARGET_MB = 250;
const GROWTH_TARGET_MB = 20;

type Sample = { readonly jobs: number; readonly parentMb: number; readonly childMb: number };

export const thousandJobs: Bench = {
  name: 'memory',
  title: 'A thousand jobs through the whole program',
  async run(options) {
    const jobs = times(JOBS, options);
    await using bot = await RunningBot.start();
    if ((await bot.memory()) === undefined) return { skip: 'resident memory is read from /proc, which this system does not have' };
    const chat = new RoomChat(bot.url);
    const startedMs = performance.now();
    const samples: Sample[] = [];
    const waiting: string[] = [];
    for (let made = 0; made < jobs;) {
      for (; waiting.length < WAITING && made + waiting.length < jobs;) {
        const index = made + waiting.length;
        waiting.push((await chat.say(`!img a cat in the snow --steps 1 --guidance 1 --seed ${index}`, index % WAITING)).id);
      }
      await chat.seen('end', waiting.shift()!);
      made += 1;
      if (made % (jobs / SAMPLES) === 0) samples.push(await sample(bot, made));
    }
    const seconds = (performance.now() - startedMs) / 1000;
    const loop = await bot.loop();
    await chat.close();
    return {
      rows: [
        ...memoryRows(samples, jobs),
        { name: 'a job, mean', value: (1000 * seconds) / jobs, unit: 'ms', note: 'one step, encoded, stored and shown' },
        {
          name: 'delay of the program’s event loop, p99',
          value: loop.p99Ms,
          unit: 'ms',
          target: 100,
          note: `longest ${Math.round(loop.maxMs)} ms`,
        },
      ],
      remark:
        'One person’s page is open all the time. The pictures have one step, so that a thousand of them take minutes; what the program does around a picture is the same.',
    };
  },
};

async function sample(bot: RunningBot, jobs: number): Promise<Sample> {
  const memory = await bot.memory();
  return { jobs, parentMb: memory?.parentMb ?? Number.NaN, childMb: memory?.childMb ?? Number.NaN };
}

function memoryRows(samples: readonly Sample[], jobs: number): BenchRow[] {
  const at = (part: number): Sample => samples.findLast((sample) => sample.jobs <= Math.max(part * jobs, samples[0]!.jobs))!;
  const settled = samples.filter((sample) => sample.jobs >= 0.2 * jobs);
  return [
    ...[0.1, 0.2, 0.5, 1].map((part) => ({
      name: `program’s memory (RSS) after ${at(part).jobs} jobs`,
      value: at(part).parentMb,
      unit: 'MB',
    })),
    {
      name: 'program’s memory (RSS), most',
      value: Math.max(...samples.map(({ parentMb }) => parentMb)),
      unit: 'MB',
      target: RSS_TARGET_MB,
      note: `${samples.length} samples`,
    },
    {
      name: `growth from job ${at(0.2).jobs} to job ${at(1).jobs}`,
      value: at(1).parentMb - at(0.2).parentMb,
      unit: 'MB',
      target: GROWTH_TARGET_MB,
    },
    {
      name: 'slope after that',
      value: 1000 * slope(settled.map((sample) => [sample.jobs, sample.parentMb])),
      unit: 'MB per 1,000 jobs',
      note: 'straight line through the samples',
    },
    { name: 'engine’s memory (RSS), growth in the same span', value: at(1).childMb - at(0.2).childMb, unit: 'MB' },
  ];
}

/** Of the straight line with the least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const top = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return top / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
