/** Rates a partner's month out of storage, customer by customer, in bounded memory. */
import type { Month } from '../platform/calendar.ts';
import type { Row } from '../platform/table-store.ts';
import { readFacts } from './customers-service.ts';
import type { MonthSource } from './month-source.ts';
import { offersOf, openMonth } from './month-source.ts';
import { createRater } from './rating.ts';
import type { OfferBalance, RatedRow, Rater } from './rating.ts';
import {
  customerOfLine,
  linePrefix,
  lineSchema,
  linesInAPage,
  partitionKey,
  partitionOf,
  periodRow,
  periodSchema,
  resultRow,
  resultSchema,
} from './rows.ts';
import type { OfferUse, StoredLine, StoredOffer } from './rows.ts';
import { unpackLine } from './usage-line.ts';

/** A line with its rows, and what the customer's offers had paid before it and have paid after it. */
export type RatedLine = {
  key: string;
  rows: readonly RatedRow[];
  before: readonly OfferUse[];
  after: readonly OfferUse[];
};

/** Some rated lines of one customer, in rating order. Rows of a customer come in one batch after the other. */
export type RatedBatch = {
  customerId: string;
  lines: readonly RatedLine[];
  /** What the customer's offers have paid once these lines are. */
  uses: readonly OfferUse[];
  /** Whether no line of the customer follows. */
  isLast: boolean;
};

export type RateOptions = {
  /** One of the month's partitions. */
  partition: string;
  /** Only this customer. */
  customerId?: string | undefined;
  /** Where to go on. */
  from?: ResumePoint | undefined;
};

/**
 * After which row key to go on. `uses` gives what the customer's offers had paid by then; where it does not know, that
 * is worked out from the customer's first line on.
 */
export type ResumePoint = {
  after: string;
  uses?: (offers: readonly StoredOffer[]) => readonly OfferUse[] | undefined;
};

/** Of the first page, which is read before it is known how long lines can be, and may be all that is wanted. */
const firstPage = 50;
/** Few at a time, so that rated rows are gone before the next ones come. */
const batchSize = 100;

/**
 * Rates the lines of a partition, in the order of their keys: by customer, date and identity. The same lines, facts,
 * offers and price list always give the same batches, but for where they are cut. The event loop gets its turns.
 */
export async function* rateMonth(
  source: MonthSource,
  { partition, customerId, from }: RateOptions,
): AsyncGenerator<RatedBatch> {
  const { turns } = source;
  const resumed = from === undefined ? undefined : customerOfLine(from.after);
  const resumedOffers = resumed === undefined ? [] : await offersOf(source, resumed);
  const uses = from?.uses?.(resumedOffers);
  const restarts = resumedOffers.length > 0 && uses === undefined;
  const wanted = (line: RatedLine) => !restarts || line.key > (from?.after ?? '');
  let current: RatedCustomer | undefined;
  // Where all lines of the customer to go on with were given before, only the end of it is left to tell.
  let open: Pick<RatedCustomer, 'customerId' | 'uses'> | undefined =
    resumed === undefined ? undefined : { customerId: resumed, uses: uses ?? [] };

  const after = restarts ? linePrefix(resumed) : from?.after;
  for await (const rows of pagesOf(source, partition, customerId, after)) {
    for (const [id, some] of Map.groupBy(rows, ({ rowKey }) => customerOfLine(rowKey))) {
      if (current?.customerId !== id) {
        if (open && open.customerId !== id) yield { ...batchOf(open, []), isLast: true };
        current = await startCustomer(source, id, id === resumed ? uses : undefined);
        open = current;
      }
      for (let first = 0; first < some.length; first += batchSize) {
        const lines: RatedLine[] = [];
        for (const { rowKey, value } of some.slice(first, first + batchSize)) {
          const line = rateLine(current, rowKey, value);
          if (wanted(line)) lines.push(line);
          if (turns.isDue()) await turns.give();
        }
        if (lines.length > 0) yield batchOf(current, lines);
      }
    }
  }
  if (open) yield { ...batchOf(open, []), isLast: true };
}

/** A customer that is being rated. `uses` is what the offers have paid so far. */
type RatedCustomer = {
  customerId: string;
  rater: Rater;
  before: ReadonlyMap<string, number>;
  uses: readonly OfferUse[];
};

function rateLine(customer: RatedCustomer, key: string, { line }: StoredLine): RatedLine {
  const before = customer.uses;
  const rows = customer.rater.rate(unpackLine(line));
  if (rows.some(({ creditType }) => creditType === 'Azure Credit Applied'))
    customer.uses = usesOf(customer.rater.offers(), customer.before);
  return { key, rows, before, after: customer.uses };
}

function batchOf(
  { customerId, uses }: Pick<RatedCustomer, 'customerId' | 'uses'>,
  lines: readonly RatedLine[],
): RatedBatch {
  return { customerId, lines, uses, isLast: false };
}

/** What every offer of a customer paid before the month and in it, whether the customer had usage or not. */
export async function offerUse(
  source: MonthSource,
  customerId: string,
): Promise<readonly OfferUse[]> {
  const stored =
    source.status === 'closed' ? await readResult(source, source.month, customerId) : undefined;
  if (stored) return stored.offers;
  const partition = partitionOf(customerId);
  for await (const { uses, isLast } of rateMonth(source, { partition, customerId })) {
    if (isLast) return uses;
  }
  return unusedIn(source, customerId, await offersOf(source, customerId));
}

/** What offers of a customer without usage in the month have paid: what they had paid before. */
export async function unusedIn(
  source: MonthSource,
  customerId: string,
  offers: readonly StoredOffer[],
): Promise<OfferUse[]> {
  const before = await paidBefore(source, customerId);
  return offers.map(({ agreementId }) => ({
    agreementId,
    before: before.get(agreementId) ?? 0,
    inMonth: 0,
  }));
}

/** A closed month's result of a customer; undefined where the customer had neither usage nor offers. */
export async function readResult(source: MonthSource, month: Month, customerId: string) {
  const key = partitionKey(source.partnerId, month, partitionOf(customerId));
  const { tables } = source.runtime;
  return (await tables.get('billing', resultSchema, key, resultRow(customerId)))?.value;
}

async function startCustomer(
  source: MonthSource,
  customerId: string,
  known: readonly OfferUse[] | undefined,
): Promise<RatedCustomer> {
  const { runtime, partnerId, priceList } = source;
  const [found, offers] = await Promise.all([
    readFacts(runtime, partnerId, customerId),
    offersOf(source, customerId),
  ]);
  if (!found) throw new Error('A usage line is of a customer that is not there');
  const uses = known ?? (offers.length === 0 ? [] : await unusedIn(source, customerId, offers));
  const balances = offers.map((offer) => balanceOf(offer, uses));
  const rater = createRater({ facts: found.facts, offers: balances, priceList });
  const before = new Map(uses.map((use) => [use.agreementId, use.before]));
  return { customerId, rater, before, uses };
}

/** What a customer's offers paid in the months before: as closed, and on from there as the open ones stand. */
async function paidBefore(source: MonthSource, customerId: string): Promise<Map<string, number>> {
  const { state, month, status } = source;
  const { closedThrough, open } = state;
  if (status === 'closed') {
    const own = await readResult(source, month, customerId);
    return new Map(own?.offers.map(({ agreementId, before }) => [agreementId, before]));
  }
  const closed =
    closedThrough === undefined ? undefined : await readResult(source, closedThrough, customerId);
  const paid = new Map(
    closed?.offers.map(({ agreementId, before, inMonth }) => [agreementId, before + inMonth]),
  );
  const last = open
    .map((each) => each.month)
    .filter((each) => each < month)
    .toSorted()
    .at(-1);
  if (last === undefined) return paid;
  const earlier = await openMonth(source.runtime, source.partnerId, last, source.turns);
  const uses = await offerUse(earlier, customerId);
  for (const { agreementId, before, inMonth } of uses) paid.set(agreementId, before + inMonth);
  return paid;
}

function balanceOf(offer: StoredOffer, uses: readonly OfferUse[]): OfferBalance {
  const { agreementId, currency, effectiveDate, expiryDate, amount } = offer;
  const use = uses.find((each) => each.agreementId === agreementId);
  const usedInMonth = use?.inMonth ?? 0;
  const remaining = amount - (use?.before ?? 0) - usedInMonth;
  return { agreementId, currency, effectiveDate, expiryDate, remaining, usedInMonth };
}

function usesOf(offers: readonly OfferBalance[], before: ReadonlyMap<string, number>): OfferUse[] {
  return offers.map(({ agreementId, usedInMonth }) => ({
    agreementId,
    before: before.get(agreementId) ?? 0,
    inMonth: usedInMonth,
  }));
}

/** Pages of lines. From the second one on, the next page is read while the caller works on one. */
async function* pagesOf(
  { runtime, partnerId, month }: MonthSource,
  partition: string,
  customerId: string | undefined,
  after: string | undefined,
): AsyncGenerator<Row<StoredLine>[]> {
  const { tables } = runtime;
  const key = partitionKey(partnerId, month, partition);
  const prefix = linePrefix(customerId);
  const read = (from: string | undefined, size: number) =>
    tables.page('billing', lineSchema, key, { prefix, after: from, size });
  const [first, period] = await Promise.all([
    read(after, firstPage),
    tables.get('billing', periodSchema, key, periodRow),
  ]);
  let page = first;
  if (page.rows.length > 0) yield page.rows;
  let pending: ReturnType<typeof read> | undefined;
  for (;;) {
    const end = page.rows.at(-1)?.rowKey;
    if (!page.more || end === undefined) return;
    page = await (pending ?? read(end, linesInAPage(period?.value)));
    pending = undefined;
    const next = page.rows.at(-1)?.rowKey;
    if (page.more && next !== undefined) {
      pending = read(next, linesInAPage(period?.value));
      // It is awaited in the next round; should the caller stop before, nobody need hear of its failure.
      pending.catch(() => undefined);
    }
    if (page.rows.length > 0) yield page.rows;
  }
}
