/** Whether a text names this id and not a longer one: `@ada:example.org` does not stand in `@ada:example.org.uk`. */
export function mentions(text: string, id: string): boolean {
  for (let at = text.indexOf(id); at >= 0; at = text.indexOf(id, at + 1))
    if (!isPart(text[at - 1]) && !isPart(text[at + id.length])) return true;
  return false;
}

const isPart = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}._=/+-]/u.test(character);
