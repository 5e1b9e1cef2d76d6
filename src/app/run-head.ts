import { renderRunLine } from '#core/render-plans.ts';
import type { RichText } from '#core/rich-text.ts';
import type { JobRecord } from '#core/job-store-port.ts';
import type { Store } from '#core/store-port.ts';

/** What stands first in the message of a scheduled job, whatever becomes of the rest of it; empty for what people ask for. */
export function runHead(store: Pick<Store, 'plans'>, { plan, language }: JobRecord): RichText {
  if (plan === undefined) return [];
  return [renderRunLine({ id: plan.id, schedule: store.plans.get(plan.id)?.schedule, run: plan.run, language })];
}
