import { activeModel } from '#src/app/active-model.ts';
import { currentLimits } from '#src/app/current-limits.ts';
import type { HandlerContext } from '#src/app/handler-context.ts';
import type { Draw } from '#core/command.ts';
import type { Size } from '#core/options.ts';
import { accept, refuse, type Problem, type Result } from '#core/problem.ts';
import { withoutNames } from '#core/prompt-judgement.ts';
import { resolveRequest, unknownModel } from '#core/request.ts';
import type { ImageRequest, PlatformName, RoomId } from '#core/types.ts';
import type { ModelInfo } from '#core/model-info.ts';

const SEEDS = 2 ** 32;

type Place = { readonly platform: PlatformName; readonly roomId: RoomId };

/** What a command asks for, with the room's style and the bot's model. */
export function resolveDraw(
  context: Omit<HandlerContext, 'planner' | 'erasures'>,
  place: Place,
  command: Draw,
): Result<ImageRequest, Problem> {
  const { models, random, store, promptLists } = context;
  const model = models.get(command.options.model ?? activeModel(context));
  if (model === undefined) return { ok: false, problem: modelProblem(context, command) };
  const resolved = resolveRequest(command, {
    model,
    seed: Math.floor(random() * SEEDS),
    limits: currentLimits(context),
    styles: store.styles.list(),
    defaultStyle: store.rooms.get(place.platform, place.roomId).defaultStyle,
    models: (name) => models.get(name),
  });
  return resolved.ok ? accept(withoutNames(resolved.value, promptLists?.names() ?? [], (name) => models.get(name))) : resolved;
}

/** The same from a picture: in its shape, where none was typed and the model makes it. */
export function resolveLike(
  context: Omit<HandlerContext, 'planner' | 'erasures'>,
  place: Place,
  command: Draw,
  { widthPx, heightPx }: Size,
): Result<ImageRequest, Problem> {
  const { options } = command;
  if (options.size !== undefined || options.aspect !== undefined) return resolveDraw(context, place, command);
  const shaped = resolveDraw(context, place, { ...command, options: { ...options, aspect: { width: widthPx, height: heightPx } } });
  return shaped.ok ? shaped : resolveDraw(context, place, command);
}

/** No folder of this name, or no working model at all. */
export const modelProblem = ({ models }: Pick<HandlerContext, 'models'>, command: Pick<Draw, 'options' | 'places'>): Problem =>
  command.options.model === undefined
    ? refuse('engine_failed', { error: 'model_missing' }).problem
    : unknownModel(
        command,
        models.list().map(({ name }: ModelInfo) => name),
      );
