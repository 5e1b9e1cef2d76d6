import assert from 'node:assert/strict';
import { lexer, type Token, type Tokens } from 'marked';
import { mentionsIn } from '../chat/mattermost/fake/mentions.ts';

/** What `toMarkdown` makes of blocks and spans; nothing else may come of what people typed. */
const ours = new Set(['paragraph', 'text', 'escape', 'strong', 'codespan', 'code', 'list', 'list_item', 'table', 'cell', 'space', 'br']);
const joiner = /\u2060/gu;
const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&#36;': '$', '&#124;': '|', '&#9252;': '\u2424' };

/**
 * Fails where a message of Mattermost's is anything but the bot's own Markdown around text, notifies anybody, or shows anything but
 * `text`, where that is given: no link, picture, heading, quote, tag, hashtag, link to a channel, emoji by its name, smiley, formula or
 * command.
 */
export function assertOnlyOurMarkdown(markdown: string, text?: string): void {
  assert.deepEqual(mentionsIn(markdown), [], 'nobody is notified');
  assert.doesNotMatch(markdown, /^\//u, 'no command');
  assertShown(markdown, text);
  // The web's parser takes these for others, before it begins.
  assertShown(markdown.replaceAll('\u2424', '\n').replaceAll('\u00a0', ' '), text);
}

function assertShown(markdown: string, text: string | undefined): void {
  const tokens = lexer(markdown, { gfm: true, breaks: true });
  for (const token of all(tokens)) {
    assert.ok(ours.has(token.type), `${token.type}: ${token.raw}`);
    assert.ok(token.type !== 'list' || !(token as Tokens.List).ordered, `numbers: ${token.raw}`);
    assert.ok(token.type !== 'text' || childrenOf(token).length > 0 || !token.raw.includes('$'), 'no formula');
    // As many digits as somebody likes, for the web.
    if (token.type === 'paragraph' || token.type === 'list_item')
      assert.doesNotMatch(token.raw, /(?:^|\n) *(?:- )?\d+\. /u, 'no numbered list');
  }
  const words = visible(tokens, false);
  assert.doesNotMatch(words, /[a-z][a-z\d.+-]*:[/\p{L}\d%]|\bwww\d{0,3}\.|\.\p{L}{2,4}\//iu, 'no address that becomes a link');
  assert.doesNotMatch(words, /(?<![\p{L}\p{N}])#\p{L}[\p{L}\p{N}_-]/u, 'no hashtag');
  assert.doesNotMatch(words, /(?<![\w~])~[a-z0-9]/iu, 'no link to a channel');
  assert.doesNotMatch(words, /:[\w+-]+:/u, 'no emoji by its name');
  assert.doesNotMatch(words, /(?<!\w)(?:[:;]-?[()[\]@/|$dopsx]|:[`'’]-?\(|x-d(?!\w))|<\/?3/iu, 'no smiley');
  if (text !== undefined) assert.equal(bare(visible(tokens, true)), bare(text), 'what is shown is what was meant');
}

function* all(tokens: readonly Token[]): Generator<Token> {
  for (const token of tokens) {
    yield token;
    yield* all(childrenOf(token));
  }
}

function childrenOf(token: Token): readonly Token[] {
  if (token.type === 'list') return (token as Tokens.List).items;
  if (token.type === 'table') {
    const { header, rows } = token as Tokens.Table;
    return [header, ...rows].flat().map((cell): Tokens.Generic => ({ type: 'cell', raw: cell.text, tokens: cell.tokens }));
  }
  return 'tokens' in token ? (token.tokens ?? []) : [];
}

/** What stands on the screen, with the joiners, which keep things apart there. */
function visible(tokens: readonly Token[], withCode: boolean): string {
  return tokens
    .map((token) => {
      const children = childrenOf(token);
      if (children.length > 0) return `\n${visible(children, withCode)}\n`;
      if (token.type === 'code' || token.type === 'codespan') return withCode ? (token as Tokens.Code).text : ' ';
      if (token.type === 'text' || token.type === 'escape')
        return (token as Tokens.Text).text.replaceAll(/&(?:amp|lt|#\d+);/gu, (entity) => entities[entity] ?? entity);
      return '\n';
    })
    .join('');
}

/** Without what structure adds and takes away, and without what no line can hold; the sign for a new line is another one in code. */
const bare = (text: string): string =>
  text
    .replaceAll(joiner, '')
    .replaceAll(/[\s•\p{Cc}]+/gu, '')
    .replaceAll('\u2424', '\u240a');
