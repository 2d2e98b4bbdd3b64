/** Takes in a month's usage as it comes (ACO-05). */
import { monthOf } from '../platform/calendar.ts';
import type { Instant, Month } from '../platform/calendar.ts';
import type { Upload } from '../platform/http/upload.ts';
import { refuse, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import { readState, registerMonth, requireOpen, stateOf } from './billing-state.ts';
import { customerIds, requirePartner } from './customers-service.ts';
import { csvRows, jsonRows } from './table-rows.ts';
import type { IncomingRow } from './table-rows.ts';
import { lengthOf, packLine, readUsageLine } from './usage-line.ts';
import type { ImportContext, Reject, UsageLine } from './usage-line.ts';
import { checkHeader } from './usage-source.ts';
import { createUsageWriter } from './usage-writer.ts';

/** The most rejects that are named in the answer; all of them are counted. */
export const shownRejects = 1_000;
/** The most a line may take as JSON: a stored row has its limits. */
const longestStoredLine = 30_000;

export type ImportResult = {
  accepted: number;
  duplicates: number;
  rejected: Reject[];
  rejectedTotal: number;
};

/**
 * Imports a file of a month's usage. A bad line is rejected and stops nothing else; what is sent twice counts once.
 * @throws RefusalError NotFound, PeriodClosed, InvalidRequest for a month to come or a file without a usable header,
 * PayloadTooLarge, ConcurrentChange. What was stored before stays, and sending all again completes it.
 */
export async function importUsage(
  runtime: Runtime,
  partnerId: string,
  month: Month,
  upload: Upload,
  now: Instant,
): Promise<ImportResult> {
  requireBegun(month, now);
  const [, customers, row] = await Promise.all([
    requirePartner(runtime, partnerId),
    customerIds(runtime, partnerId),
    readState(runtime, partnerId),
  ]);
  const state = stateOf(row);
  requireOpen(state, month);
  const known = state.open.find((each) => each.month === month);
  const context: ImportContext = {
    partnerId,
    month,
    isKnownCustomer: (id) => customers.has(id),
    billingCurrency: known?.currency,
  };
  const writer = createUsageWriter(runtime, partnerId, month, !known);
  const rejected: Reject[] = [];
  let rejectedTotal = 0;

  async function take(rows: readonly IncomingRow[]): Promise<void> {
    for (const incoming of rows) {
      let read = readIncoming(incoming, context);
      if ('line' in read && context.billingCurrency === undefined) {
        const { BillingCurrency } = read.line;
        context.billingCurrency = await registerMonth(runtime, partnerId, month, BillingCurrency);
        read = readIncoming(incoming, context);
      }
      if ('line' in read) {
        const waiting = writer.add(read.line, read.packed);
        if (waiting) await waiting;
      } else {
        rejectedTotal += 1;
        if (rejected.length < shownRejects) rejected.push(read.reject);
      }
    }
  }

  try {
    for await (const rows of rowsOf(upload)) await take(rows);
    await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw withTally(error, writer.tally.accepted);
  }
  return { ...writer.tally, rejected, rejectedTotal };
}

/** @throws RefusalError InvalidRequest for a month that has not begun. */
export function requireBegun(month: Month, now: Instant): void {
  if (month <= monthOf(now)) return;
  throw new RefusalError(
    refuse('InvalidRequest', 'The month has not begun; see details.', {
      target: 'month',
      details: [{ code: 'MonthToCome', target: 'month', message: `${month} is still to come` }],
    }),
  );
}

/** Tells the caller of a broken-off import how much of it is stored. */
function withTally(error: unknown, accepted: number): unknown {
  if (!(error instanceof RefusalError) || accepted === 0) return error;
  const { refusal } = error;
  const message = `${refusal.message} ${accepted} lines of this request were stored before and stay.`;
  return new RefusalError({ ...refusal, message });
}

function rowsOf({ mediaType, chunks }: Upload): AsyncIterable<IncomingRow[]> {
  return mediaType === 'text/csv' ? csvRows(chunks, checkHeader) : jsonRows(chunks);
}

type Read = { line: UsageLine; packed: Record<string, string> } | { reject: Reject };

function readIncoming(incoming: IncomingRow, context: ImportContext): Read {
  if ('reject' in incoming) return incoming;
  const read = readUsageLine(incoming.row, incoming.line, context);
  if ('reject' in read) return read;
  const packed = packLine(read.line);
  if (fits(packed)) return { line: read.line, packed };
  const message = 'The line is too long once its quotes and control characters are escaped.';
  return { reject: { line: incoming.line, code: 'ValueTooLong', message } };
}

/** Only long lines full of quotes and control characters, six characters each as JSON, can still be too long. */
function fits(packed: Record<string, string>): boolean {
  const length = lengthOf(packed);
  return 6 * length <= longestStoredLine || JSON.stringify(packed).length <= longestStoredLine;
}
