/** Names of emoji, as Mattermost stores reactions. Source: model/emoji_data.go, `SystemEmojis`. */

/** The first name of each is the one that clients write. */
const names: readonly (readonly [emoji: string, ...names: string[]])[] = [
  ['🔁', 'repeat'],
  ['❌', 'x'],
  ['ℹ️', 'information_source'],
  ['⬆️', 'arrow_up'],
  ['⭐', 'star'],
  ['🎨', 'art'],
  ['👍', '+1', 'thumbsup'],
  ['👎', '-1', 'thumbsdown'],
  ['✅', 'white_check_mark'],
  ['✔️', 'heavy_check_mark'],
  ['❤️', 'heart'],
  ['👀', 'eyes'],
  ['⏳', 'hourglass_flowing_sand'],
  ['⌛', 'hourglass'],
  ['⚠️', 'warning'],
  ['⛔', 'no_entry'],
  ['❓', 'question'],
  ['🔥', 'fire'],
  ['🎉', 'tada'],
  ['♻️', 'recycle'],
  ['🔄', 'arrows_counterclockwise'],
  ['✏️', 'pencil2'],
  ['📝', 'memo', 'pencil'],
];

/** Of hands: `+1_medium_light_skin_tone`. */
const tones: ReadonlyMap<string, string> = new Map([
  ['light', '\u{1F3FB}'],
  ['medium_light', '\u{1F3FC}'],
  ['medium', '\u{1F3FD}'],
  ['medium_dark', '\u{1F3FE}'],
  ['dark', '\u{1F3FF}'],
]);

const hands: ReadonlySet<string> = new Set(['👍', '👎']);

/** The sign that a font would colour, without saying so. */
const bare = (emoji: string): string => emoji.replaceAll('\u{FE0F}', '');

const nameByEmoji = new Map(names.map(([emoji, name]) => [bare(emoji), name]));
const emojiByName = new Map(names.flatMap(([emoji, ...own]) => own.map((name) => [name, emoji] as const)));

/** As reactions name it; `undefined` for what the bot never uses. */
export const nameOf = (emoji: string): string | undefined => nameByEmoji.get(bare(emoji));

/** What a reaction of that name shows, with the colour of a hand; `undefined` for those that mean nothing to the bot. */
export function emojiOf(name: string): string | undefined {
  const typed = name.toLowerCase();
  const emoji = emojiByName.get(typed);
  if (emoji !== undefined) return emoji;
  const [, hand = '', tone = ''] = /^(.+?)_(light|medium_light|medium|medium_dark|dark)_skin_tone$/.exec(typed) ?? [];
  const toned = emojiByName.get(hand);
  return toned !== undefined && hands.has(toned) ? `${toned}${tones.get(tone) ?? ''}` : undefined;
}
