/** Job ids and cells: the names that answers carry and people type back, such as `k7f3`, `A2`, `k7f3/A2`. */
import { jobId, type JobId } from '#core/types.ts';

/** Lowercase without the characters that people mix up (0 o, 1 i l, u v). */
export const jobIdAlphabet = '23456789abcdefghjkmnpqrstwxyz';
export const minJobIdLength = 4;

const fromAlphabet = new RegExp(`^[${jobIdAlphabet}]{${minJobIdLength},}$`, 'u');

/** A digit and a letter at least, so that no id is a word and none is a number; nor a factor such as `x385`, which `up x385` could mean. */
export const isJobId = (text: string): text is JobId =>
  fromAlphabet.test(text) && /\d/u.test(text) && /[a-z]/u.test(text) && !/^(?:x\d+|\d+x)$/u.test(text);

/**
 * What somebody typed for a job id, in any case. Ids that can't exist, such as `k7fo`, are let through: «there is no
 * job k7fo» helps more than a picture of it.
 */
export function readJobId(typed: string): JobId | undefined {
  const id = typed.toLowerCase();
  return /^[a-z\d]{4,12}$/u.test(id) && /\d/u.test(id) && /[a-z]/u.test(id) ? jobId(id) : undefined;
}

/** Of a job without rows of its own. */
export const defaultColumns = 5;
const mostRows = 26;
const mostColumns = 20;

/** A place in a job's grid, from 0. */
export type Cell = { readonly row: number; readonly column: number };

/** Name of the picture at `index`, from 0, in a grid of so many columns: `A1` … `A5`, `B1` … */
export const cellName = (index: number, columns: number = defaultColumns): string =>
  nameOfCell({ row: Math.floor(index / columns), column: index % columns });

export const nameOfCell = ({ row, column }: Cell): string => `${String.fromCodePoint(65 + row)}${column + 1}`;

/** What somebody typed for a cell, such as `b3`; `undefined` where the text is none. */
export function readCell(typed: string): Cell | undefined {
  const [, letter, digits] = /^([a-z])([1-9]\d?)$/iu.exec(typed) ?? [];
  if (letter === undefined || digits === undefined || Number(digits) > mostColumns) return undefined;
  return { row: letter.toUpperCase().charCodeAt(0) - 65, column: Number(digits) - 1 };
}

/** Index of a cell, from 0; `undefined` where the grid has none there. */
export const cellIndex = ({ row, column }: Cell, columns: number = defaultColumns): number | undefined =>
  column < columns ? row * columns + column : undefined;

/** Columns of a grid with `rows` rows of `perRow` pictures each, where there is more than one row and every cell has a name then. */
export const columnsFor = (rows: number, perRow: number): number =>
  rows > 1 && perRow > 1 && rows <= mostRows && perRow <= mostColumns ? perRow : defaultColumns;
