/** Customers' facts in storage, and *Why no credit?* (PEC-01, PEC-02, PEC-09). */
import { readPartner } from '../partners/directory.ts';
import type { DateOnly } from '../platform/calendar.ts';
import { execute, lostRace, patienceMilliseconds, pause } from '../platform/command.ts';
import { checkIfMatch } from '../platform/http/conditions.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { countOneMore, readHeadCount } from '../platform/head-count.ts';
import { commitMark } from '../platform/proof.ts';
import { notFound, refuse, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Write } from '../platform/table-store.ts';
import { readState, stateOf, unchangedState } from './billing-state.ts';
import { customerBody } from './customer.ts';
import type { CustomerFacts } from './customer.ts';
import { judge } from './eligibility.ts';
import type { Verdict } from './eligibility.ts';
import { bearingBefore, endOf, fixedThrough, periodClosed } from './period.ts';
import {
  customerPrefix,
  customerRow,
  customerSchema,
  factsPartSchema,
  factsPrefix,
  factsRow,
} from './rows.ts';

export type Customer = { id: string; facts: CustomerFacts; version: number };

/** Half of what a row holds: quotes double when the text is stored as JSON. */
const partCharacters = 15_000;

/** Reads a customer. @throws RefusalError NotFound */
export async function getCustomer(
  runtime: Runtime,
  partnerId: string,
  customerId: string,
): Promise<Customer> {
  const facts = await readFacts(runtime, partnerId, customerId);
  if (!facts) throw new RefusalError(notFound());
  return { id: customerId, ...facts };
}

/**
 * A customer's facts; undefined where there is no such customer. All parts are of one version: a query can come back in
 * pieces, with a change between them, and is then made again.
 * @throws RefusalError ConcurrentChange when there was one each time
 */
export async function readFacts(
  runtime: Runtime,
  partnerId: string,
  customerId: string,
): Promise<{ facts: CustomerFacts; version: number } | undefined> {
  const giveUpAt = Date.now() + patienceMilliseconds;
  for (let attempt = 1; Date.now() < giveUpAt; attempt += 1) {
    const { rows } = await runtime.tables.page('partners', factsPartSchema, partnerId, {
      prefix: factsPrefix(customerId),
      size: 1_000,
    });
    const [first] = rows;
    if (!first) return undefined;
    const { version, parts } = first.value;
    if (rows.length === parts && rows.every(({ value }) => value.version === version)) {
      const text = rows.map(({ value }) => value.text).join('');
      return { facts: customerBody.parse(JSON.parse(text)), version };
    }
    await pause(attempt);
  }
  throw lostRace();
}

/** A customer's row and its facts, of the same version: what is compared is what the commit replaces. */
async function readForChange(runtime: Runtime, partnerId: string, customerId: string) {
  const giveUpAt = Date.now() + patienceMilliseconds;
  for (let attempt = 1; Date.now() < giveUpAt; attempt += 1) {
    const [row, before] = await Promise.all([
      runtime.tables.get('partners', customerSchema, partnerId, customerRow(customerId)),
      readFacts(runtime, partnerId, customerId),
    ]);
    if (row?.value.version === before?.version) return { row, before };
    await pause(attempt);
  }
  throw lostRace();
}

/**
 * Puts a customer's facts. What bears on closed months must stay as it is; a new customer bears on nothing.
 * @throws RefusalError NotFound for an unknown partner, PeriodClosed, CustomerLimitReached, PreconditionFailed, ConcurrentChange
 */
export async function putCustomer(
  call: CommandCall,
  partnerId: string,
  customerId: string,
  facts: CustomerFacts,
): Promise<{ customer: Customer; created: boolean }> {
  const { runtime } = call;
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    async load() {
      await requirePartner(runtime, partnerId);
      const [{ row, before }, state, customers] = await Promise.all([
        readForChange(runtime, partnerId, customerId),
        readState(runtime, partnerId),
        readHeadCount(runtime, partnerId, 'customers'),
      ]);
      return { row, before, state, customers };
    },
    decide({ row, before, state, customers }) {
      if (row) checkIfMatch(call.ifMatch, row.value.version);
      else if (call.ifMatch)
        throw new RefusalError(
          refuse('PreconditionFailed', 'There is no such customer yet: leave If-Match out.'),
        );
      const fixed = fixedThrough(stateOf(state));
      if (before && fixed !== undefined) {
        const end = endOf(fixed);
        if (bearingBefore(before.facts, end) !== bearingBefore(facts, end))
          throw new RefusalError(
            periodClosed(
              `What bears on the time until the end of ${fixed} can no longer change: that month is closed. Leave it as it is, and change only what begins or ends later.`,
            ),
          );
      }
      const version = (row?.value.version ?? 0) + 1;
      const parts = partsOf(facts);
      const value = {
        id: customerId,
        displayName: facts.displayName,
        parts: parts.length,
        offers: row?.value.offers ?? 0,
        version,
      };
      const write = { rowKey: customerRow(customerId), schema: customerSchema, value };
      const surplus = Math.max(0, (row?.value.parts ?? 0) - parts.length);
      return {
        result: { customer: { id: customerId, facts, version }, created: !row },
        resourceId: customerId,
        writes: [
          row ? { op: 'replace', etag: row.etag, ...write } : { op: 'insert', ...write },
          commitMark(write.rowKey, version),
          ...parts.map((text, part): Write => ({
            op: 'put',
            rowKey: factsRow(customerId, part),
            schema: factsPartSchema,
            value: { version, parts: parts.length, text },
          })),
          ...Array.from({ length: surplus }, (_, i): Write => ({
            op: 'delete',
            rowKey: factsRow(customerId, parts.length + i),
          })),
          row ? unchangedState(state) : countOneMore(customers),
        ],
      };
    },
    repeat: async () => ({
      customer: await getCustomer(runtime, partnerId, customerId),
      created: false,
    }),
  });
}

/**
 * Why a day of a subscription's usage earns the credit, or why not (PEC-09).
 * @throws RefusalError NotFound
 */
export async function explainEarnedCredit(
  runtime: Runtime,
  partnerId: string,
  customerId: string,
  subscriptionId: string,
  date: DateOnly,
): Promise<Verdict> {
  const { facts } = await getCustomer(runtime, partnerId, customerId);
  return judge(facts, `/subscriptions/${subscriptionId}`, date);
}

/** The ids of all customers of a partner. */
export async function customerIds(runtime: Runtime, partnerId: string): Promise<Set<string>> {
  const ids = new Set<string>();
  let after: string | undefined;
  for (;;) {
    const range = { prefix: customerPrefix, after, size: 1_000 };
    const page = await runtime.tables.page('partners', customerSchema, partnerId, range);
    for (const { value } of page.rows) ids.add(value.id);
    after = page.rows.at(-1)?.rowKey;
    if (!page.more || after === undefined) return ids;
  }
}

/** @throws RefusalError NotFound when there is no such partner. */
export async function requirePartner(runtime: Runtime, partnerId: string): Promise<void> {
  await readPartner(runtime, partnerId);
}

function partsOf(facts: CustomerFacts): string[] {
  const text = JSON.stringify(facts);
  return Array.from({ length: Math.ceil(text.length / partCharacters) }, (_, i) =>
    text.slice(i * partCharacters, (i + 1) * partCharacters),
  );
}
