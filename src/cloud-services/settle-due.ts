/** What the sweep does to product benefits and subscriptions: their ends are told of. Time itself writes nothing. */
import type { Instant } from '../platform/calendar.ts';
import type { DueThing } from '../platform/due-thing.ts';
import type { Row } from '../platform/table-store.ts';
import { keyEnding, nextNoticeDate, noticeOf, subscriptionEnding } from './ending-notice.ts';
import {
  productDue,
  productWrites,
  writeSubscription,
  type ProductRow,
  type SubscriptionRow,
} from './rows.ts';

/** What is due of a product benefit; undefined when nothing is. */
export function dueProduct(row: Row<ProductRow>, now: Instant): DueThing | undefined {
  const found = noticeOf(keyEnding(row.value), now);
  if (!found) return undefined;
  const { notice, send } = found;
  return {
    kind: 'product',
    id: row.value.id,
    tell: send ? notice : undefined,
    rows: 1 + row.value.keys.length,
    write(told) {
      const product = told || !send ? { ...row.value, toldOfEnd: notice } : row.value;
      const next = nextNoticeDate(keyEnding(product));
      if (product === row.value) return { writes: [], due: [], next };
      return { writes: productWrites(row, product), due: productDue(row, product), next };
    },
  };
}

/** What is due of a subscription; undefined when nothing is. */
export function dueSubscription(row: Row<SubscriptionRow>, now: Instant): DueThing | undefined {
  const found = noticeOf(subscriptionEnding(row.value), now);
  if (!found) return undefined;
  const { notice, send } = found;
  return {
    kind: 'subscription',
    id: row.value.id,
    tell: send ? notice : undefined,
    rows: 1,
    write(told) {
      const subscription = told || !send ? { ...row.value, toldOfEnd: notice } : row.value;
      const next = nextNoticeDate(subscriptionEnding(subscription));
      if (subscription === row.value) return { writes: [], due: [], next };
      return { ...writeSubscription(row.partitionKey, row, subscription), next };
    },
  };
}
