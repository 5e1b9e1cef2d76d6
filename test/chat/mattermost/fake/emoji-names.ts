/** Some of those that every server has. Source: model/emoji_data.go `SystemEmojis`, looked up with model/emoji.go `IsSystemEmojiName`. */
const names = `
+1 -1 thumbsup thumbsdown repeat x information_source arrow_up arrow_down arrow_left arrow_right star star2 art
white_check_mark heavy_check_mark eyes hourglass hourglass_flowing_sand warning no_entry no_entry_sign pencil2 memo pencil fire tada question grey_question
recycle arrows_counterclockwise zero one two three four five six seven eight nine keycap_ten heart frame_with_picture game_die dart
mag wrench sparkles wastebasket octagonal_sign smile grinning rocket bulb clock1 o 100 tada wave ok_hand hash
`
  .split(/\s+/)
  .filter((name) => name !== '');

const toned = ['+1', 'thumbsup', '-1', 'thumbsdown', 'ok_hand', 'wave'];
const tones = ['light', 'medium_light', 'medium', 'medium_dark', 'dark'];
const all = new Set([...names, ...toned.flatMap((name) => tones.map((tone) => `${name}_${tone}_skin_tone`))]);

export const isSystemEmoji = (name: string): boolean => all.has(name);
