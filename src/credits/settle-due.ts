/** What the sweep does to a credit that has fallen due: settled, and its end told of (CR-15, CR-17). */
import type { Instant } from '../platform/calendar.ts';
import type { DueThing } from '../platform/due-thing.ts';
import type { Row } from '../platform/table-store.ts';
import { nextDueDate } from './due.ts';
import { endingNotice, withEndTold } from './ending-notice.ts';
import { replaceCredit, type CreditRow } from './rows.ts';
import { settle } from './settle.ts';

/** What time has done to a credit that is not written yet; undefined when nothing is due. */
export function dueCredit(row: Row<CreditRow>, now: Instant): DueThing | undefined {
  const { state, events } = settle(row.value, now);
  const ending = endingNotice(state, now);
  if (events.length === 0 && !ending) return undefined;
  // Who was erased from the directory has no address left.
  const { email, userId } = state.assignment ?? {};
  return {
    kind: 'credit',
    id: state.id,
    holder: email && userId ? { email, userId } : undefined,
    tell: ending?.send ? ending.notice : undefined,
    rows: 1 + events.length,
    write(told) {
      const over = ending && (told || !ending.send);
      const became = over ? withEndTold(state, ending.notice) : state;
      const next = nextDueDate(became);
      if (became === row.value) return { writes: [], due: [], next };
      return { ...replaceCredit(row, { state: became, events }), next };
    },
  };
}
