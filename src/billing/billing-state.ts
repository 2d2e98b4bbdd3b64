/** A partner's billing state in storage, and the guard that keeps changes out of closed months. */
import type { Instant, Month } from '../platform/calendar.ts';
import { newId } from '../platform/ids.ts';
import { refuse, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { pause } from '../platform/command.ts';
import { periodClosed, refuseToCome, statusOfMonth } from './period.ts';
import { billingStateRow, billingStateSchema } from './rows.ts';
import type { BillingState } from './rows.ts';

export type StateRow = Row<BillingState> | undefined;

const emptyState: BillingState = { open: [] };
const patienceMilliseconds = 8_000;

/** Reads the row; undefined where nothing of the partner was ever billed. */
export function readState(runtime: Runtime, partnerId: string): Promise<StateRow> {
  return runtime.tables.get('partners', billingStateSchema, partnerId, billingStateRow);
}

/** The state that a row holds. */
export function stateOf(row: StateRow): BillingState {
  return row?.value ?? emptyState;
}

/**
 * A write that fails the transaction it stands in when the state has changed since it was read: what was decided by it
 * is then decided anew.
 */
export function unchangedState(row: StateRow): Write {
  return row
    ? { op: 'touch', rowKey: billingStateRow, etag: row.etag }
    : stateWrite(undefined, emptyState);
}

/** The write that replaces the state that was read. */
export function stateWrite(row: StateRow, value: BillingState): Write {
  const write = { rowKey: billingStateRow, schema: billingStateSchema, value };
  return row ? { op: 'replace', etag: row.etag, ...write } : { op: 'insert', ...write };
}

/** @throws RefusalError InvalidRequest for a month that has not begun. */
export function requireBegun(month: Month, now: Instant, target?: string): void {
  const refusal = refuseToCome(month, now, target);
  if (refusal) throw new RefusalError(refusal);
}

/** @throws RefusalError PeriodClosed when usage of the month is no longer taken. */
export function requireOpen(state: BillingState, month: Month): void {
  const status = statusOfMonth(state, month);
  if (status !== 'open') throw usageTooLate(month, status);
}

/** What an import is told once its month is closed or being closed. */
export function usageTooLate(month: Month, status: 'closing' | 'closed'): RefusalError {
  const what = status === 'closed' ? 'is closed' : 'is being closed';
  return new RefusalError(
    periodClosed(
      `${month} ${what}: its usage can no longer change. What came later is not counted.`,
    ),
  );
}

/**
 * Notes that the month has usage, before its first line is stored, and settles its currency: the first one wins.
 * Gives the currency that the month is billed in.
 * @throws RefusalError PeriodClosed, ConcurrentChange
 */
export async function registerMonth(
  runtime: Runtime,
  partnerId: string,
  month: Month,
  currency: string,
): Promise<string> {
  const giveUpAt = Date.now() + patienceMilliseconds;
  for (let attempt = 1; Date.now() < giveUpAt; attempt += 1) {
    const row = await readState(runtime, partnerId);
    const state = stateOf(row);
    requireOpen(state, month);
    const known = state.open.find((each) => each.month === month);
    if (known) return known.currency;
    const next = { ...state, open: [...state.open, { month, currency }] };
    const write = stateWrite(row, next);
    const { tables } = runtime;
    if ((await tables.write('partners', partnerId, write, newId())) === 'committed')
      return currency;
    await pause(attempt);
  }
  throw lostRace();
}

/** The refusal of whoever lost races until patience ended, and who may have done a part. */
export function lostRace(): RefusalError {
  return new RefusalError(
    refuse(
      'ConcurrentChange',
      'Too many changes at the same moment. What was taken so far stays; send the request again.',
    ),
  );
}
