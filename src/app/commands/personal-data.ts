import { askFirst } from '#src/app/asks.ts';
import type { Asked } from '#src/app/carry-out.ts';
import type { AfterCommit, Asking, HandlerContext } from '#src/app/handler-context.ts';
import { queueAttachment, refuseInRoom } from '#src/app/replies.ts';
import type { Command } from '#core/command.ts';
import { message } from '#core/messages.ts';
import { refuse } from '#core/problem.ts';
import { paragraph } from '#core/rich-text.ts';

export function myData(context: HandlerContext, event: Asking, _command: Command, { voice, myData: made }: Asked): readonly AfterCommit[] {
  if (made === undefined) return refuseInRoom(context, event, refuse('mydata_direct_only', {}).problem, voice);
  if (!made.ok) return refuseInRoom(context, event, made.problem, voice);
  const { parts, ...counts } = made.value;
  for (const [index, file] of parts.entries()) {
    const caption = [paragraph(...message('mydata_ready', { ...counts, part: index + 1, parts: parts.length }, voice))];
    queueAttachment(context, event, { part: `mydata-${index + 1}`, content: { kind: 'file', file, caption }, event: { type: 'text' } });
  }
  return [];
}

export function forgetMe(context: HandlerContext, event: Asking, _command: Command, { voice }: Asked): readonly AfterCommit[] {
  const { store, erasures, now } = context;
  const { platform, roomId, sender: user } = event;
  if (event.isConfirmed !== true) {
    const open = store.jobs.open().filter((job) => job.origin.platform === platform && job.requestedBy === user).length;
    const plans = store.plans.list(platform).filter(({ createdBy }) => createdBy === user).length;
    const counts = { jobs: store.personal.jobsOf({ platform, user }).length, open, plans };
    const question = [
      paragraph(...message('forget_ask', counts, voice)),
      paragraph(...message('forget_ask_posts', {}, voice)),
      paragraph(...message('forget_ask_cannot', {}, voice)),
    ];
    return askFirst(context, event, question, voice);
  }
  const isDirect = event.kind === 'message' && event.isDirect;
  store.personal.begin({ platform, user, roomId, isDirect, language: voice.language, nowMs: now() });
  return [() => erasures.wake()];
}
