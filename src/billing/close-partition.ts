/**
 * Closes one partition of a month: shuts it, rates it, stores what each customer came to, and, as the last of them,
 * declares the month closed (ACO-04). Progress is kept in storage, so that a run that ends anywhere, or for want of
 * time, is carried on by the next one. It can also run twice at once: what it writes depends on what no longer changes.
 */
import type { Month } from '../platform/calendar.ts';
import { currencyDigits } from '../platform/money.ts';
import { newId } from '../platform/ids.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { lostRace, readState, stateOf, stateWrite } from './billing-state.ts';
import { formatAmount } from './decimal.ts';
import { openMonth, takesEffectBy } from './month-source.ts';
import type { MonthSource } from './month-source.ts';
import { offersByCustomer } from './offers-service.ts';
import { pause } from '../platform/command.ts';
import { sendPartitions, type BillingMessage } from './period-service.ts';
import { rateMonth, unusedIn } from './rate-month.ts';
import type { RatedBatch, ResumePoint } from './rate-month.ts';
import { addToInvoice, emptyInvoice, parseInvoice } from './reconciliation.ts';
import type { InvoiceTotals } from './reconciliation.ts';
import {
  linePrefix,
  offerPrefix,
  partitionKey,
  partitionOf,
  partitions,
  periodRow,
  periodSchema,
  progressRow,
  progressSchema,
  resultRow,
  resultSchema,
} from './rows.ts';
import type { OfferUse, Period, Progress, Result } from './rows.ts';

const patienceMilliseconds = 30_000;

/** Well inside the host's five minutes. */
const budgetMilliseconds = 4 * 60_000;
/** So many lines are rated again at the most when a run was broken off. */
const linesAtOnce = 2_000;
/** A transaction's hundred, less the row of the progress. */
const resultsAtOnce = 99;

export type CloseOptions = {
  /** Milliseconds of the real clock. */
  realTime?: () => number;
  /** How long to work before handing on what is left. */
  budget?: number;
  /** After how many lines progress is stored. */
  linesBetween?: number;
};

/**
 * Settles a partition, and hands on what it has no time for. Does nothing where its month is closed already or was
 * never asked to be.
 * @throws RefusalError ServiceUnavailable, ConcurrentChange: the queue brings the message again
 */
export async function closePartition(
  runtime: Runtime,
  message: BillingMessage,
  {
    realTime = Date.now,
    budget = budgetMilliseconds,
    linesBetween = linesAtOnce,
  }: CloseOptions = {},
): Promise<void> {
  const until = realTime() + budget;
  const { partnerId, month, partition } = message;
  const state = stateOf(await readState(runtime, partnerId));
  if (state.closing !== month) return;
  const key = partitionKey(partnerId, month, partition);
  if (await movePeriod(runtime, key, 'closing')) {
    const source = await openMonth(runtime, partnerId, month);
    const limits = { isOver: () => realTime() >= until, linesBetween };
    let outcome = await storeResults(source, partition, limits);
    while (outcome === 'overtaken') outcome = await storeResults(source, partition, limits);
    if (outcome === 'out-of-time') {
      await sendPartitions(runtime, message, [partition]);
      return;
    }
    await movePeriod(runtime, key, 'closed');
  }
  if (await allClosed(runtime, partnerId, month)) await declareClosed(runtime, partnerId, month);
}

/**
 * Moves a partition's period row on. From `closing` on no import can land in it. Gives whether it was not closed
 * already.
 */
async function movePeriod(
  { tables }: Runtime,
  key: string,
  status: 'closing' | 'closed',
): Promise<boolean> {
  const giveUpAt = Date.now() + patienceMilliseconds;
  for (let attempt = 1; Date.now() < giveUpAt; attempt += 1) {
    const row = await tables.get('billing', periodSchema, key, periodRow);
    if (row?.value.status === 'closed') return false;
    if (row?.value.status === status) return true;
    const before = row?.value ?? { lines: 0, generation: 0, longest: 0 };
    const value: Period = { ...before, status };
    const write = { rowKey: periodRow, schema: periodSchema, value };
    const outcome = await tables.write(
      'billing',
      key,
      row ? { op: 'replace', etag: row.etag, ...write } : { op: 'insert', ...write },
      newId(),
    );
    if (outcome === 'committed') return true;
    await pause(attempt);
  }
  throw lostRace();
}

type Limits = { isOver: () => boolean; linesBetween: number };

/**
 * Stores the result of each customer with usage or offers, in the order of their ids, from where the last run stopped.
 * `overtaken`: another run has stored more than this one knew of.
 */
async function storeResults(
  source: MonthSource,
  partition: string,
  { isOver, linesBetween }: Limits,
): Promise<'done' | 'out-of-time' | 'overtaken'> {
  const keeper = await openProgress(source, partition);
  let { through, current } = keeper.progress();
  let results: Write[] = [];
  let lines = 0;
  const store = async () => {
    const isStored = await keeper.store({ through, current }, results);
    results = [];
    lines = 0;
    return isStored;
  };

  for await (const batch of everyCustomer(source, partition, { through, current })) {
    const { customerId, uses } = batch;
    const before = current?.customerId === customerId ? parseInvoice(current.result) : emptyInvoice;
    const totals = batch.lines.flatMap(({ rows }) => rows).reduce(addToInvoice, before);
    const result = resultOf(source, totals, uses);
    if (batch.isLast) {
      through = customerId;
      current = undefined;
      const write = { rowKey: resultRow(customerId), schema: resultSchema, value: result };
      results.push({ op: 'put', ...write });
    } else {
      current = { customerId, after: batch.lines.at(-1)?.key ?? '', result };
    }
    lines += batch.lines.length;
    const isEnough = isOver();
    if (isEnough || lines >= linesBetween || results.length >= resultsAtOnce) {
      if (!(await store())) return 'overtaken';
      if (isEnough) return 'out-of-time';
    }
  }
  const isStored = lines === 0 && results.length === 0;
  return isStored || (await store()) ? 'done' : 'overtaken';
}

/** What is left of a partition, in the order of customers: their usage, or an end alone where they have only offers. */
async function* everyCustomer(
  source: MonthSource,
  partition: string,
  { through, current }: Progress,
): AsyncGenerator<RatedBatch> {
  const idle = onlyOffers(source, partition, current?.customerId ?? through);
  let next = await idle.next();
  let from: ResumePoint | undefined;
  if (current) from = { after: current.after, uses: () => current.result.offers };
  else if (through !== undefined) from = { after: `${linePrefix(through)}~`, uses: () => [] };
  for await (const batch of rateMonth(source, { partition, from })) {
    const { customerId } = batch;
    if (customerId === through) continue;
    for (; !next.done && next.value.customerId < customerId; next = await idle.next())
      yield next.value;
    if (!next.done && next.value.customerId === customerId) next = await idle.next();
    yield batch;
  }
  for (; !next.done; next = await idle.next()) yield next.value;
}

/** The customers of a partition that have offers, after one of them, each as if it had no usage. */
async function* onlyOffers(
  source: MonthSource,
  partition: string,
  after: string | undefined,
): AsyncGenerator<RatedBatch> {
  const { runtime, partnerId, month } = source;
  const from = after === undefined ? undefined : `${offerPrefix(after)}~`;
  for await (const all of offersByCustomer(runtime, partnerId, { after: from })) {
    const offers = all.filter((offer) => takesEffectBy(offer, month));
    const customerId = offers[0]?.customerId;
    if (customerId === undefined || partitionOf(customerId) !== partition) continue;
    const uses = await unusedIn(source, customerId, offers);
    yield { customerId, lines: [], uses, isLast: true };
  }
}

type ProgressKeeper = {
  progress: () => Progress;
  /** Stores results and how far they go, together. Gives false when another run has stored since. */
  store: (progress: Progress, results: readonly Write[]) => Promise<boolean>;
};

async function openProgress(source: MonthSource, partition: string): Promise<ProgressKeeper> {
  const { runtime, partnerId, month } = source;
  const { tables } = runtime;
  const key = partitionKey(partnerId, month, partition);
  const read = () => tables.get('billing', progressSchema, key, progressRow);
  let row: Pick<Row<Progress>, 'value' | 'etag'> | undefined = await read();
  return {
    progress: () => row?.value ?? {},
    async store(value, results) {
      const by = newId();
      const write = { rowKey: progressRow, schema: progressSchema, value };
      const first: Write = row
        ? { op: 'replace', etag: row.etag, ...write }
        : { op: 'insert', ...write };
      const etag = await tables.commitTagged('billing', key, [first, ...results], by);
      if (etag) {
        row = { value, etag };
        return true;
      }
      // The answer can have been lost, or told no ETag. Where another run has stored since, ours may have landed or not:
      // the row says how far all is, and from there it goes on.
      const there = await read();
      row = there;
      return there?.by === by;
    },
  };
}

function resultOf(
  { currency }: MonthSource,
  totals: InvoiceTotals,
  offers: readonly OfferUse[],
): Result {
  const digits = currencyDigits(currency ?? '') ?? 0;
  return {
    charges: formatAmount(totals.charges, digits),
    creditOfferApplied: formatAmount(totals.creditOfferApplied, digits),
    total: formatAmount(totals.total, digits),
    offers: [...offers],
  };
}

async function allClosed({ tables }: Runtime, partnerId: string, month: Month): Promise<boolean> {
  const rows = await Promise.all(
    partitions.map((partition) =>
      tables.get('billing', periodSchema, partitionKey(partnerId, month, partition), periodRow),
    ),
  );
  return rows.every((row) => row?.value.status === 'closed');
}

/** The month is closed once the partner's state says so: nothing reads the partitions' own rows for that. */
async function declareClosed(runtime: Runtime, partnerId: string, month: Month): Promise<void> {
  const giveUpAt = Date.now() + patienceMilliseconds;
  for (let attempt = 1; Date.now() < giveUpAt; attempt += 1) {
    const row = await readState(runtime, partnerId);
    const { closing, ...state } = stateOf(row);
    if (closing !== month) return;
    const write = stateWrite(row, {
      ...state,
      closedThrough: month,
      open: state.open.filter((each) => each.month > month),
    });
    if ((await runtime.tables.write('partners', partnerId, write, newId())) === 'committed') return;
    await pause(attempt);
  }
  throw lostRace();
}
