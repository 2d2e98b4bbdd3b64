/** Rates a partner's month out of storage, customer by customer, in bounded memory. */
import type { Month } from '../platform/calendar.ts';
import type { Row } from '../platform/table-store.ts';
import { readFacts } from './customers-service.ts';
import type { CustomerFacts } from './customer.ts';
import type { MonthSource } from './month-source.ts';
import { openMonth } from './month-source.ts';
import { createRater } from './rating.ts';
import type { OfferBalance, RatedRow, Rater } from './rating.ts';
import {
  customerOfLine,
  linePrefix,
  lineSchema,
  partitionKey,
  partitionOf,
  resultRow,
  resultSchema,
} from './rows.ts';
import type { StoredLine, StoredOffer } from './rows.ts';
import { unpackLine } from './usage-line.ts';

/** Some rated lines of one customer, in rating order. Rows of a customer come in one batch after the other. */
export type RatedBatch = {
  customerId: string;
  lines: readonly { key: string; rows: readonly RatedRow[] }[];
  /** With the customer's last batch: what the offers paid. */
  ended?: readonly OfferUse[];
};

/** What an offer paid, in minor units of its currency: in all earlier months, and in this one. */
export type OfferUse = { agreementId: string; before: number; inMonth: number };

export type RateOptions = {
  /** One of the month's partitions. */
  partition: string;
  /** Only this customer. */
  customerId?: string | undefined;
  /** Only lines after this row key. What offers paid before it is worked out again. */
  after?: string | undefined;
};

const pageSize = 1_000;
/** Few at a time, so that rated rows are gone before the next ones come. */
const batchSize = 100;

/**
 * Rates the lines of a partition, in the order of their keys: by customer, date and identity. The same lines, facts,
 * offers and price list always give the same batches, but for where they are cut.
 */
export async function* rateMonth(
  source: MonthSource,
  { partition, customerId, after }: RateOptions,
): AsyncGenerator<RatedBatch> {
  const resumed = after === undefined ? undefined : customerOfLine(after);
  // A customer's offers are in the state that all the lines before have left them in.
  const restarts = resumed !== undefined && source.offers.has(resumed);
  const from = restarts ? linePrefix(resumed) : after;
  let current:
    { customerId: string; rater: Rater; before: ReadonlyMap<string, number> } | undefined;

  const ended = (): RatedBatch[] =>
    current
      ? [
          {
            customerId: current.customerId,
            lines: [],
            ended: usesOf(current.rater.offers(), current.before),
          },
        ]
      : [];

  for await (const rows of pagesOf(source, partition, customerId, from)) {
    for (const [id, some] of Map.groupBy(rows, ({ rowKey }) => customerOfLine(rowKey))) {
      if (current?.customerId !== id) {
        yield* ended();
        current = { customerId: id, ...(await startCustomer(source, id)) };
      }
      const { rater } = current;
      for (let first = 0; first < some.length; first += batchSize) {
        const lines = some.slice(first, first + batchSize).map(({ rowKey, value }) => ({
          key: rowKey,
          rows: rater.rate(unpackLine(value.line)),
        }));
        const wanted = restarts ? lines.filter(({ key }) => key > (after ?? '')) : lines;
        if (wanted.length > 0) yield { customerId: id, lines: wanted };
      }
    }
  }
  yield* ended();
}

/** What every offer of a customer paid before the month and in it, whether the customer had usage or not. */
export async function offerUse(source: MonthSource, customerId: string): Promise<OfferUse[]> {
  const stored =
    source.status === 'closed' ? await readResult(source, source.month, customerId) : undefined;
  if (stored) return stored.offers;
  const partition = partitionOf(customerId);
  for await (const { ended } of rateMonth(source, { partition, customerId })) {
    if (ended) return [...ended];
  }
  const before = await paidBefore(source, customerId);
  return (source.offers.get(customerId) ?? []).map(({ agreementId }) => ({
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

async function startCustomer(source: MonthSource, customerId: string) {
  const offers = source.offers.get(customerId) ?? [];
  const [found, before] = await Promise.all([
    readFacts(source.runtime, source.partnerId, customerId),
    offers.length === 0 ? new Map<string, number>() : paidBefore(source, customerId),
  ]);
  if (!found) throw new Error('A usage line is of a customer that is not there');
  const facts: CustomerFacts = found.facts;
  const balances = offers.map((offer) => balanceOf(offer, before));
  return { rater: createRater({ facts, offers: balances, priceList: source.priceList }), before };
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
  const earlier = await openMonth(source.runtime, source.partnerId, last, customerId);
  const uses = await offerUse(earlier, customerId);
  for (const { agreementId, before, inMonth } of uses) paid.set(agreementId, before + inMonth);
  return paid;
}

function balanceOf(offer: StoredOffer, before: ReadonlyMap<string, number>): OfferBalance {
  const { agreementId, currency, effectiveDate, expiryDate, amount } = offer;
  const remaining = amount - (before.get(agreementId) ?? 0);
  return { agreementId, currency, effectiveDate, expiryDate, remaining, usedInMonth: 0 };
}

function usesOf(offers: readonly OfferBalance[], before: ReadonlyMap<string, number>): OfferUse[] {
  return offers.map(({ agreementId, usedInMonth }) => ({
    agreementId,
    before: before.get(agreementId) ?? 0,
    inMonth: usedInMonth,
  }));
}

/** Pages of lines; the next one is read while the caller works on one. */
async function* pagesOf(
  { runtime, partnerId, month }: MonthSource,
  partition: string,
  customerId: string | undefined,
  after: string | undefined,
): AsyncGenerator<Row<StoredLine>[]> {
  const key = partitionKey(partnerId, month, partition);
  const prefix = linePrefix(customerId);
  const read = (from: string | undefined) =>
    runtime.tables.page('billing', lineSchema, key, { prefix, after: from, size: pageSize });
  let pending = read(after);
  for (;;) {
    const { rows, more } = await pending;
    const end = rows.at(-1)?.rowKey;
    const goesOn = more && end !== undefined;
    if (goesOn) {
      pending = read(end);
      // It is awaited in the next round; should the caller stop before, nobody need hear of its failure.
      pending.catch(() => undefined);
    }
    if (rows.length > 0) yield rows;
    if (!goesOn) return;
  }
}
