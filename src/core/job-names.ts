/** Job ids and cells: the names that answers carry and people type back, such as `k7f3`, `A2`, `k7f3/A2`. */
import { jobId, type JobId } from '#core/types.ts';

/** Lowercase without the characters that people mix up (0 o, 1 i l, u v). */
export const jobIdAlphabet = '23456789abcdefghjkmnpqrstwxyz';
export const minJobIdLength = 4;

const fromAlphabet = new RegExp(`^[${jobIdAlphabet}]{${minJobIdLength},}$`, 'u');

/** A digit and a letter at least, so that no id is a word and none is a number. */
export const isJobId = (text: string): text is JobId => fromAlphabet.test(text) && /\d/u.test(text) && /[a-z]/u.test(text);

/**
 * What somebody typed for a job id, in any case. Ids that can't exist, such as `k7fo`, are let through: «there is no
 * job k7fo» helps more than a picture of it.
 */
export function readJobId(typed: string): JobId | undefined {
  const id = typed.toLowerCase();
  return /^[a-z\d]{4,12}$/u.test(id) && /\d/u.test(id) && /[a-z]/u.test(id) ? jobId(id) : undefined;
}

export const columnsPerRow = 5;

/** Name of the picture at `index`, from 0: `A1` … `A5`, `B1` … */
export const cellName = (index: number): string =>
  `${String.fromCodePoint(65 + Math.floor(index / columnsPerRow))}${(index % columnsPerRow) + 1}`;

/** Index of a cell, from 0; `undefined` where the text is none. */
export function readCell(typed: string): number | undefined {
  const match = /^([a-t])([1-5])$/iu.exec(typed);
  if (match === null) return undefined;
  const row = (match[1] ?? '').toUpperCase().charCodeAt(0) - 65;
  return row * columnsPerRow + Number(match[2]) - 1;
}
