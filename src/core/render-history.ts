/** What was found in the history, the gallery, and the quotas. */
import { cellOf, variantOf } from '#core/batch.ts';
import { formatDuration, formatEta, pickFor } from '#core/format.ts';
import type { Limits } from '#core/limits.ts';
import type { Voice } from '#core/message-codes.ts';
import { clip } from '#core/prompt-text.ts';
import { lineage } from '#core/render-lineage.ts';
import { countPictures } from '#core/render-words.ts';
import { bold, code, muted, paragraph, type RichText, type Span } from '#core/rich-text.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import type { Usage } from '#core/team-store-ports.ts';
import type { Language } from '#core/types.ts';

type Dated = Voice & {
  /** IANA name. */
  readonly timeZone: string;
};

const whenText = (ms: number, timeZone: string, language: Language): string =>
  new Intl.DateTimeFormat(pickFor(language)('en-GB', 'de-DE'), { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(ms);

/** Its words, where there are any, and what it was made from. */
function told({ task, request }: JobRecord, words: string, facts: readonly string[], language: Language): readonly Span[] {
  const from = lineage(task, request, language);
  return [{ text: words === '' ? ' ' : ` ${words} · ` }, muted([...(from === '' ? [] : [from]), ...facts].join(' · '))];
}

/** Newest first: name, words, number of pictures, date. */
export function renderFound({
  jobs,
  hasMore,
  timeZone,
  language,
  prefix,
}: Dated & { readonly jobs: readonly JobRecord[]; readonly hasMore: boolean }): RichText {
  const pick = pickFor(language);
  const items = jobs.map((job): readonly Span[] => {
    const facts = [countPictures(job.images.length, language), whenText(job.queuedAtMs, timeZone, language)];
    return [bold(job.id), ...told(job, clip(job.request.prompt, 120), facts, language)];
  });
  const first = jobs[0]?.id ?? 'k7f3';
  return [
    { kind: 'list', items },
    ...(hasMore
      ? [
          paragraph(
            pick('There are more: add another word, or ', 'Es gibt mehr: Nimm ein Wort dazu, oder '),
            code(pick('since:yesterday', 'seit:gestern')),
            '.',
          ),
        ]
      : []),
    paragraph(
      pick('The pictures again: ', 'Die Bilder noch einmal: '),
      code(`${prefix} ${pick('sheet', 'kontaktbogen')} ${first}`),
      pick(' · more about them: ', ' · mehr dazu: '),
      code(`${prefix} info ${first}`),
    ),
  ];
}

export type StarredPicture = { readonly job: JobRecord; readonly index: number; readonly atMs: number };

export function renderGallery({
  pictures,
  timeZone,
  language,
  prefix,
}: Dated & { readonly pictures: readonly StarredPicture[] }): RichText {
  const pick = pickFor(language);
  const items = pictures.map(({ job, index, atMs }): readonly Span[] => [
    bold(`${job.id}/${cellOf(job.request, index)}`),
    ...told(job, clip(variantOf(job.request, index)?.words ?? job.request.prompt, 120), [whenText(atMs, timeZone, language)], language),
  ]);
  const [first] = pictures;
  const name = first === undefined ? 'k7f3/A1' : `${first.job.id}/${cellOf(first.job.request, first.index)}`;
  return [
    paragraph(bold(pick('Gallery of this room', 'Galerie dieses Raums'))),
    { kind: 'list', items },
    paragraph(pick('More about a picture: ', 'Mehr zu einem Bild: '), code(`${prefix} info ${name}`)),
  ];
}

type Use = { readonly used: Usage; readonly limit: Usage; readonly freeAtMs?: number };

/** In whole seconds, or less precisely where they are many. */
const spent = (ms: number, language: Language): string => (ms < 1000 ? '0 s' : formatDuration(Math.round(ms / 1000) * 1000, language));

/** Pictures and seconds of the last 24 hours against the limits, and when the oldest of them no longer count. */
export function renderLimits({
  person,
  room,
  limits,
  nowMs,
  language,
}: Voice & { readonly person: Use; readonly room: Use; readonly limits: Limits; readonly nowMs: number }): RichText {
  const pick = pickFor(language);
  const row = (name: string, { used, limit, freeAtMs }: Use): readonly string[] => [
    name,
    `${used.pictures} ${pick('of', 'von')} ${limit.pictures}`,
    `${spent(used.workMs, language)} ${pick('of', 'von')} ${spent(limit.workMs, language)}`,
    freeAtMs === undefined ? '–' : `in ${formatEta(Math.max(0, freeAtMs - nowMs), language)}`,
  ];
  return [
    paragraph(
      bold(pick('Used in the last 24 hours, waiting commands included', 'In den letzten 24 Stunden verbraucht, Wartendes mitgezählt')),
    ),
    {
      kind: 'table',
      head: pick(['', 'Pictures', 'Computing', 'Frees up'], ['', 'Bilder', 'Rechenzeit', 'Wird frei']),
      rows: [row(pick('You', 'Du'), person), row(pick('This room', 'Dieser Raum'), room)],
    },
    paragraph(
      pick(
        `At once: ${limits.maxCount} pictures of each kind, ${limits.maxBatch} in a batch, ${limits.maxWaitingJobsPerPerson} waiting commands.`,
        `Auf einmal: ${limits.maxCount} Bilder je Art, ${limits.maxBatch} in einem Stapel, ${limits.maxWaitingJobsPerPerson} wartende Befehle.`,
      ),
    ),
  ];
}

/** Every limit that admins may change, as it is now. */
export function renderLimitSettings({
  rows,
  language,
  prefix,
}: Voice & { readonly rows: readonly { readonly name: string; readonly value: number; readonly isChanged: boolean }[] }): RichText {
  const pick = pickFor(language);
  return [
    {
      kind: 'table',
      head: pick(['Limit', 'Now', ''], ['Grenze', 'Jetzt', '']),
      rows: rows.map(({ name, value, isChanged }) => [name, String(value), isChanged ? pick('changed in chat', 'im Chat geändert') : '']),
    },
    paragraph(
      pick('To change one: ', 'So änderst du eine: '),
      code(`${prefix} admin ${pick('limits', 'grenzen')} maxCount 8`),
      pick(', and back: ', ', und zurück: '),
      code(`${prefix} admin ${pick('limits maxCount default', 'grenzen maxCount standard')}`),
    ),
  ];
}
