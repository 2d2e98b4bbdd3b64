/** When a credit next needs the sweep: for what time does to it, or for a notice of its end. */
import { dateOf, earlier, type DateOnly } from '../platform/calendar.ts';
import { noticeDueAt } from './ending-notice.ts';
import { dueAt } from './settle.ts';
import type { CreditState } from './state.ts';

/** The UTC date under which the credit must stand in the schedule; undefined when nothing is to come. */
export function nextDueDate(state: CreditState): DateOnly | undefined {
  const settles = dueAt(state);
  const tells = noticeDueAt(state);
  const next = settles && tells ? earlier(settles, tells) : (settles ?? tells);
  return next && dateOf(next);
}
