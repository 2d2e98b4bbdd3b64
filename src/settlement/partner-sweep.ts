/** The sweep's work on one partner: what of it is due is read together and committed together. */
import { asProduct, asSubscription, readSubscriptions } from '../cloud-services/rows.ts';
import { dueProduct, dueSubscription } from '../cloud-services/settle-due.ts';
import { asCredit, readBenefits } from '../credits/rows.ts';
import { dueCredit } from '../credits/settle-due.ts';
import type { Instant } from '../platform/calendar.ts';
import { scheduledAs, type DueThing } from '../platform/due-thing.ts';
import { lostRace, pause } from '../platform/command.ts';
import { newId } from '../platform/ids.ts';
import { log } from '../platform/log.ts';
import { hasLanded } from '../platform/proof.ts';
import { RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import { beforeCommit, isStale, writeAhead } from '../platform/schedule.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { inCommits, planSettlement, type SettlePlan } from './commit-plan.ts';

/**
 * What became of a thing. `settled`: written. `nothing-due`: nothing was to be written of the snapshot with this
 * ETag. `again`: it stays due. `absent`: there is no such thing (yet). `failed`: it threw, and not for want of
 * storage.
 */
export type Standing =
  | { outcome: 'settled' | 'again' | 'absent' }
  | { outcome: 'nothing-due'; etag: string }
  | { outcome: 'failed'; error: unknown };

/** By what the schedule calls a thing (`scheduledAs`). */
export type Standings = Map<string, Standing>;

/** What is to be committed of a partner, and what is known of the rest already. */
export type Prepared = { plans: SettlePlan[]; standings: Standings };

const tries = 6;

/** Whether storage was out of reach or all races were lost: no fault of the row's. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof RefusalError &&
    (error.refusal.code === 'ServiceUnavailable' || error.refusal.code === 'ConcurrentChange')
  );
}

/** Reads a partner's benefits and subscriptions and plans what is due of them. @throws RefusalError ServiceUnavailable */
export async function prepare(
  runtime: Runtime,
  partnerId: string,
  things: readonly string[],
  now: Instant,
): Promise<Prepared> {
  const standings: Standings = new Map();
  const due: DueThing[] = [];
  const rows = await readThings(runtime, partnerId, things);
  for (const id of things) {
    const row = rows.get(id);
    try {
      const found = row && dueThing(id, row, now);
      if (found) due.push(found);
      else if (row) standings.set(id, { outcome: 'nothing-due', etag: row.etag });
      else standings.set(id, { outcome: 'absent' });
    } catch (error) {
      standings.set(id, { outcome: 'failed', error });
    }
  }
  const plans: SettlePlan[] = [];
  for (const part of inCommits(due)) {
    try {
      plans.push(await planSettlement(runtime, partnerId, part, now));
    } catch (error) {
      if (isPassing(error)) throw error;
      for (const thing of part) standings.set(scheduledAs(thing), { outcome: 'failed', error });
    }
  }
  return { plans, standings };
}

const subscription = scheduledAs({ kind: 'subscription', id: '' });
const benefit = scheduledAs({ kind: 'benefit', id: '' });

async function readThings(runtime: Runtime, partnerId: string, things: readonly string[]) {
  const idsOf = (prefix: string) =>
    things.filter((thing) => thing.startsWith(prefix)).map((thing) => thing.slice(prefix.length));
  const [benefits, subscriptions] = await Promise.all([
    readBenefits(runtime, partnerId, idsOf(benefit)),
    readSubscriptions(runtime, partnerId, idsOf(subscription)),
  ]);
  return new Map<string, Row<unknown>>([
    ...[...benefits].map(([id, row]) => [benefit + id, row] as const),
    ...[...subscriptions].map(([id, row]) => [subscription + id, row] as const),
  ]);
}

function dueThing(thing: string, row: Row<unknown>, now: Instant): DueThing | undefined {
  if (thing.startsWith(subscription)) return dueSubscription(asSubscription(row), now);
  const credit = asCredit(row);
  if (credit) return dueCredit(credit, now);
  const product = asProduct(row);
  return product && dueProduct(product, now);
}

/**
 * Commits what was prepared and indexed (from `indexedAt` on, by the real clock), plans again what has changed meanwhile, and then puts the mails on their
 * queue. Of a commit that fails for what is in it, each thing is tried alone.
 * @throws RefusalError ServiceUnavailable; ConcurrentChange when all races were lost: what is left stays due.
 */
export async function commitPrepared(
  runtime: Runtime,
  partnerId: string,
  { plans, standings }: Prepared,
  now: Instant,
  indexedAt: number,
): Promise<Standings> {
  const after: SettlePlan['after'] = [];
  try {
    for (const plan of plans) await commit(plan, 1, indexedAt);
  } finally {
    const sent = await Promise.allSettled(after.map((work) => work()));
    // Redelivery brings the mail back.
    for (const { status } of sent)
      if (status === 'rejected') log('warn', 'afterCommitFailed', { partnerId });
  }
  return standings;

  async function commit(plan: SettlePlan, attempt: number, indexed: number): Promise<void> {
    const { ids, again, writes, due } = plan;
    try {
      await beforeCommit(async () => {
        if (isStale(indexed)) {
          indexed = Date.now();
          await writeAhead(runtime, due);
        }
        await Promise.all(plan.ahead.map((work) => work()));
      });
      if (writes.length === 0 || (await isCommitted(writes))) {
        after.push(...plan.after);
        for (const id of ids) standings.set(id, { outcome: again.has(id) ? 'again' : 'settled' });
        return;
      }
    } catch (error) {
      if (isPassing(error)) throw error;
      if (ids.length > 1) for (const id of ids) await anew([id], attempt);
      else for (const id of ids) standings.set(id, { outcome: 'failed', error });
      return;
    }
    if (attempt >= tries) throw lostRace();
    await pause(attempt);
    await anew(ids, attempt + 1);
  }

  /** Whether a commit is in, its answer lost or not: then the mails it owes are put on their queue at once. */
  async function isCommitted(writes: readonly Write[]): Promise<boolean> {
    const by = newId();
    const outcome = await runtime.tables.commit('partners', partnerId, writes, by);
    return outcome === 'committed' || hasLanded(runtime, partnerId, writes, by);
  }

  async function anew(ids: readonly string[], attempt: number): Promise<void> {
    const prepared = await prepare(runtime, partnerId, ids, now);
    for (const [id, standing] of prepared.standings) standings.set(id, standing);
    const indexed = Date.now();
    await writeAhead(
      runtime,
      prepared.plans.flatMap(({ due }) => due),
    );
    for (const plan of prepared.plans) await commit(plan, attempt, indexed);
  }
}
