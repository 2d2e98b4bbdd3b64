/**
 * Facts that hold across partners, each a row of its own: a tenant belongs to one partner (PR-04), an Azure
 * subscription is redeemed on once (CR-09). A command decides, claims, commits.
 *
 * A claim belongs to the attempt that wrote the row, told by its ETag: whoever claims again writes it anew, be it for the
 * same holder, and nobody deletes or takes over another row than the one that was read. Before that it is made certain
 * that the holder neither has the fact nor gets it by a commit still under way (`endAttempts`). Every command reads its
 * holder first, then claims, then commits on condition that the holder is as it was read: an attempt that began before
 * fails, and one that begins later claims anew.
 */
import * as z from 'zod';
import { newId } from './ids.ts';
import type { Runtime } from './runtime.ts';
import { storedRow } from './stored.ts';
import type { Row, Write } from './table-store.ts';

const claimSchema = storedRow('claim', {
  partnerId: z.string(),
  /** What in the partner's partition holds the claim: an attempt of a benefit, or the partner itself. */
  holderId: z.string(),
  claimedAt: z.iso.datetime({ precision: 3 }),
});
export type Claim = z.infer<typeof claimSchema>;

const row = 'claim';
const stalledAfterMilliseconds = 60_000;

export type ClaimKind = 'tenant' | 'azure-subscription';

/** A claim as it was written or read. */
export type Claimed = {
  kind: ClaimKind;
  id: string;
  etag: string;
  /** Whether it was written over one of the same holder: then an earlier attempt may count on it as well. */
  isOver: boolean;
};

/** What stands behind a claim that was met: a fact, an attempt under way, or nothing any longer. */
export type Standing = 'held' | 'under-way' | 'abandoned';

/**
 * A holder as it is now: it has the fact, or else `fence` is the write by which every commit under way that would give
 * it the fact fails; undefined where there can be none.
 */
export type Holder = 'has-it' | { fence: Write | undefined };

const looks = 5;

/**
 * Claims a fact for a holder, anew where that holder has the claim already.
 * @param standing asked about another's claim that is met, with whether it is older than a minute: a claim may only
 * be called abandoned when its stalled commit can no longer succeed (`endAttempts`)
 * @returns the claim, or what stands behind the other's
 */
export async function claim(
  runtime: Runtime,
  kind: ClaimKind,
  id: string,
  holder: Omit<Claim, 'claimedAt'>,
  standing: (other: Claim, stalled: boolean) => Promise<Standing>,
): Promise<Claimed | 'held' | 'under-way'> {
  const { tables } = runtime;
  const partition = partitionOf(kind, id);
  // Ages of claims follow the real clock: a test clock that jumps must not make a live attempt look stalled.
  const value = { ...holder, claimedAt: new Date().toISOString() };
  const mine = { rowKey: row, schema: claimSchema, value };
  const by = newId();
  const inserted = await tables.writeTagged('claims', partition, { op: 'insert', ...mine }, by);
  let isOver = false;
  if (inserted) return { kind, id, etag: inserted, isOver };
  for (;;) {
    const other: Row<Claim> | undefined = await tables.get('claims', claimSchema, partition, row);
    // The SDK repeats a request whose answer was lost: a conflict can be with ourselves.
    if (other?.by === by) return { kind, id, etag: other.etag, isOver };
    isOver = other !== undefined && isOf(holder, other.value);
    if (other && !isOver) {
      const age = Date.now() - Date.parse(other.value.claimedAt);
      const found = await standing(other.value, age > stalledAfterMilliseconds);
      if (found !== 'abandoned') return found;
    }
    const write: Write = other
      ? { op: 'replace', etag: other.etag, ...mine }
      : { op: 'insert', ...mine };
    const etag = await tables.writeTagged('claims', partition, write, by);
    if (etag) return { kind, id, etag, isOver };
  }
}

/**
 * Makes certain that a holder does not get a fact by a commit that is still under way: looks whether it has it, and if
 * not, makes every such commit fail. To be called after the claim was written or read, and before it is deleted or
 * taken over.
 * @param look reads the holder anew each time
 */
export async function endAttempts(
  runtime: Runtime,
  partnerId: string,
  look: () => Promise<Holder>,
): Promise<Standing> {
  for (let i = 0; i < looks; i += 1) {
    const holder = await look();
    if (holder === 'has-it') return 'held';
    if (!holder.fence) return 'abandoned';
    const outcome = await runtime.tables.write('partners', partnerId, holder.fence, newId());
    if (outcome === 'committed') return 'abandoned';
  }
  return 'under-way';
}

/** Deletes a claim as it was written or read; false where another attempt has claimed since, whose it then is. */
export async function releaseClaim(
  { tables }: Runtime,
  { kind, id, etag }: Claimed,
): Promise<boolean> {
  const write = { op: 'delete' as const, rowKey: row, etag };
  return (await tables.write('claims', partitionOf(kind, id), write, newId())) === 'committed';
}

/** Reads a claim. */
export async function readClaim(
  { tables }: Runtime,
  kind: ClaimKind,
  id: string,
): Promise<(Claimed & { claim: Claim }) | undefined> {
  const found = await tables.get('claims', claimSchema, partitionOf(kind, id), row);
  return found && { kind, id, etag: found.etag, isOver: false, claim: found.value };
}

const isOf = (holder: Omit<Claim, 'claimedAt'>, other: Claim) =>
  other.holderId === holder.holderId && other.partnerId === holder.partnerId;

const partitionOf = (kind: ClaimKind, id: string) => `${kind}|${id}`;
