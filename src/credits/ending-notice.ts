/**
 * Which notice of a credit's end is due (CR-17): 30, 7 and 1 days before it, and when it has ended. Of several that
 * became due while nothing ran only the latest is sent.
 */
import {
  addDays,
  addMilliseconds,
  millisecondsPerDay,
  startOfDay,
  type DateOnly,
  type Instant,
} from '../platform/calendar.ts';
import { expiresAt, expiryDate, type CreditState } from './state.ts';
import { conversionDays } from './terms.ts';

/** Days before the end; 0 says that the credit has ended. */
export const endingStages = [30, 7, 1, 0] as const;

export type EndingStage = (typeof endingStages)[number];

/** `end` is the date at whose 00:00Z the credit ends (or ended). */
export type EndingNotice = { end: DateOnly; stage: EndingStage };

/**
 * When the next notice falls due; it may already be past. Undefined when there is none to come: all were sent, or the
 * credit was withdrawn. A moved end (PR-02) begins anew.
 */
export function noticeDueAt(state: CreditState): Instant | undefined {
  const next = stagesToCome(state)[0];
  return next === undefined ? undefined : dueAtStage(state, next);
}

/**
 * The notice that is due by `now` of a credit settled to `now`, and whether there is still a point in sending it:
 * 90 days after the end nothing can be done about it any more (CR-14).
 */
export function endingNotice(
  state: CreditState,
  now: Instant,
): { notice: EndingNotice; send: boolean } | undefined {
  const stage = stagesToCome(state).findLast((one) => dueAtStage(state, one) <= now);
  if (stage === undefined) return undefined;
  const pointless = addMilliseconds(expiresAt(state), conversionDays * millisecondsPerDay);
  return { notice: { end: expiryDate(state), stage }, send: now < pointless };
}

/** The credit with the notice, and all before it, told. */
export function withEndTold(state: CreditState, notice: EndingNotice): CreditState {
  return { ...state, toldOfEnd: notice };
}

/** Not told yet, and not due before there was a credit: nobody is told of what was over before it began. */
function stagesToCome(state: CreditState): EndingStage[] {
  if (state.revokedAt !== undefined) return [];
  const { toldOfEnd, provisionedAt } = state;
  const told = toldOfEnd?.end === expiryDate(state) ? toldOfEnd.stage : Infinity;
  return endingStages.filter(
    (stage) => stage < told && dueAtStage(state, stage) >= provisionedAt,
  );
}

function dueAtStage(state: CreditState, stage: EndingStage): Instant {
  return startOfDay(addDays(expiryDate(state), -stage));
}
