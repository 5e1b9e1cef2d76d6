/** What a sentence of the bot says about a job, read as people read it: in English and German, without the program's code. */

/** What one text of the bot is. */
export type Reading =
  /** The job was taken. */
  | { readonly kind: 'accepted'; readonly job: string }
  | { readonly kind: 'progress'; readonly job: string }
  /** The last word about a job. `pictures` where it says how many there are. */
  | { readonly kind: 'end'; readonly job: string; readonly pictures?: number; readonly isUncertain?: boolean }
  /** Told in place of one picture. */
  | { readonly kind: 'instead'; readonly job: string; readonly isUncertain?: boolean }
  /** Any other answer: a refusal, a list, an explanation. */
  | { readonly kind: 'answer'; readonly isUncertain?: boolean };

const name = '([a-z0-9]{4,})';

/** `4 images 256×256 in 0.8 s · … · CPU · k7f3`. */
const timingLine = new RegExp(`^(\\d+) (?:images?|Bild|Bilder)(?: \\d+×\\d+)? in [\\d.,]+ .* · ${name}$`, 'mu');
const failed = new RegExp(`^(?:Job ${name} failed:|Auftrag ${name} ist gescheitert:)`, 'mu');
const cancelled = new RegExp(`^${name} (?:cancelled|abgebrochen)(?: |:|,)`, 'mu');
const refusedPicture = new RegExp(
  `^(?:The server refused a picture of job ${name}:|Der Server hat ein Bild von Auftrag ${name} abgelehnt:)`,
  'mu',
);
const heldBack = new RegExp(`^(?:Picture ${name}/[A-Z]+\\d+ is held back:|Das Bild ${name}/[A-Z]+\\d+ wird zurückgehalten:)`, 'mu');
const bar = new RegExp(`^${name} [▓░]`, 'mu');
const accepted = new RegExp(`^${name} \\S`, 'mu');

/** Words that only an answer about an unknown outcome has. */
const unsure = /\b(?:not known|don['’]t know|can['’]t tell) whether\b|\b(?:weiß|ist) nicht(?: sicher)?, ob\b|\bungewiss, ob\b/u;
const pictureNamed = new RegExp(`\\b(?:picture|Bild)\\b.*\\b(?:job|Auftrag) ${name}`, 'u');
const jobNamed = new RegExp(`\\b(?:[Jj]ob|Auftrag) ${name}`, 'u');

/**
 * @param text as a client shows it, without markup
 * @param named the first word of the message in bold, which is the job's name where it is an acknowledgement
 */
export function read(text: string, named: string | undefined): Reading {
  const uncertain = unsure.test(text) ? { isUncertain: true } : {};
  const timed = timingLine.exec(text);
  if (timed?.[2] !== undefined) return { kind: 'end', job: timed[2], pictures: Number(timed[1]), ...uncertain };
  const ended = first(failed.exec(text)) ?? first(cancelled.exec(text));
  if (ended !== undefined) return { kind: 'end', job: ended, ...uncertain };
  const instead = first(refusedPicture.exec(text)) ?? first(heldBack.exec(text));
  if (instead !== undefined) return { kind: 'instead', job: instead, ...uncertain };
  if (unsure.test(text)) {
    const [picture, job] = [first(pictureNamed.exec(text)), first(jobNamed.exec(text))];
    if (picture !== undefined) return { kind: 'instead', job: picture, isUncertain: true };
    return job === undefined ? { kind: 'answer', isUncertain: true } : { kind: 'end', job, isUncertain: true };
  }
  const shown = first(bar.exec(text));
  if (shown !== undefined) return { kind: 'progress', job: shown };
  const taken = first(accepted.exec(text));
  return taken !== undefined && taken === named ? { kind: 'accepted', job: taken } : { kind: 'answer' };
}

const first = (match: RegExpExecArray | null): string | undefined => match?.slice(1).find((group) => group !== undefined);
