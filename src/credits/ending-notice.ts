/** Which notice of a credit's end is due (CR-17): 30, 7 and 1 days before it, and when it has ended. */
import { addMilliseconds, millisecondsPerDay, type Instant } from '../platform/calendar.ts';
import {
  endingStages,
  nextNoticeAt,
  noticeDueBy,
  type Ending,
  type EndingNotice,
} from '../platform/ending-stages.ts';
import { expiresAt, expiryDate, type CreditState } from './state.ts';
import { conversionDays } from './terms.ts';

/**
 * When the next notice falls due; it may already be past. Undefined when there is none to come: all were sent, or the
 * credit was withdrawn. A moved end (PR-02) begins anew.
 */
export function noticeDueAt(state: CreditState): Instant | undefined {
  const ending = endingOf(state);
  return ending && nextNoticeAt(ending);
}

/**
 * The notice that is due by `now` of a credit settled to `now`, and whether there is still a point in sending it:
 * 90 days after the end nothing can be done about it any more (CR-14).
 */
export function endingNotice(
  state: CreditState,
  now: Instant,
): { notice: EndingNotice; send: boolean } | undefined {
  const ending = endingOf(state);
  return ending && noticeDueBy(ending, now);
}

/** The credit with the notice, and all before it, told. */
export function withEndTold(state: CreditState, notice: EndingNotice): CreditState {
  return { ...state, toldOfEnd: notice };
}

function endingOf(state: CreditState): Ending | undefined {
  if (state.revokedAt !== undefined) return undefined;
  return {
    end: expiryDate(state),
    stages: endingStages,
    since: state.provisionedAt,
    until: addMilliseconds(expiresAt(state), conversionDays * millisecondsPerDay),
    told: state.toldOfEnd,
  };
}
