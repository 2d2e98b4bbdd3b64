/** Takes in a month's usage as it comes (ACO-05). */
import type { Instant, Month } from '../platform/calendar.ts';
import type { Upload } from '../platform/http/upload.ts';
import { RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import { createTurns } from '../platform/turns.ts';
import { readState, registerMonth, requireBegun, requireOpen, stateOf } from './billing-state.ts';
import { customerIds, requirePartner } from './customers-service.ts';
import { csvRows, jsonRows } from './table-rows.ts';
import type { IncomingRow, IncomingRows } from './table-rows.ts';
import { packLine, readUsageLine } from './usage-line.ts';
import type { ImportContext, Reject, UsageLine } from './usage-line.ts';
import { checkHeader } from './usage-source.ts';
import { createUsageWriter } from './usage-writer.ts';

/** The most rejects that are named in the answer; all of them are counted. */
export const shownRejects = 1_000;
/** After so many bad lines the rest of a file is refused. */
export const mostRejects = 10_000;
/** The most a line may take as JSON: a stored row has its limits. */
const longestStoredLine = 30_000;

export type ImportResult = {
  accepted: number;
  duplicates: number;
  rejected: Reject[];
  rejectedTotal: number;
};

/**
 * Imports a file of a month's usage. A bad line is rejected and stops nothing else, up to 10,000 of them: then the rest
 * of the file is refused, and a last reject says so. What is sent twice counts once. The event loop gets its `turns`.
 * @throws RefusalError NotFound, PeriodClosed, InvalidRequest for a month to come or a file without a usable header,
 * PayloadTooLarge, ConcurrentChange. What was stored before stays, and sending all again completes it.
 */
export async function importUsage(
  runtime: Runtime,
  partnerId: string,
  month: Month,
  upload: Upload,
  now: Instant,
  turns = createTurns(),
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
  const writer = createUsageWriter(runtime, partnerId, month, { isNew: !known, turns });
  const rejected: Reject[] = [];
  let rejectedTotal = 0;
  const isRestRefused = () => rejected.at(-1)?.code === 'TooManyRejects';

  async function take(rows: IncomingRows): Promise<void> {
    for (const incoming of rows) {
      if (rejectedTotal === mostRejects) {
        rejected.push(restRefused(incoming));
        return;
      }
      let read = readIncoming(incoming, context);
      if ('line' in read && context.billingCurrency === undefined) {
        const { BillingCurrency } = read.line;
        context.billingCurrency = await registerMonth(runtime, partnerId, month, BillingCurrency);
        read = readIncoming(incoming, context);
      }
      if ('line' in read) {
        const waiting = writer.add(read);
        if (waiting) await waiting;
      } else {
        rejectedTotal += 1;
        if (rejected.length < shownRejects) rejected.push(read.reject);
      }
      if (turns.isDue()) await turns.give();
    }
  }

  try {
    // What is refused is still received: a caller in the middle of sending would not see an answer before its end.
    const wanted = chunksUnless(upload.chunks, isRestRefused);
    for await (const rows of rowsOf({ ...upload, chunks: wanted })) {
      if (!isRestRefused()) await take(rows);
      if (turns.isDue()) await turns.give();
    }
    await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw withTally(error, writer.tally.accepted);
  }
  return { ...writer.tally, rejected, rejectedTotal };
}

/** The last reject of a file with too many bad lines. */
function restRefused(next: IncomingRow): Reject {
  const line = 'reject' in next ? next.reject.line : next.line;
  const message = `${mostRejects} lines before this one were rejected: this line and all that follow it were not read. Correct the file and send it again.`;
  return { line, code: 'TooManyRejects', message };
}

async function* chunksUnless(
  chunks: AsyncIterable<Uint8Array>,
  isUnwanted: () => boolean,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) if (!isUnwanted()) yield chunk;
}

/** Tells the caller of a broken-off import how much of it is stored. */
function withTally(error: unknown, accepted: number): unknown {
  if (!(error instanceof RefusalError) || accepted === 0) return error;
  const { refusal } = error;
  const message = `${refusal.message} ${accepted} lines of this request were stored before and stay.`;
  return new RefusalError({ ...refusal, message });
}

function rowsOf({ mediaType, chunks }: Upload): AsyncIterable<IncomingRows> {
  return mediaType === 'text/csv' ? csvRows(chunks, checkHeader) : jsonRows(chunks);
}

type Read =
  { line: UsageLine; packed: Record<string, string>; length: number } | { reject: Reject };

function readIncoming(incoming: IncomingRow, context: ImportContext): Read {
  if ('reject' in incoming) return incoming;
  const read = readUsageLine(incoming.row, incoming.line, context);
  if ('reject' in read) return read;
  const packed = packLine(read.line);
  const length = JSON.stringify(packed).length;
  if (length <= longestStoredLine) return { line: read.line, packed, length };
  const message = 'The line is too long once its quotes and control characters are escaped.';
  return { reject: { line: incoming.line, code: 'ValueTooLong', message } };
}
