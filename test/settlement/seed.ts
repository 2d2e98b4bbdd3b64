/** Redeemed credits by the thousand, written past the services. */
import { decide, provision } from '../../src/credits/decide.ts';
import type { Evolved } from '../../src/credits/evolve.ts';
import { insertCredit } from '../../src/credits/rows.ts';
import type { Actor } from '../../src/platform/identity.ts';
import { newId } from '../../src/platform/ids.ts';
import { shardOf } from '../../src/platform/keys.ts';
import { inParallel } from '../../src/platform/parallel.ts';
import type { Runtime } from '../../src/platform/runtime.ts';
import { writeAhead } from '../../src/platform/schedule.ts';

const operator: Actor = { type: 'service', id: 'op', tenantId: 't', role: 'ProgramOperator' };

/**
 * Partners, in the first `shardCount` shards, that hold `perPartner` monthly credits each, redeemed at `now`. Gives
 * their ids.
 */
export async function seed(
  runtime: Runtime,
  now: string,
  partners: number,
  perPartner: number,
  shardCount: number,
): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < partners) {
    const id = newId();
    if (Number(shardOf(id)) < shardCount) ids.push(id);
  }
  await inParallel(ids, 16, async (partnerId) => {
    const credits = Array.from({ length: perPartner }, () =>
      insertCredit(redeemedCredit(partnerId, now)),
    );
    await writeAhead(
      runtime,
      credits.flatMap(({ due }) => due),
    );
    const writes = credits.flatMap((credit) => credit.writes);
    await runtime.tables.commit('partners', partnerId, writes, newId());
  });
  return ids;
}

/** A monthly credit redeemed at `now`, of a membership that ends in a year. */
function redeemedCredit(partnerId: string, now: string): Evolved {
  const end = `${Number(now.slice(0, 4)) + 1}${now.slice(4, 10)}`;
  const first = provision(
    {
      id: newId(),
      partnerId,
      membershipId: newId(),
      kind: 'azure-monthly',
      name: 'Azure credit',
      program: 'Action Pack',
      terms: 'maicpp',
      amountCents: 10_000,
      currency: 'USD',
      redeemBy: end,
      membershipEnd: end,
    },
    now,
    operator,
  );
  const assignmentId = newId();
  const contact = { email: 'ana@contoso.com', displayName: 'Ana' };
  const assign = { type: 'assign' as const, assignmentId, userId: newId(), ...contact };
  const redeem = { type: 'redeem' as const, assignmentId, azureSubscriptionId: newId() };
  let evolved: Evolved = first;
  for (const command of [assign, redeem]) {
    const decision = decide(evolved.state, command, now, operator);
    if ('refusal' in decision) throw new Error(decision.refusal.message);
    evolved = { state: decision.state, events: [...evolved.events, ...decision.events] };
  }
  return evolved;
}
