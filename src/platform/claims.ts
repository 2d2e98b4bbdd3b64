/**
 * Facts that hold across partners, each a row of its own: a tenant belongs to one partner (PR-04), an Azure
 * subscription is redeemed on once (CR-09). A command decides, claims, commits; a refused commit gives its claim back.
 * A claim whose commit never came is taken over by whoever meets it later than a minute.
 */
import * as z from 'zod';
import { newId } from './ids.ts';
import type { Runtime } from './runtime.ts';
import type { Row } from './table-store.ts';

const claimSchema = z.strictObject({
  partnerId: z.string(),
  /** What in the partner's partition holds the claim: a benefit, or the partner itself. */
  holderId: z.string(),
  claimedAt: z.iso.datetime({ precision: 3 }),
});
export type Claim = z.infer<typeof claimSchema>;

const row = 'claim';
const stalledAfterMilliseconds = 60_000;

export type ClaimKind = 'tenant' | 'azure-subscription';

/** What stands behind a claim that was met: a fact, an attempt under way, or nothing any longer. */
export type Standing = 'held' | 'under-way' | 'abandoned';

/**
 * Claims a fact for a holder.
 * @param standing asked about another's claim that is met, with whether it is older than a minute: a claim may only
 * be called abandoned when its stalled commit can no longer succeed
 * @returns `'claimed'` (also when the holder has it already), or what stands behind the other's claim
 */
export async function claim(
  runtime: Runtime,
  kind: ClaimKind,
  id: string,
  holder: Omit<Claim, 'claimedAt'>,
  standing: (other: Claim, stalled: boolean) => Promise<Standing>,
): Promise<'claimed' | 'held' | 'under-way'> {
  const { tables } = runtime;
  const partition = `${kind}|${id}`;
  // Ages of claims follow the real clock: a test clock that jumps must not make a live attempt look stalled.
  const value = { ...holder, claimedAt: new Date().toISOString() };
  const mine = { rowKey: row, schema: claimSchema, value };
  for (;;) {
    const inserted = await tables.write('claims', partition, { op: 'insert', ...mine }, newId());
    if (inserted === 'committed') return 'claimed';
    const other: Row<Claim> | undefined = await tables.get('claims', claimSchema, partition, row);
    if (!other) continue;
    if (other.value.holderId === holder.holderId && other.value.partnerId === holder.partnerId)
      return 'claimed';
    const age = Date.now() - Date.parse(other.value.claimedAt);
    const found = await standing(other.value, age > stalledAfterMilliseconds);
    if (found !== 'abandoned') return found;
    const taken = await tables.write(
      'claims',
      partition,
      { op: 'replace', etag: other.etag, ...mine },
      newId(),
    );
    if (taken === 'committed') return 'claimed';
  }
}

/** Gives a claim back, if the holder has it. Giving back what is not held changes nothing. */
export async function releaseClaim(
  runtime: Runtime,
  kind: ClaimKind,
  id: string,
  holder: Omit<Claim, 'claimedAt'>,
): Promise<void> {
  const partition = `${kind}|${id}`;
  const found = await runtime.tables.get('claims', claimSchema, partition, row);
  if (found?.value.holderId !== holder.holderId || found.value.partnerId !== holder.partnerId)
    return;
  await runtime.tables.write('claims', partition, { op: 'delete', rowKey: row }, newId());
}

/** Reads a claim. */
export async function readClaim(
  runtime: Runtime,
  kind: ClaimKind,
  id: string,
): Promise<Claim | undefined> {
  return (await runtime.tables.get('claims', claimSchema, `${kind}|${id}`, row))?.value;
}
