import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readConfig } from '#src/config.ts';
import { start, type Running } from '#src/main.ts';
import { toPlainText } from '#core/rich-text.ts';
import { until } from '../../e2e/program/program.ts';
import { RoomClient } from '../../e2e/program/room-client.ts';
import { WeekClock } from '../../e2e/program/week-clock.ts';
import { sum } from '../oracle.ts';
import type { Counts, FaultRow } from '../row.ts';

const models = resolve(import.meta.dirname, '../../../models');
const minuteMs = 60_000;

/** A night in which the clocks of Berlin are changed: from evening to morning, and what must run in it. */
type Night = {
  readonly from: string;
  readonly to: string;
  /** Runs of `daily 02:30`, which that night has twice or not at all, and of `every hour`. */
  readonly daily: readonly string[];
  readonly hourly: number;
};

const nights: readonly Night[] = [
  // 02:30 comes twice, and is one time in a schedule; the hours go on evenly.
  { from: '2026-10-24T23:10:00+02:00', to: '2026-10-25T04:40:00+01:00', daily: ['2026-10-25T02:30:00+02:00'], hourly: 6 },
  // 02:30 does not come: the first moment after it stands for it.
  { from: '2027-03-27T23:10:00+01:00', to: '2027-03-28T05:40:00+02:00', daily: ['2027-03-28T03:00:00+02:00'], hourly: 5 },
];

/** The program in this process, in a room of its own, by a clock that the row sets. */
class Nightshift implements AsyncDisposable {
  readonly #folder: string;
  readonly #clock: WeekClock;
  #running: Running | undefined;

  private constructor(folder: string, clock: WeekClock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  static async begin(clock: WeekClock): Promise<Nightshift> {
    const folder = await mkdtemp(join(tmpdir(), 'blitzbild-night-'));
    const settings = {
      providers: ['cpu'],
      modelFolders: [models],
      styles: { previews: false },
      timeZone: 'Europe/Berlin',
      operations: { enabled: false },
    };
    // JSON is YAML.
    await writeFile(join(folder, 'blitzbild.yaml'), JSON.stringify(settings));
    const shift = new Nightshift(folder, clock);
    await shift.start();
    return shift;
  }

  async start(): Promise<void> {
    const config = readConfig(this.#folder, {
      BLITZBILD_DATA: join(this.#folder, 'data'),
      BLITZBILD_CONFIG: this.#folder,
      BLITZBILD_PORT: '0',
    });
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    this.#running = await start(config, log, { say: () => {}, signal: new AbortController().signal, clock: this.#clock });
  }

  async stop(): Promise<void> {
    await this.#running?.close();
    this.#running = undefined;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  get room(): RoomClient {
    return new RoomClient((this.#running?.roomUrl ?? '').replace(/\/$/u, ''));
  }

  /** When jobs of this plan were taken and have ended, by the room's history. */
  async runsOf(plan: number): Promise<{ readonly takenAtMs: readonly number[]; readonly ends: number }> {
    const said = (await this.room.events()).flatMap(({ body, atMs }) =>
      'event' in body && body.event?.jobId !== undefined && (body.kind === 'text' || body.kind === 'edit')
        ? [{ ...body.event, atMs, text: toPlainText(body.text) }]
        : [],
    );
    const taken = said.filter(({ type, text }) => type === 'ack' && new RegExp(`^Plan ${plan}\\b`, 'u').test(text));
    const jobs = new Set(taken.map(({ jobId }) => jobId));
    return { takenAtMs: taken.map(({ atMs }) => atMs), ends: said.filter(({ type, jobId }) => type === 'done' && jobs.has(jobId)).length };
  }

  /** Until nothing is under way: a run that finds the last one still drawing is left out, and says so. */
  async rest(plans: readonly number[]): Promise<void> {
    await until('what was due is drawn', async () => {
      const runs = await Promise.all(plans.map(async (plan) => this.runsOf(plan)));
      return runs.every(({ takenAtMs, ends }) => takenAtMs.length === ends) ? true : undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** Goes through the night in steps of minutes, with a restart now and then. */
async function live(night: Night, random: () => number): Promise<Counts> {
  const clock = new WeekClock(Date.parse(night.from));
  await using shift = await Nightshift.begin(clock);
  const planned = async (text: string): Promise<number> => {
    const { text: answer } = await shift.room.answerTo(await shift.room.say(`!img plan ${text}`));
    const id = /^Plan (\d+): /u.exec(answer)?.[1];
    if (id === undefined) throw new Error(answer);
    return Number(id);
  };
  const plans = [await planned('"daily 02:30" a red fox --steps 2'), await planned('"every hour" a blue bird --steps 2')] as const;
  const endMs = Date.parse(night.to);
  while (clock.now() < endMs) {
    if (random() < 0.15) await shift.stop();
    clock.leapTo(Math.min(endMs, clock.now() + Math.ceil(1 + random() * 25) * minuteMs));
    if (!shift.isRunning) await shift.start();
    await shift.rest(plans);
  }
  const [daily, hourly] = await Promise.all(plans.map(async (plan) => shift.runsOf(plan)));
  const dueMs = night.daily.map((time) => Date.parse(time));
  // A leap of up to 26 minutes may go over the time.
  const early = daily?.takenAtMs.filter((atMs, run) => atMs < (dueMs[run] ?? 0) || atMs > (dueMs[run] ?? 0) + 27 * minuteMs) ?? [];
  if (early.length > 0) throw new Error(`«daily 02:30» ran at ${early.map((atMs) => new Date(atMs).toISOString()).join(', ')}.`);
  const [made, due] = [(daily?.ends ?? 0) + (hourly?.ends ?? 0), night.daily.length + night.hourly];
  const lost = Math.max(0, night.daily.length - (daily?.ends ?? 0)) + Math.max(0, night.hourly - (hourly?.ends ?? 0));
  return { runs: 1, commands: due, lost, doubled: made - due + lost, unknown: 0 };
}

const clocksChanged: FaultRow = {
  number: 32,
  title: 'Clocks are changed while a schedule runs',
  injected:
    'a clock of our own leaps through the last nights of summer time and of winter time, over restarts too; a command is a run that is due',
  runs: { bounded: 1, full: 4 },
  inject: async ({ runs, random }) => {
    const counts: Counts[] = [];
    const first = Math.floor(random() * nights.length);
    for (let run = first; run < first + runs; run += 1) counts.push(await live(nights[run % nights.length]!, random));
    return sum(counts);
  },
};

export const rows: readonly FaultRow[] = [clocksChanged];
