/** What somebody else in the room says became of each command: they read its history and count. */
import type { RawEvent } from '../e2e/synapse/person.ts';
import { read, type Reading } from './readings.ts';
import type { Counts } from './row.ts';

/** What became of one command. */
export type Verdict = {
  readonly command: string;
  /** Last words, one for each event that says one: refusals, failures, timing lines, cancellations. */
  readonly ends: readonly string[];
  /** Pictures by file name, and how often each came. */
  readonly pictures: ReadonlyMap<string, number>;
  /** Messages that say a job was taken, one for each event. */
  readonly acknowledgements: number;
  readonly isLost: boolean;
  readonly isDoubled: boolean;
  readonly isUnknown: boolean;
};

type Text = { readonly event: RawEvent; readonly reading: Reading; readonly body: string };
type Room = { readonly texts: readonly Text[]; readonly images: readonly RawEvent[] };
const fileParts = /^([a-z0-9]{4,})-(sheet|[A-Z]+\d+)\.[a-z]+$/u;

/**
 * @param events the room's history as anybody with a client reads it, decrypted where it is encrypted
 * @param commands ids of the messages that ask for something
 * @param askedBy jobs whose message is known otherwise; where a job's acknowledgement was lost, it is guessed from its thread
 */
export function judge(
  events: readonly RawEvent[],
  botId: string,
  commands: readonly string[],
  askedBy: ReadonlyMap<string, string> = new Map(),
): readonly Verdict[] {
  const room = roomOf(events, botId);
  const takenBy = new Map(askedBy);
  for (const { event, reading } of room.texts)
    if (reading.kind === 'accepted' && !askedBy.has(reading.job))
      takenBy.set(reading.job, replyTarget(event) ?? threadOf(event) ?? event.event_id);
  return commands.map((command) => verdictOn(command, room, takenBy));
}

/** Jobs with more than one end, acknowledgement or copy of a picture, or with no end, whoever asked for them and however. */
export function unevenJobs(events: readonly RawEvent[], botId: string): readonly string[] {
  const { texts, images } = roomOf(events, botId);
  const jobs = new Set(texts.flatMap(({ reading }) => (reading.kind === 'accepted' || reading.kind === 'end' ? [reading.job] : [])));
  return [...jobs].filter((job) => {
    const about = texts.filter(({ reading }) => 'job' in reading && reading.job === job);
    const ends = about.filter(({ reading }) => reading.kind === 'end');
    const sure = ends.filter((text) => !isUncertain(text)).length;
    const names = images.flatMap((event) => {
      const file = fileOf(event);
      return file?.job === job ? [file.name] : [];
    });
    const acknowledgements = about.filter(({ reading, event }) => reading.kind === 'accepted' && !isEdit(event)).length;
    return ends.length === 0 || sure > 1 || ends.length - sure > 1 || acknowledgements > 1 || new Set(names).size < names.length;
  });
}

/**
 * What the bot said without being asked: its texts, edits and files that belong to none of these messages, as people read them. An edited
 * command that is carried out a second time is one, for what answers it stands by the edit.
 */
export function strays(events: readonly RawEvent[], botId: string, asked: ReadonlySet<string>): readonly string[] {
  const room = roomOf(events, botId);
  const takenBy = new Map(
    room.texts.flatMap(({ event, reading }) => (reading.kind === 'accepted' && !isEdit(event) ? [[reading.job, ownerOf(event)]] : [])),
  );
  const isAsked = (event: RawEvent, job: string | undefined): boolean =>
    asked.has((job === undefined ? undefined : takenBy.get(job)) ?? ownerOf(event) ?? '');
  const stands = new Set<string>();
  const wrong: string[] = [];
  for (const { event, reading, body } of room.texts) {
    const job = 'job' in reading ? reading.job : undefined;
    const belongs = isEdit(event) ? stands.has(relation(event)['event_id']) : isAsked(event, job) || gathered.test(body);
    if (belongs) stands.add(event.event_id);
    else wrong.push(body);
  }
  for (const event of room.images) {
    const file = fileOf(event);
    if (!isAsked(event, file?.job)) wrong.push(file?.name ?? 'a picture without a name');
  }
  return wrong;
}

/** Jobs whose acknowledgement is in the room and was left as it is: their end, which is certain, stands somewhere else. */
export function unedited(events: readonly RawEvent[], botId: string): readonly string[] {
  const { texts } = roomOf(events, botId);
  return texts.flatMap(({ event: taken, reading }) => {
    if (reading.kind !== 'accepted' || isEdit(taken)) return [];
    const ends = texts.filter((text) => text.reading.kind === 'end' && text.reading.job === reading.job && !isUncertain(text));
    const isTold = ends.length === 0 || ends.some(({ event }) => isEdit(event) && relation(event)['event_id'] === taken.event_id);
    return isTold ? [] : [reading.job];
  });
}

/** The report's numbers. */
export const tally = (verdicts: readonly Verdict[], runs: number): Counts => ({
  runs,
  commands: verdicts.length,
  lost: verdicts.filter(({ isLost }) => isLost).length,
  doubled: verdicts.filter(({ isDoubled }) => isDoubled).length,
  unknown: verdicts.filter(({ isUnknown }) => isUnknown).length,
});

/** Rows may be counted in parts. */
export const sum = (counts: readonly Counts[]): Counts =>
  counts.reduce(
    (all, one) => ({
      runs: all.runs + one.runs,
      commands: all.commands + one.commands,
      lost: all.lost + one.lost,
      doubled: all.doubled + one.doubled,
      unknown: all.unknown + one.unknown,
    }),
    { runs: 0, commands: 0, lost: 0, doubled: 0, unknown: 0 },
  );

function roomOf(events: readonly RawEvent[], botId: string): Room {
  const messages = events.filter(
    ({ sender, type, content }) => sender === botId && type === 'm.room.message' && content['msgtype'] !== undefined,
  );
  const texts = messages.filter(({ content }) => content['msgtype'] === 'm.notice' || content['msgtype'] === 'm.text').map(textOf);
  return { texts, images: messages.filter(({ content }) => content['msgtype'] === 'm.image') };
}

function verdictOn(command: string, { texts, images }: Room, takenBy: ReadonlyMap<string, string>): Verdict {
  const direct = texts.filter(({ event }) => !isEdit(event) && replyTarget(event) === command);
  const acknowledgements = direct.filter(({ reading }) => reading.kind === 'accepted');
  const jobs = new Set([...takenBy].flatMap(([job, by]) => (by === command ? [job] : [])));
  // Whatever stands in the command's own thread and belongs to a job that nobody else asked for.
  for (const job of [
    ...texts.filter(({ event }) => threadOf(event) === command).flatMap(({ reading }) => ('job' in reading ? [reading.job] : [])),
    ...images.filter((event) => threadOf(event) === command).flatMap((event) => fileOf(event)?.job ?? []),
  ])
    if (!takenBy.has(job)) jobs.add(job);

  const about = texts.filter(({ reading }) => 'job' in reading && jobs.has(reading.job));
  const ends = about.filter(({ reading }) => reading.kind === 'end');
  const instead = about.filter(({ reading }) => reading.kind === 'instead');
  const answers = direct.filter(({ reading }) => reading.kind === 'answer');
  const files = images.flatMap((event) => {
    const file = fileOf(event);
    return file !== undefined && jobs.has(file.job) ? [file] : [];
  });
  const pictures = new Map<string, number>();
  for (const { name } of files) pictures.set(name, (pictures.get(name) ?? 0) + 1);
  const cells = new Set(files.filter(({ cell }) => cell !== 'sheet').map(({ name }) => name)).size;
  const promised = ends.reduce((most, { reading }) => Math.max(most, (reading.kind === 'end' && reading.pictures) || 0), 0);

  const last = [...answers, ...ends];
  // What says that it is not known whether a message arrived may stand beside that message, but only once.
  const [unsure, sure] = [last.filter(isUncertain).length, last.filter((text) => !isUncertain(text)).length];
  return {
    command,
    ends: last.map(({ body }) => body),
    pictures,
    acknowledgements: acknowledgements.length,
    isLost: last.length === 0 || cells + instead.length < promised,
    isDoubled: sure > 1 || unsure > 1 || acknowledgements.length > 1 || jobs.size > 1 || [...pictures.values()].some((times) => times > 1),
    isUnknown: [...answers, ...about].some(isUncertain),
  };
}

/** One message for several acknowledgements, in no thread. */
const gathered = /^(?:Accepted: \d+ commands|Angenommen: \d+ Befehle)/u;

const isUncertain = ({ reading }: Text): boolean => 'isUncertain' in reading && reading.isUncertain;

function textOf(event: RawEvent): Text {
  const content = (event.content['m.new_content'] ?? event.content) as RawEvent['content'];
  const body = String(content['body'] ?? '');
  const named = /^(?:<p>)?<(?:strong|b)>([a-z0-9]{4,})<\/(?:strong|b)>/u.exec(String(content['formatted_body'] ?? ''))?.[1];
  return { event, reading: read(body, named), body };
}

function fileOf(event: RawEvent): { readonly name: string; readonly job: string; readonly cell: string } | undefined {
  const name = String(event.content['filename'] ?? '');
  const [, job, cell] = fileParts.exec(name) ?? [];
  return job === undefined || cell === undefined ? undefined : { name, job, cell };
}

const relation = (event: RawEvent): Readonly<Record<string, any>> => event.content['m.relates_to'] ?? {};
const isEdit = (event: RawEvent): boolean => relation(event)['rel_type'] === 'm.replace';
const threadOf = (event: RawEvent): string | undefined =>
  relation(event)['rel_type'] === 'm.thread' ? relation(event)['event_id'] : undefined;
const replyTarget = (event: RawEvent): string | undefined => relation(event)['m.in_reply_to']?.event_id;
/** The message that an answer stands by. */
const ownerOf = (event: RawEvent): string | undefined =>
  (relation(event)['is_falling_back'] === true ? undefined : replyTarget(event)) ?? threadOf(event);
