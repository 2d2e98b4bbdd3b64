/**
 * What is stored of usage reports (CR-13): one row `usage|benefitId|usageId` for each record that was counted, in the
 * transaction that counts it, and the answers to a batch that named itself.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { exactKeyPart } from '../platform/keys.ts';
import { inParallel } from '../platform/parallel.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Write } from '../platform/table-store.ts';
import { instantSchema, monthSchema } from './events.ts';
import type { UsageRecord, UsageRefusalCode, UsageResult } from './usage.ts';
import { storedRow } from '../platform/stored.ts';

const cents = z.int().nonnegative();

const usageRowSchema = storedRow('usage record', {
  occurredAt: instantSchema,
  month: monthSchema,
  consumedCents: cents,
  payAsYouGoCents: cents,
  /** The ledger entry that counts it. */
  sequence: z.int().positive(),
});

/** Point reads at a time: the most sockets that one request takes. */
const lookUpsAtOnce = 100;

/** How many lists a credit remembers: those of two full batches, and some. */
const rememberedLists = 32;

const usageRow = (benefitId: string, usageId: string) =>
  `usage|${benefitId}|${exactKeyPart(usageId)}`;

/** The inserts of the records that a decision accepted; a record that is there already makes the commit a conflict. */
export function usageWrites(
  benefitId: string,
  records: readonly UsageRecord[],
  results: readonly UsageResult[],
): Write[] {
  return results.flatMap((result, index): Write[] => {
    const record = records[index];
    if (result.status !== 'accepted' || !record) return [];
    const { month, consumedCents, payAsYouGoCents, sequence } = result;
    const { occurredAt } = record;
    return [
      {
        op: 'insert',
        rowKey: usageRow(benefitId, record.id),
        schema: usageRowSchema,
        value: { occurredAt, month, consumedCents, payAsYouGoCents, sequence },
      },
    ];
  });
}

/** Which of the records are counted, by parallel point reads: the write that counted each, by id. */
export async function readCounted(
  runtime: Runtime,
  partnerId: string,
  benefitId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const read = (id: string) =>
    runtime.tables.get('partners', usageRowSchema, partnerId, usageRow(benefitId, id));
  const rows = await inParallel(ids, lookUpsAtOnce, read);
  return new Map(
    ids.flatMap((id, index): [string, string][] => {
      const row = rows[index];
      return row ? [[id, row.by]] : [];
    }),
  );
}

/** A list of ids in short, to remember that all of them are counted. */
export function listHash(records: readonly UsageRecord[]): string {
  const ids = records.map(({ id }) => id).join('\n');
  return createHash('sha256').update(ids).digest('base64url').slice(0, 22);
}

/** The remembered lists with one more, the oldest forgotten. */
export function remember(lists: readonly string[] | undefined, hash: string): string[] {
  return [...(lists ?? []).filter((known) => known !== hash), hash].slice(-rememberedLists);
}

/** What a record is answered with. */
export type UsageOutcome =
  | { id: string; status: 'accepted' | 'duplicate' }
  | { id: string; status: 'refused'; code: UsageRefusalCode };

const letters = {
  a: 'accepted',
  d: 'duplicate',
  i: 'InsufficientCredit',
  n: 'NotRedeemed',
  e: 'BenefitExpired',
  o: 'OutsidePeriod',
} as const;

type Letter = keyof typeof letters;

const letterOf = Object.fromEntries(
  Object.entries(letters).map(([letter, answer]) => [answer, letter]),
) as Record<(typeof letters)[Letter], Letter>;

/** The answers of a batch as one letter each, to be kept with the request that named itself. */
export function outcomesText(outcomes: readonly UsageOutcome[]): string {
  return outcomes
    .map((outcome) => letterOf[outcome.status === 'refused' ? outcome.code : outcome.status])
    .join('');
}

/** The answers that `outcomesText` kept, for the same batch sent again. */
export function outcomesOf(text: string, ids: readonly string[]): UsageOutcome[] {
  return ids.map((id, index) => {
    const answer = letters[text[index] as Letter];
    return answer === 'accepted' || answer === 'duplicate'
      ? { id, status: answer }
      : { id, status: 'refused', code: answer };
  });
}
