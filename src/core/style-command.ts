/** `style show photo`, `style set photo "… {prompt} …" --no "…"` and what else admins do with styles. */
import type { Command } from '#core/command.ts';
import { clip, type Token } from '#core/prompt-text.ts';
import { plainLetters } from '#core/plain-letters.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import { readQuoted, unwrapQuotes } from '#core/quotes.ts';
import type { Reader, Rest } from '#core/verb-readers.ts';

const actions = {
  show: ['show', 'zeigen', 'zeig', 'zeige'],
  set: ['set', 'add', 'change', 'setzen', 'ändern', 'anlegen'],
  undo: ['undo', 'revert', 'zurück', 'rückgängig'],
  history: ['history', 'versions', 'verlauf', 'versionen'],
  rename: ['rename', 'umbenennen'],
  default: ['default', 'standard', 'vorgabe'],
  remove: ['remove', 'delete', 'entfernen', 'löschen'],
  import: ['import', 'importieren'],
  export: ['export', 'exportieren'],
} as const;
type Action = keyof typeof actions;

const actionNames = Object.keys(actions) as readonly Action[];
const readAction = (typed: string | undefined): Action | undefined =>
  actionNames.find((name) => actions[name].some((alias) => plainLetters(alias) === plainLetters(typed ?? '')));

/** `styles of the nineties`, `style set of chairs`: no name of a style begins like that. */
export const goesOnAsSentence = ([first]: readonly Token[]): boolean =>
  /^(of|from|in|on|for|and|with|through|over|der|des|den|dem|von|vom|aus|im|in|für|und|mit|durch)$/iu.test(first?.text ?? '');

/** Without an action, one word, or several in quotes, is the name of a style; more words, or options, are a prompt. */
export const readStyle: Reader = (rest, verb) => {
  const [first, ...words] = rest.words;
  if (first === undefined) return refuse('style_name_missing', { action: 'show' }, verb);
  const action = readAction(first.text);
  const hasFlags = Object.keys(rest.places).length > 0;
  if (action === undefined) {
    const name = readName(rest.words);
    return name?.count === rest.words.length && !hasFlags
      ? accept({ kind: 'style', action: 'show', name: withoutStop(name.text) })
      : undefined;
  }
  if (goesOnAsSentence(words) || (action !== 'set' && hasFlags)) return undefined;
  return read(action, { ...rest, words }, first);
};

function read(action: Action, rest: Rest, verb: Token): Result<Command, Problem> | undefined {
  const { words, options, places } = rest;
  switch (action) {
    case 'import':
      return words.length === 0 ? accept({ kind: 'style', action }) : undefined;
    case 'export': {
      const format = words.length === 0 ? 'yaml' : (['csv', 'json', 'yaml'] as const).find((name) => name === words[0]?.text.toLowerCase());
      if (format !== undefined && words.length <= 1) return accept({ kind: 'style', action, format });
      return words.length > 1 ? undefined : refuse('style_format_unknown', { value: clip(words[0]?.text ?? '', 40) }, words[0]);
    }
    case 'rename':
      return rename(words, verb);
    case 'set': {
      const name = readName(words);
      if (name === undefined) return refuse('style_name_missing', { action }, verb);
      const template = textOf(words.slice(name.count));
      return accept({ kind: 'style', action, name: name.text, ...(template === '' ? {} : { prompt: template }), options, places });
    }
    default: {
      const name = withoutStop(textOf(words));
      return name === '' ? refuse('style_name_missing', { action }, verb) : accept({ kind: 'style', action, name });
    }
  }
}

function rename(words: readonly Token[], verb: Token): Result<Command, Problem> {
  const from = readName(words);
  const rest = words.slice(from?.count ?? 0).filter(({ text }, index) => index > 0 || !/^(to|in|zu|→|->)$/iu.test(text));
  const to = textOf(rest);
  if (from === undefined || to === '') return refuse('style_rename_form', {}, verb);
  return accept({ kind: 'style', action: 'rename', from: from.text, to });
}

/** No name ends like a sentence. */
const withoutStop = (name: string): string => name.replace(/(?<=.)[.!?…]{1,3}$/u, '');

/** One word, or several in quotes. */
function readName(words: readonly Token[]): { readonly text: string; readonly count: number } | undefined {
  const first = words[0];
  return readQuoted(words) ?? (first === undefined ? undefined : { text: first.text, count: 1 });
}

/** What is quoted as a whole is meant without its quotes. */
const textOf = (words: readonly Token[]): string => {
  const quoted = readQuoted(words);
  return quoted !== undefined && quoted.count === words.length ? quoted.text : unwrapQuotes(words.map(({ text }) => text).join(' '));
};
