/** Product keys and subscriptions: a key redeems once, licenses add up, all rows of a benefit agree (KEY-04 to KEY-12). */
import type { ProductEntry } from '../../../src/cloud-services/history.ts';
import type { ProductRow, SubscriptionRow } from '../../../src/cloud-services/rows.ts';
import { subscriptionStatusOf } from '../../../src/cloud-services/state.ts';
import { dateOf } from '../../../src/platform/calendar.ts';
import { after, before, ofKind, rowsOf, short, type CheckMaker } from './check.ts';

export const checkKeys: CheckMaker = (system, violate) => (applied) => {
  if (applied.table !== 'partners') return;
  const { partitionKey: partnerId } = applied;
  for (const change of ofKind(applied, 'benefit|')) {
    const product = after<ProductRow>(change);
    if (product?.category !== 'cloud-service') continue;
    const was = before<ProductRow>(change);
    for (const [index, { sealed, redemption }] of product.keys.entries()) {
      const copy = system.tables.get('partners', partnerId, `key|${sealed.hash}`);
      if (copy?.data !== change.after?.data)
        violate('KEY-04 the rows of a benefit agree', short(product.id));
      const earlier = was?.keys[index]?.redemption;
      if (earlier && redemption?.at !== earlier.at)
        violate('KEY-04 a key redeems once', short(product.id));
    }
    const entries = ofKind(applied, `event|${product.id}|`)
      .flatMap((one) => after<ProductEntry>(one) ?? [])
      .toSorted((a, b) => a.sequence - b.sequence);
    const first = (was?.sequence ?? 0) + 1;
    const history = rowsOf<ProductEntry>(system, partnerId, `event|${product.id}|`);
    const times = history.map(({ at }) => at);
    if (times.some((at, i) => i > 0 && at < times[i - 1]!))
      violate('KEY-02 time in a history never goes backwards', short(product.id));
    if (
      entries.some(({ sequence }, i) => sequence !== first + i) ||
      product.sequence !== first - 1 + entries.length
    )
      violate('KEY-02 the history has no gaps', short(product.id));
  }
  for (const change of ofKind(applied, 'partner|subscription|')) {
    const subscription = after<SubscriptionRow>(change);
    if (!subscription) continue;
    const today = dateOf(new Date(system.scheduler.time()).toISOString());
    const beside = rowsOf<SubscriptionRow>(system, partnerId, 'partner|subscription|').filter(
      (one) =>
        one.productId === subscription.productId &&
        one.tenantId === subscription.tenantId &&
        subscriptionStatusOf(one, today) === 'active',
    );
    if (beside.length > 1)
      violate('KEY-05 one active subscription a product and tenant', short(subscription.id));
  }
};
