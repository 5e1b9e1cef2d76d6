/** Styles from a file of another program or of our own: what comes of them, and what importing them would change. */
import type { Limits } from '#core/limits.ts';
import type { Problem } from '#core/problem.ts';
import { styleChanges, type StyleChange, type StyleField } from '#core/style-changes.ts';
import { mergeStyle, type StyleEdit } from '#core/style-edit.ts';
import { checkNameFree, styleKey } from '#core/style-names.ts';
import type { NamedStyle, Style, StyleName } from '#core/styles.ts';

export const styleFormats = ['csv', 'json', 'yaml'] as const;
/** `csv`: A1111's `styles.csv`. `json`: Fooocus' `sdxl_styles`. `yaml`: ours, which holds everything. */
export type StyleFormat = (typeof styleFormats)[number];

/** Line of the file, or which entry it is, from 1. */
export type ImportPlace = { readonly line?: number; readonly entry?: number; readonly name?: string };

export type ImportedStyle = {
  readonly name: StyleName;
  /** The name as the file spells it: the title, unless the style has one already. */
  readonly spelling?: string;
  readonly edit: StyleEdit;
  readonly place: ImportPlace;
};
export type ImportProblem = { readonly place: ImportPlace; readonly problem: Problem };

export type StyleImport = {
  readonly format: StyleFormat;
  /** Every name once; each can be merged into a style by `mergeStyle`. */
  readonly styles: readonly ImportedStyle[];
  readonly problems: readonly ImportProblem[];
  /** Entries that hold no style: comments, dividers, empty ones. */
  readonly leftOut: number;
  /** Columns or keys of the file that have no place here. */
  readonly unused: readonly string[];
};

export type StyleExport = {
  readonly fileName: string;
  readonly mimeType: string;
  readonly text: string;
  /** What the format has no place for, in the order of `styleFields`. */
  readonly lost: readonly StyleField[];
};

/** The formats of style files; a file that can't be read at all comes back as one problem. */
export interface StyleFiles {
  read(file: { readonly name: string; readonly bytes: Uint8Array }, limits: Pick<Limits, 'maxPromptChars'>): StyleImport;
  write(styles: readonly NamedStyle[], format: StyleFormat): StyleExport;
}

/** Larger files are refused before they are read. */
export const maxStyleFileBytes = 1_000_000;
export const maxImportedStyles = 1000;

export type PlannedStyle = { readonly name: StyleName; readonly style: Style; readonly changes: readonly StyleChange[] };

export type ImportPlan = {
  readonly added: readonly PlannedStyle[];
  readonly changed: readonly PlannedStyle[];
  /** There already, just so. */
  readonly same: readonly StyleName[];
  readonly problems: readonly ImportProblem[];
};

/** What importing would do. A style that is there already keeps what the file does not say about it. */
export function planImport(imported: StyleImport, existing: readonly NamedStyle[], limits: Pick<Limits, 'maxPromptChars'>): ImportPlan {
  const added: PlannedStyle[] = [];
  const changed: PlannedStyle[] = [];
  const same: StyleName[] = [];
  const problems = [...imported.problems];
  const now = [...existing];
  for (const { name: typed, spelling, edit, place } of imported.styles) {
    const at = now.findIndex(({ name }) => styleKey(name) === styleKey(typed));
    const old = now[at];
    const name = old?.name ?? typed;
    const merged = mergeStyle(name, old?.style, old === undefined && spelling !== undefined ? { title: spelling, ...edit } : edit, limits);
    const problem = merged.ok ? firstTaken(name, merged.value, now) : merged.problem;
    if (!merged.ok || problem !== undefined) {
      if (problem !== undefined) problems.push({ place, problem });
      continue;
    }
    const planned = { name, style: merged.value, changes: styleChanges(old?.style, merged.value) };
    if (old === undefined) {
      added.push(planned);
      now.push(planned);
    } else {
      now[at] = planned;
      if (planned.changes.length === 0) same.push(name);
      else changed.push(planned);
    }
  }
  return { added, changed, same, problems };
}

/** Of a style's name and aliases, the first that another style has. */
function firstTaken(name: StyleName, style: Style, styles: readonly NamedStyle[]): Problem | undefined {
  for (const own of [name, ...style.aliases]) {
    const problem = checkNameFree(own, styles, name);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
