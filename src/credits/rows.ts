/** A credit's rows: the snapshot `benefit|id` and one row per ledger entry. */
import * as z from 'zod';
import type { Runtime } from '../platform/runtime.ts';
import { sequencePart } from '../platform/keys.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { creditEventSchema, type CreditEvent } from './events.ts';
import type { Evolved } from './evolve.ts';
import { creditStateSchema, type CreditState } from './state.ts';

/** The snapshot as stored: beside other benefits, so it says what it is. */
export const creditRowSchema = creditStateSchema.extend({ category: z.literal('azure-credit') });
const category = 'azure-credit' as const;

export const benefitRow = (benefitId: string) => `benefit|${benefitId}`;
export const eventPrefix = (benefitId: string) => `event|${benefitId}|`;

/** Reads a credit; undefined when there is none of that id, or the benefit is another thing than a credit. */
export async function readCredit(
  runtime: Runtime,
  partnerId: string,
  benefitId: string,
): Promise<Row<CreditState> | undefined> {
  const row = await runtime.tables.get('partners', anyBenefit, partnerId, benefitRow(benefitId));
  return row?.value.category === category
    ? { ...row, value: creditRowSchema.parse(row.value) }
    : undefined;
}

const anyBenefit = z.looseObject({ category: z.string() });

/** Reads every credit that a user holds or held to its end: the partner's benefits are read through. */
export async function readCreditsOf(
  runtime: Runtime,
  partnerId: string,
  userId: string,
): Promise<Row<CreditState>[]> {
  const credits: Row<CreditState>[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await runtime.tables.page('partners', anyBenefit, partnerId, {
      prefix: benefitRow(''),
      after,
      size: 1_000,
    });
    for (const row of page.rows) {
      if (row.value.category !== category) continue;
      const value = creditRowSchema.parse(row.value);
      if (value.assignment?.userId === userId) credits.push({ ...row, value });
    }
    after = page.rows.at(-1)?.rowKey;
    if (!page.more) return credits;
  }
}

/** The writes of a new credit. */
export function insertCredit({ state, events }: Evolved): Write[] {
  const value = { ...state, category };
  return [
    { op: 'insert', rowKey: benefitRow(state.id), schema: creditRowSchema, value },
    ...eventWrites(state.id, events),
  ];
}

/** The writes that bring a credit from the row that was read to what it has become. */
export function replaceCredit(row: Row<CreditState>, { state, events }: Evolved): Write[] {
  const { rowKey, etag } = row;
  const value = { ...state, category };
  return [
    { op: 'replace', rowKey, etag, schema: creditRowSchema, value },
    ...eventWrites(state.id, events),
  ];
}

function eventWrites(benefitId: string, events: readonly CreditEvent[]): Write[] {
  return events.map((event) => ({
    op: 'insert',
    rowKey: eventPrefix(benefitId) + sequencePart(event.sequence),
    schema: creditEventSchema,
    value: event,
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
