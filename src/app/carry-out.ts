import { admin, useModel } from '#src/app/commands/admin.ts';
import { answerAsk } from '#src/app/commands/answer.ts';
import { check, held, release } from '#src/app/commands/check.ts';
import { again, draw, edit, replay, vary } from '#src/app/commands/draw.ts';
import { find, gallery, star } from '#src/app/commands/history.ts';
import { cancel, info, queue, sheet, zip } from '#src/app/commands/jobs.ts';
import { forgetMe, myData } from '#src/app/commands/personal-data.ts';
import { enhance, upscale } from '#src/app/commands/pictures.ts';
import { marks, verify } from '#src/app/commands/marks.ts';
import { privacy, retention } from '#src/app/commands/privacy.ts';
import { plan, plans } from '#src/app/commands/plans.ts';
import { help, lang, limits, models, quiet, timeZone } from '#src/app/commands/room.ts';
import { style, styles } from '#src/app/commands/styles.ts';
import type { Gathered } from '#src/app/gather.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import type { Command } from '#core/command.ts';
import type { Voice } from '#core/message-codes.ts';

/** What was found out before the transaction, and how the answer speaks. */
export type Asked = Gathered & { readonly voice: Voice };

type Handler<Kind extends Command['kind']> = (
  context: HandlerContext,
  event: Asking,
  command: Extract<Command, { kind: Kind }>,
  asked: Asked,
) => readonly AfterCommit[];

const handlers: { readonly [Kind in Command['kind']]: Handler<Kind> } = {
  draw,
  again,
  vary,
  edit,
  replay,
  upscale,
  enhance,
  cancel,
  queue,
  info,
  verify,
  marks,
  sheet,
  zip,
  check,
  release,
  held,
  styles,
  style,
  plan,
  plans,
  find,
  star,
  gallery,
  limits,
  admin,
  models,
  use_model: useModel,
  help,
  lang,
  time_zone: timeZone,
  quiet,
  retention,
  privacy,
  my_data: myData,
  forget_me: forgetMe,
  answer: answerAsk,
};

/** Carries a command out inside a transaction: every handler queues its answer, or the question that it asks first. */
export function carryOut(context: HandlerContext, event: Asking, command: Command, asked: Asked): readonly AfterCommit[] {
  const handler = handlers[command.kind] as Handler<Command['kind']>;
  return handler(context, event, command, asked);
}
