import assert from 'node:assert/strict';

/** Everything that `toHtml` may write; of the rest nothing may be markup. */
const ours = /<\/?(?:p|ul|li|strong|code|pre|table|thead|tbody|tr|th|td|span|br)>|<span data-mx-color="#808080">/gu;

/** Fails where anything but the bot's own tags is left in `formatted_body`. */
export function assertOnlyOurTags(html: string): void {
  const rest = html.replaceAll(ours, '');
  assert.doesNotMatch(rest, /[<>]/u);
  assert.doesNotMatch(rest, /&(?!amp;|lt;|gt;|quot;|#39;)/u);
}
