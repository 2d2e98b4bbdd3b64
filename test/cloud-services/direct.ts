/** Partners with product keys, made by the services directly, on a runtime of the test's own. */
import { getProductKey } from '../../src/cloud-services/key-service.ts';
import { awardBenefit } from '../../src/partners/award-service.ts';
import { startMembership } from '../../src/partners/memberships-service.ts';
import { putPartner } from '../../src/partners/partners-service.ts';
import { newId } from '../../src/platform/ids.ts';
import type { Runtime } from '../../src/platform/runtime.ts';

const actor = {
  type: 'service',
  id: 'test',
  tenantId: 'operator',
  role: 'ProgramOperator',
} as const;

/** A call of a service at this moment, as an operator's or an administrator's request makes it. */
export function callOf(runtime: Runtime) {
  const now = runtime.clock.now();
  return { runtime, now, actor, ifMatch: undefined, repeatability: undefined, requestId: newId() };
}

/** A partner with `count` product benefits whose keys were shown. */
export async function partnerWithKeys(runtime: Runtime, count: number) {
  const call = callOf(runtime);
  const partnerId = newId();
  await putPartner(call, partnerId, { displayName: 'Contoso', domains: ['contoso.com'] });
  const startDate = call.now.slice(0, 10);
  const { id: membershipId } = await startMembership(call, partnerId, {
    type: 'launch',
    startDate,
  });
  const keys: { benefitId: string; productKey: string }[] = [];
  for (let i = 0; i < count; i += 1) {
    const award = { membershipId, productId: 'microsoft-365-e5', licenses: 10 };
    const benefitId = await awardBenefit(call, partnerId, award);
    keys.push({ benefitId, ...(await getProductKey(call, partnerId, benefitId)) });
  }
  return { partnerId, keys };
}
