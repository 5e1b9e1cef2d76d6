/** Every text a person can meet: code and parameters → a sentence in their language. */
import type { Catalogue, Failure, MessageCode, MessageParams, Text, Voice } from '#core/message-codes.ts';
import { german } from '#core/messages-de.ts';
import { english } from '#core/messages-en.ts';
import type { Problem } from '#core/problem.ts';
import type { Language } from '#core/types.ts';

export const catalogues: Readonly<Record<Language, Catalogue>> = { en: english, de: german };

export function message<Code extends MessageCode>(code: Code, params: MessageParams[Code], voice: Voice): Text {
  return catalogues[voice.language].messages[code](params, voice);
}

/** What happened and what to do. */
export const failureMessage = ({ error, params = {} }: Failure, voice: Voice): Text =>
  catalogues[voice.language].failures[error](params, voice);

/** The sentence of a problem; `renderProblem` shows the place as well. */
export const problemMessage = (problem: Problem, voice: Voice): Text => message(problem.code, problem.params, voice);

/** The same for a place without markup, such as stderr. */
export const plain = (text: Text): string => text.map((span) => span.text).join('');
