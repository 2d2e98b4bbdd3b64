/** Two instances whose clocks are a second apart, at the end of a term: what one has gone over, the other does too. */
import { expect, test } from 'vitest';
import { getProductKey } from '../../src/cloud-services/key-service.ts';
import { redeemKey } from '../../src/cloud-services/redeem-service.ts';
import { listSubscriptions } from '../../src/cloud-services/subscriptions-service.ts';
import { assignCredit } from '../../src/credits/assignment-service.ts';
import { signLink } from '../../src/credits/link-token.ts';
import { redeemByLink } from '../../src/credits/redemption-service.ts';
import { settledCredit } from '../../src/credits/settle-service.ts';
import { awardBenefit } from '../../src/partners/award-service.ts';
import { readUserRow } from '../../src/partners/directory.ts';
import { renewMembership, startMembership } from '../../src/partners/memberships-service.ts';
import { putPartner } from '../../src/partners/partners-service.ts';
import { addUser } from '../../src/partners/users-service.ts';
import { newId } from '../../src/platform/ids.ts';
import { RefusalError } from '../../src/platform/refusals.ts';
import type { Runtime } from '../../src/platform/runtime.ts';
import { testRuntime } from '../support/runtime.ts';

const actor = {
  type: 'service',
  id: 'test',
  tenantId: 'operator',
  role: 'ProgramOperator',
} as const;

/** A call of a service on an instance whose clock says `now`. */
function callAt(runtime: Runtime, now: string) {
  const instance = { ...runtime, clock: { now: () => now } };
  const call = { runtime: instance, now, actor, ifMatch: undefined, repeatability: undefined };
  return { ...call, requestId: newId() };
}

/** The runtime, with `work` done before its first commit. */
function interrupted(runtime: Runtime, work: () => Promise<unknown>): Runtime {
  let first: Promise<unknown> | undefined;
  const { tables } = runtime;
  return {
    ...runtime,
    tables: {
      ...tables,
      async commit(...request) {
        await (first ??= work());
        return tables.commit(...request);
      },
    },
  };
}

const codeOf = async (work: Promise<unknown>) => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof RefusalError ? error.refusal.code : error;
};

const start = '2026-03-10';
const noon = `${start}T12:00:00.000Z`;
/** The first term has ended by one clock, and has not by the other. */
const ahead = '2027-03-10T00:00:00.400Z';
const behind = '2027-03-09T23:59:59.600Z';
const autumn = '2026-09-01T12:00:00.000Z';

/** A partner whose user holds a redeemed monthly credit of the first membership; the second has another. */
async function holding() {
  const { runtime } = await testRuntime();
  const partnerId = newId();
  const at = (now: string) => callAt(runtime, now);
  await putPartner(at(noon), partnerId, { displayName: 'Contoso', domains: ['contoso.com'] });
  const first = await startMembership(at(noon), partnerId, {
    type: 'action-pack',
    startDate: start,
  });
  const second = await startMembership(at(autumn), partnerId, {
    type: 'action-pack',
    startDate: '2026-09-01',
  });
  const monthly = async (membershipId: string, now: string) =>
    awardBenefit(at(now), partnerId, {
      membershipId,
      kind: 'azure-monthly',
      amount: { amount: '100.00', currency: 'USD' },
    });
  const [held, other] = [await monthly(first.id, noon), await monthly(second.id, autumn)];
  const contact = { email: 'ana@contoso.com', displayName: 'Ana' };
  const { id: userId } = await addUser(at(noon), partnerId, contact);
  // Redeemed two months on, so that its 13 months reach beyond the membership's end.
  const later = '2026-05-10T12:00:00.000Z';
  const { assignment } = await assignCredit(at(later), partnerId, held, { userId });
  const target = { partnerId, benefitId: held, linkId: assignment!.id };
  await redeemByLink(at(later), signLink(runtime.config.linkSigningKeys, target), newId());
  const holds = async () =>
    (await readUserRow(runtime, partnerId, userId))!.value.holds.map(({ benefitId }) => benefitId);
  return { runtime, partnerId, userId, first, held, other, at, holds };
}

test('CR-05 a renewal by a clock behind does not bring back a credit whose holder has been given another since', async () => {
  const { partnerId, userId, first, held, other, at, holds } = await holding();
  expect(await holds()).toEqual([held]);
  await assignCredit(at(ahead), partnerId, other, { userId });
  expect(await codeOf(renewMembership(at(behind), partnerId, first.id))).toBe('BenefitExpired');
  expect(await holds()).toEqual([other]);
});

test('CR-05 a renewal that an assignment overtakes is judged by what that one saw', async () => {
  const { runtime, partnerId, userId, first, other, at, holds } = await holding();
  const call = callAt(
    interrupted(runtime, () => assignCredit(at(ahead), partnerId, other, { userId })),
    behind,
  );
  expect(await codeOf(renewMembership(call, partnerId, first.id))).toBe('BenefitExpired');
  expect(await holds()).toEqual([other]);
});

test('CR-05 an assignment that a renewal overtakes is judged by the end that the credit then has', async () => {
  const { runtime, partnerId, userId, first, held, other, at, holds } = await holding();
  const call = callAt(
    interrupted(runtime, () => renewMembership(at(behind), partnerId, first.id)),
    ahead,
  );
  expect(await codeOf(assignCredit(call, partnerId, other, { userId }))).toBe(
    'UserHasActiveCredit',
  );
  expect(await holds()).toEqual([held]);
});

test('PR-02 a membership whose credit has expired by one clock is not renewed by another', async () => {
  const { runtime, partnerId, first, held, at } = await holding();
  const settled = await settledCredit(runtime, partnerId, held, ahead);
  expect(settled?.value.expiredAt).toBe('2027-03-10T00:00:00.000Z');
  expect(await codeOf(renewMembership(at(behind), partnerId, first.id))).toBe('BenefitExpired');
});

test('PR-02 a renewal that comes in before the end and is decided again after it is refused', async () => {
  const { runtime, partnerId, first, at } = await holding();
  const call = callAt(
    interrupted(runtime, async () => {
      await awardBenefit(at(behind), partnerId, {
        membershipId: first.id,
        productId: 'microsoft-365-e5',
        licenses: 10,
      });
      call.runtime.clock.now = () => ahead;
    }),
    behind,
  );
  expect(await codeOf(renewMembership(call, partnerId, first.id))).toBe('BenefitExpired');
});

/** A partner with a subscription that ends with the first year, and the keys of two benefits of the second membership. */
async function subscribed() {
  const { runtime } = await testRuntime();
  const partnerId = newId();
  const at = (now: string) => callAt(runtime, now);
  await putPartner(at(noon), partnerId, { displayName: 'Contoso', domains: ['contoso.com'] });
  const keyOf = async (startDate: string, now: string) => {
    const type = 'launch';
    const { id: membershipId } = await startMembership(at(now), partnerId, { type, startDate });
    const award = { membershipId, productId: 'microsoft-365-e5', licenses: 10 };
    const benefitId = await awardBenefit(at(now), partnerId, award);
    return (await getProductKey(at(now), partnerId, benefitId)).productKey;
  };
  const [opening, first, second] = [
    await keyOf(start, noon),
    await keyOf('2026-09-01', autumn),
    await keyOf('2026-09-01', autumn),
  ];
  const opened = await redeemKey(at(noon), partnerId, { productKey: opening, action: 'activate' });
  const subscriptionId = opened.subscription.id;
  expect(opened.subscription.endDate).toBe('2027-03-10');
  const activate = (call = at(ahead)) =>
    redeemKey(call, partnerId, { productKey: first, action: 'activate' });
  const extend = (call = at(behind)) =>
    redeemKey(call, partnerId, { productKey: second, action: 'extend', subscriptionId });
  const active = async () =>
    (await listSubscriptions(runtime, partnerId, { maxpagesize: 10 }, ahead)).items.filter(
      ({ status }) => status === 'active',
    ).length;
  return { runtime, activate, extend, active };
}

test('KEY-05 KEY-06 a subscription in whose place another was opened is not extended by a clock behind', async () => {
  const { activate, extend, active } = await subscribed();
  await activate();
  expect(await codeOf(extend())).toBe('NoActiveSubscription');
  expect(await active()).toBe(1);
});

test('KEY-05 of an activation and an extension at the very end of a subscription one decides again', async () => {
  const one = await subscribed();
  const late = callAt(
    interrupted(one.runtime, () => one.activate()),
    behind,
  );
  expect(await codeOf(one.extend(late))).toBe('NoActiveSubscription');
  expect(await one.active()).toBe(1);

  const other = await subscribed();
  const early = callAt(
    interrupted(other.runtime, () => other.extend()),
    ahead,
  );
  expect(await codeOf(other.activate(early))).toBe('SubscriptionActive');
  expect(await other.active()).toBe(1);
});
