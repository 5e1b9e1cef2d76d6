/** What turns lines around, controls terminals or can't be seen at all: none of it is ever repeated. */
const hidden = /[\p{Cc}\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u;

export const hasHidden = (text: string): boolean => hidden.test(text.replaceAll('\n', ''));
