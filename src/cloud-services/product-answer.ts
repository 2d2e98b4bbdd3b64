/** A product benefit as answered: the core's view with name, walkthrough and times beside (KEY-01). */
import { actorView } from '../credits/view.ts';
import { productWalkthrough } from '../partners/catalogue.ts';
import type { Catalogue } from '../partners/catalogue-schema.ts';
import { dateOf, formatInstant, startOfDay, type Instant } from '../platform/calendar.ts';
import { judgedAt } from '../platform/judged-at.ts';
import type { ProductState } from './decide.ts';
import type { ProductEntry } from './history.ts';
import type { ProductRow } from './rows.ts';
import { keyStatusOf, type KeyStatus } from './state.ts';
import { productView } from './views.ts';

/** A product benefit at `now`, judged by the partner's tenants and subscriptions. */
export function productAnswer(
  product: ProductRow,
  holdings: Omit<ProductState, 'benefit'>,
  catalogue: Catalogue,
  now: Instant,
) {
  const view = productView({ benefit: product, ...holdings }, now);
  return {
    id: product.id,
    category: 'cloud-service' as const,
    name: product.productName,
    terms: product.terms,
    provisionedAt: formatInstant(product.provisionedAt),
    ...(product.revokedAt === null ? {} : { revokedAt: formatInstant(product.revokedAt) }),
    status: statusOf(view.keyStatus),
    ...view,
    walkthrough: productWalkthrough(catalogue, product.productId),
  };
}

/** What quick filters ask of a product benefit. It ends when its key can no longer be used, once redeemed its rights. */
export function productFacts(product: ProductRow, now: Instant) {
  const status = statusOf(keyStatusOf(product, dateOf(judgedAt(now, product.lastAt))));
  const redeemed = status === 'redeemed';
  const until = redeemed ? product.usageRightsUntil : product.activateBy;
  return {
    kind: undefined,
    status: status as string,
    redeemed,
    assignedTo: [] as string[],
    ends: product.revokedAt ?? startOfDay(until),
  };
}

/** An entry of a product benefit's history as answered. */
export function productEntryView(entry: ProductEntry) {
  return { ...entry, at: formatInstant(entry.at), actor: actorView(entry.actor) };
}

function statusOf(keyStatus: KeyStatus): 'available' | 'redeemed' | 'expired' {
  if (keyStatus === 'redeemed' || keyStatus === 'expired') return keyStatus;
  return 'available';
}
