/** A product benefit as portals see it (KEY-01). */
import { productWalkthrough } from '../partners/catalogue.ts';
import type { Catalogue } from '../partners/catalogue-schema.ts';
import { dateOf, formatInstant, type Instant } from '../platform/calendar.ts';
import type { ProductBenefit } from './rows.ts';

/** A product benefit at `now` as answered. */
export function productView(product: ProductBenefit, catalogue: Catalogue, now: Instant) {
  const { partnerId: _, version: __, provisionedAt, revokedAt, ...facts } = product;
  const expired = revokedAt !== undefined || dateOf(now) >= product.activateBy;
  return {
    ...facts,
    name: product.productName,
    provisionedAt: formatInstant(provisionedAt),
    ...(revokedAt === undefined ? {} : { revokedAt: formatInstant(revokedAt) }),
    status: expired ? ('expired' as const) : ('available' as const),
    keyStatus: expired ? ('expired' as const) : ('not-issued' as const),
    subscriptionStatus: 'No active subscription' as const,
    walkthrough: productWalkthrough(catalogue, product.productId),
    actions: [],
  };
}
