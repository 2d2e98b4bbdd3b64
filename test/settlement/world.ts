/** Partners with credits, a clock that a test sets, and the sweep as timers and queue bring it about. */
import { revokeProduct } from '../../src/cloud-services/revoke-service.ts';
import { assignCredit } from '../../src/credits/assignment-service.ts';
import { signLink } from '../../src/credits/link-token.ts';
import { redeemByLink } from '../../src/credits/redemption-service.ts';
import { readCredit, readEvents } from '../../src/credits/rows.ts';
import { addUser } from '../../src/partners/users-service.ts';
import { awardBenefit } from '../../src/partners/award-service.ts';
import { startMembership } from '../../src/partners/memberships-service.ts';
import { putPartner } from '../../src/partners/partners-service.ts';
import { dateOf, parseInstant } from '../../src/platform/calendar.ts';
import type { CommandCall } from '../../src/platform/http/endpoint.ts';
import type { Actor } from '../../src/platform/identity.ts';
import { newId } from '../../src/platform/ids.ts';
import { RefusalError } from '../../src/platform/refusals.ts';
import type { Runtime } from '../../src/platform/runtime.ts';
import { scheduleSchema } from '../../src/platform/schedule.ts';
import { enqueueDueShards, type SweepTimer } from '../../src/settlement/due-shards.ts';
import { shardMessageSchema } from '../../src/settlement/messages.ts';
import { settleShard, type SweepOptions } from '../../src/settlement/settle-shard.ts';
import { testRuntime } from '../support/runtime.ts';
import { seed } from './seed.ts';

const operator: Actor = { type: 'service', id: 'op', tenantId: 't', role: 'ProgramOperator' };

/** `2027-01-15` and `2027-01-15T10:00` as instants. */
export const at = (text: string): string =>
  parseInstant(text.length === 10 ? `${text}T00:00:00Z` : `${text}:00Z`) ?? '';

export type World = Awaited<ReturnType<typeof settlementWorld>>;

export async function settlementWorld(start: string, settings: Record<string, string> = {}) {
  const storage = await testRuntime(settings);
  const { runtime } = storage;
  const setNow = (text: string) => {
    storage.moveOn(Date.parse(at(text)) - Date.parse(runtime.clock.now()));
  };
  setNow(start);

  const call = (by: Runtime = runtime): CommandCall => ({
    runtime: by,
    now: by.clock.now(),
    actor: operator,
    ifMatch: undefined,
    repeatability: undefined,
    requestId: newId(),
  });

  return {
    ...storage,
    setNow,
    call,

    async partner(contacts: string[] = []) {
      const partnerId = newId();
      await putPartner(call(), partnerId, {
        displayName: 'Contoso',
        domains: ['contoso.com'],
        contacts,
      });
      return partnerId;
    },

    /** A membership that starts today, with one credit alone: its product is withdrawn, so that its key never ends. */
    async credit(partnerId: string, type: 'action-pack' | 'launch' = 'action-pack') {
      const startDate = dateOf(runtime.clock.now());
      const { id, terms } = await startMembership(call(), partnerId, { type, startDate });
      const [benefitId = '', ...products] = terms[0]!.benefitIds;
      for (const product of products) await revokeProduct(call(), partnerId, product);
      return { membershipId: id, benefitId };
    },

    award: (partnerId: string, membershipId: string) =>
      awardBenefit(call(), partnerId, {
        membershipId,
        kind: 'azure-bulk',
        amount: { amount: '50.00', currency: 'USD' },
      }),

    /** Gives a credit to a new user, or to one there is, and has it redeemed. */
    async redeemed(partnerId: string, benefitId: string, email = 'ana@contoso.com', user?: string) {
      const userId = user ?? (await addUser(call(), partnerId, { email, displayName: 'Ana' })).id;
      const { assignment } = await assignCredit(call(), partnerId, benefitId, { userId });
      const target = { partnerId, benefitId, linkId: assignment!.id };
      const token = signLink(runtime.config.linkSigningKeys, target);
      await redeemByLink(call(), token, newId());
      return userId;
    },

    state: async (partnerId: string, benefitId: string) =>
      (await readCredit(runtime, partnerId, benefitId))!.value,

    /** The ledger as written, without what differs from life to life. */
    async ledger(partnerId: string, benefitId: string) {
      const events = await readEvents(runtime, partnerId, benefitId);
      return events.map((event) => {
        const amount = 'amountCents' in event ? ` ${event.amountCents}` : '';
        const month = 'month' in event ? ` (${event.month})` : '';
        return `${event.sequence} ${dateOf(event.at)} ${event.type}${amount}${month}`;
      });
    },

    /** The rows of the schedule: `date benefit`. */
    async schedule() {
      const partitions = { from: '0', before: '9' };
      const { rows } = await runtime.tables.pageAcross('schedule', scheduleSchema, partitions, {
        size: 1_000,
      });
      return rows.map(({ partitionKey, rowKey }) => {
        const [, kind = '', id = ''] = rowKey.split('|');
        return `${partitionKey.slice(0, 10)} ${kind} ${id}`;
      });
    },

    timer: (timer: SweepTimer = 'expireBenefits') =>
      asTheHost(() => enqueueDueShards(runtime, timer)),

    /** Settles the shards on the queue until none is left. */
    async drain(options?: SweepOptions) {
      const sum = { rows: 0, settled: 0, failed: 0, left: 0 };
      for (;;) {
        const messages = await storage.receive('settlements');
        if (messages.length === 0) return sum;
        for (const message of messages) {
          const shard = shardMessageSchema.parse(message);
          const counts = await asTheHost(() => settleShard(runtime, shard, options));
          for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += counts[key];
        }
      }
    },

    async sweep(options?: SweepOptions) {
      await this.timer();
      return this.drain(options);
    },

    /**
     * Partners that hold so many redeemed monthly credits each, written past the services: what is due is the lapse
     * of the month of `start`. `shardCount` shards take them all.
     */
    seed: (partners: number, perPartner: number, shardCount = 64) =>
      seed(runtime, at(start), partners, perPartner, shardCount),
  };
}

/** Tries again when storage was too slow to answer, as the queue does: many tests share one Azurite. */
async function asTheHost<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await work();
    } catch (error) {
      const slow = error instanceof RefusalError && error.refusal.code === 'ServiceUnavailable';
      if (!slow || attempt === 5) throw error;
    }
}
