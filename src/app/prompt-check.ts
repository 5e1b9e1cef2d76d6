import { areNegative, noPromptLists, refusalOf, warningsOf, type PromptLists } from '#core/prompt-judgement.ts';
import type { Voice } from '#core/message-codes.ts';
import { message } from '#core/messages.ts';
import type { Meter } from '#core/operations-port.ts';
import type { Problem } from '#core/problem.ts';
import type { Note } from '#core/render-done.ts';
import type { ImageRequest, Task } from '#core/types.ts';

type Parts = { readonly promptLists?: PromptLists | undefined; readonly meter?: Meter | undefined };

/** Why this is not drawn. Only that a rule refused something is counted: nothing of the prompt is kept, and not whose it was. */
export function promptProblem({ promptLists = noPromptLists, meter }: Parts, request: ImageRequest, task?: Task): Problem | undefined {
  // Nothing is drawn then: the words are those of a picture that is there.
  if (task?.kind === 'upscale' || task?.kind === 'enhance') return undefined;
  const refusal = refusalOf(request, promptLists);
  if (refusal !== undefined) meter?.promptRefused(refusal.rule);
  return refusal?.problem;
}

/** The same of words that are no request yet, such as a style's. */
export const wordsProblem = (parts: Parts, words: string): Problem | undefined => promptProblem(parts, { prompt: words } as ImageRequest);

/** What is worth saying about the words of a job: names that somebody may have rights in, and what the configuration warns of. */
export function promptNotes(
  { promptLists = noPromptLists }: Parts,
  request: ImageRequest,
  task: Task | undefined,
  voice: Voice,
): readonly Note[] {
  if (task?.kind === 'upscale' || task?.kind === 'enhance') return [];
  const { warned, names } = warningsOf(request, promptLists);
  return [
    ...(names.length === 0 ? [] : [message('prompt_names', { names, isNegative: areNegative(request, names) }, voice)]),
    ...(warned.length === 0 ? [] : [message('prompt_warned', { rules: warned }, voice)]),
  ];
}
