/** Facts that hold across partners: one credit an Azure subscription, one partner a tenant (CR-09, PR-04). */
import type { CreditEvent } from '../../../src/credits/events.ts';
import type { Partner } from '../../../src/partners/rows.ts';
import type { Claim } from '../../../src/platform/claims.ts';
import { valueOf } from '../world/system.ts';
import { after, ofKind, rowOf, short, type CheckMaker } from './check.ts';

export const checkClaims: CheckMaker = (system, violate) => {
  /** Which credit was redeemed on a subscription. */
  const redeemed = new Map<string, { partnerId: string; benefitId: string }>();
  for (const partnerId of system.tables.partitionsOf('partners'))
    for (const stored of system.tables.rowsOf('partners', partnerId, 'event|')) {
      const event = valueOf<CreditEvent>(stored);
      if ('azureSubscriptionId' in event && event.type === 'redeemed')
        redeemed.set(event.azureSubscriptionId, {
          partnerId,
          benefitId: stored.rowKey.split('|')[1] ?? '',
        });
    }

  return (applied) => {
    const { table, partitionKey } = applied;
    if (table === 'claims') {
      const [kind, id = ''] = partitionKey.split('|');
      if (kind === 'azure-subscription') checkSubscription(id);
      else for (const partner of partners()) if (partner.tenantIds.includes(id)) checkTenant(id);
      return;
    }
    if (table !== 'partners') return;
    for (const change of ofKind(applied, 'event|')) {
      const event = after<CreditEvent>(change);
      if (event?.type !== 'redeemed' || !('azureSubscriptionId' in event)) continue;
      const of = { partnerId: partitionKey, benefitId: change.rowKey.split('|')[1] ?? '' };
      const other = redeemed.get(event.azureSubscriptionId);
      if (other)
        violate(
          'CR-09 one credit an Azure subscription',
          `${short(event.azureSubscriptionId)}: ${short(other.benefitId)}, then ${short(of.benefitId)}`,
        );
      redeemed.set(event.azureSubscriptionId, of);
      checkSubscription(event.azureSubscriptionId);
    }
    for (const change of ofKind(applied, 'partner')) {
      const partner = change.rowKey === 'partner' ? after<Partner>(change) : undefined;
      for (const id of partner?.tenantIds ?? []) checkTenant(id);
    }
  };

  function checkSubscription(id: string): void {
    const of = redeemed.get(id);
    if (!of) return;
    const claim = rowOf<Claim>(system, 'claims', `azure-subscription|${id}`, 'claim');
    if (claim?.partnerId !== of.partnerId || !claim.holderId.includes(of.benefitId))
      violate('CR-09 a subscription that was redeemed on stays claimed', short(id));
  }

  function checkTenant(id: string): void {
    const owners = partners().filter(({ tenantIds }) => tenantIds.includes(id));
    if (owners.length > 1)
      violate('PR-04 one partner a tenant', `${id}: ${owners.map((one) => short(one.id)).join()}`);
    const claim = rowOf<Claim>(system, 'claims', `tenant|${id}`, 'claim');
    for (const owner of owners)
      if (claim?.partnerId !== owner.id)
        violate('PR-04 a partner’s tenant stays claimed', `${id} of ${short(owner.id)}`);
  }

  function partners(): Partner[] {
    return system.tables
      .partitionsOf('partners')
      .flatMap((id) => rowOf<Partner>(system, 'partners', id, 'partner') ?? []);
  }
};
