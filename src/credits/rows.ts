/**
 * A credit's rows: the snapshot `benefit|id` and one row per ledger entry. Whoever writes a credit gets, with the rows,
 * what they make due: it must stand in the schedule before they are committed (CR-15).
 */
import * as z from 'zod';
import type { Runtime } from '../platform/runtime.ts';
import { sequencePart } from '../platform/keys.ts';
import { readSome } from '../platform/read-some.ts';
import type { Due } from '../platform/schedule.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { nextDueDate } from './due.ts';
import { creditEventSchema, type CreditEvent } from './events.ts';
import type { Evolved } from './evolve.ts';
import { creditStateSchema, type CreditState } from './state.ts';
import { readStored, stored } from '../platform/stored.ts';

const category = 'azure-credit' as const;

/** What the snapshot keeps beside the credit's state. */
const kept = {
  /** Marks of the latest usage batches, by which a batch sent again is known without looking up its records. */
  recentUsage: z.array(z.string()).max(32).optional(),
};

/** The snapshot as stored: beside other benefits, so it says what it is. */
export const creditRowSchema = stored(
  'credit',
  creditStateSchema.extend({
    category: z.literal(category),
    ...kept,
  }),
);
export type CreditRow = z.infer<typeof creditRowSchema>;

/** A credit as read; code that knows nothing of what the snapshot keeps beside the state can pass it on. */
type ReadCredit = Row<CreditState & Partial<Pick<CreditRow, 'recentUsage'>>>;

/** Rows to commit, the snapshot first, and what to index before (`due` of a plan, or `writeAhead`). */
export type CreditWrites = { writes: Write[]; due: Due[] };

/** A ledger entry as stored. */
const eventSchema = stored('credit entry', creditEventSchema);

export const benefitRow = (benefitId: string) => `benefit|${benefitId}`;
export const eventPrefix = (benefitId: string) => `event|${benefitId}|`;

const anyBenefit = z.looseObject({ category: z.string() });

/** Reads a credit; undefined when there is none of that id, or the benefit is another thing than a credit. */
export async function readCredit(
  runtime: Runtime,
  partnerId: string,
  benefitId: string,
): Promise<Row<CreditRow> | undefined> {
  const row = await runtime.tables.get('partners', anyBenefit, partnerId, benefitRow(benefitId));
  return row && asCredit(row);
}

/** A benefit's row as a credit; undefined when it is another thing. @throws ZodError for a credit that is broken */
export function asCredit(row: Row<unknown>): Row<CreditRow> | undefined {
  if (anyBenefit.parse(row.value).category !== category) return undefined;
  return { ...row, value: readStored(creditRowSchema, row.value) };
}

/** Reads some of a partner's benefits, whatever they are, by id; those that do not exist are left out. */
export function readBenefits(
  runtime: Runtime,
  partnerId: string,
  benefitIds: readonly string[],
): Promise<Map<string, Row<unknown>>> {
  return readSome(runtime, partnerId, benefitRow(''), benefitIds);
}

/** Reads every credit that a user holds or held to its end: the partner's benefits are read through. */
export async function readCreditsOf(
  runtime: Runtime,
  partnerId: string,
  userId: string,
): Promise<Row<CreditRow>[]> {
  const credits: Row<CreditRow>[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await runtime.tables.page('partners', anyBenefit, partnerId, {
      prefix: benefitRow(''),
      after,
      size: 1_000,
    });
    for (const row of page.rows) {
      const credit = asCredit(row);
      if (credit?.value.assignment?.userId === userId) credits.push(credit);
    }
    after = page.rows.at(-1)?.rowKey;
    if (!page.more) return credits;
  }
}

/** What a new credit takes. */
export function insertCredit({ state, events }: Evolved): CreditWrites {
  const value: CreditRow = { ...state, category };
  return {
    writes: [
      { op: 'insert', rowKey: benefitRow(state.id), schema: creditRowSchema, value },
      ...eventWrites(state.id, events),
    ],
    due: dueOf(state, undefined),
  };
}

/** What it takes to bring a credit from the row that was read to what it has become. */
export function replaceCredit(
  row: ReadCredit,
  { state, events }: Evolved,
  beside: Pick<CreditRow, 'recentUsage'> = {},
): CreditWrites {
  const { rowKey, etag } = row;
  const recentUsage = beside.recentUsage ?? row.value.recentUsage;
  const value: CreditRow = { ...state, category, recentUsage };
  return {
    writes: [
      { op: 'replace', rowKey, etag, schema: creditRowSchema, value },
      ...eventWrites(state.id, events),
    ],
    due: dueOf(state, row),
  };
}

/** Nothing where the date is the one that the credit is in the schedule under already. */
function dueOf(state: CreditState, row: Row<CreditState> | undefined): Due[] {
  const { id, partnerId } = state;
  const date = nextDueDate(state);
  if (date === undefined || (row && date === nextDueDate(row.value))) return [];
  return [{ date, partnerId, kind: 'benefit', id, basis: row?.etag }];
}

function eventWrites(benefitId: string, events: readonly CreditEvent[]): Write[] {
  return events.map((event) => ({
    op: 'insert',
    rowKey: eventPrefix(benefitId) + sequencePart(event.sequence),
    schema: eventSchema,
    value: event,
    proof: 'by',
  }));
}

/** Reads a credit's whole ledger, oldest entry first. */
export async function readEvents(
  runtime: Runtime,
  partnerId: string,
  benefitId: string,
): Promise<CreditEvent[]> {
  const prefix = eventPrefix(benefitId);
  const events: CreditEvent[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await runtime.tables.page('partners', creditEventSchema, partnerId, {
      prefix,
      after,
      size: 1_000,
    });
    events.push(...page.rows.map((row) => row.value));
    after = page.rows.at(-1)?.rowKey;
    if (!page.more) return events;
  }
}
