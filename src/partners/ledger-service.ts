/** The history of a benefit of either category: who did what when (CR-16, KEY-02). */
import * as z from 'zod';
import { settle as settleProduct } from '../cloud-services/decide.ts';
import { entriesOf, productEntrySchema } from '../cloud-services/history.ts';
import { productEntryView } from '../cloud-services/product-answer.ts';
import { creditEventSchema } from '../credits/events.ts';
import { eventPrefix } from '../credits/rows.ts';
import { settle as settleCredit } from '../credits/settle.ts';
import { entryView } from '../credits/view.ts';
import type { Instant } from '../platform/calendar.ts';
import { continuationKey, fullPage } from '../platform/http/paging.ts';
import { notFound, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import { benefitRowSchema, type Benefit } from './benefits-service.ts';
import { readPartner } from './directory.ts';
import { readStored } from '../platform/stored.ts';

type EntryView = ReturnType<typeof entryView> | ReturnType<typeof productEntryView>;

type Paging = { maxpagesize: number; continuationToken?: string | undefined };

/**
 * A page of a benefit's ledger, oldest entry first. What time has done and no sweep has written down yet stands at the
 * end of the last page (CR-15).
 * @throws RefusalError NotFound
 */
export async function listLedger(
  runtime: Runtime,
  partnerId: string,
  benefitId: string,
  query: Paging,
  now: Instant,
) {
  const prefix = eventPrefix(benefitId);
  const [, row, { items, nextKey }] = await Promise.all([
    readPartner(runtime, partnerId),
    runtime.tables.get('partners', benefitRowSchema, partnerId, `benefit|${benefitId}`),
    fullPage(
      (after, size) =>
        runtime.tables.page('partners', z.unknown(), partnerId, { prefix, after, size }),
      continuationKey(query.continuationToken, prefix),
      query.maxpagesize,
      (entry) => entry,
    ),
  ]);
  if (!row) throw new RefusalError(notFound());
  return { items: viewsOf(row.value, items, nextKey === undefined ? now : undefined), nextKey };
}

/** The entries of a page; on the last one, with what time has done up to `until`. */
function viewsOf(benefit: Benefit, stored: unknown[], until: Instant | undefined): EntryView[] {
  if (benefit.category === 'azure-credit') {
    const entries = stored.map((entry) => readStored(creditEventSchema, entry));
    const last = entries.at(-1)?.sequence ?? 0;
    const settled = until === undefined ? [] : settleCredit(benefit, until).events;
    const pending = settled.filter((event) => event.sequence > last);
    return [...entries, ...pending].map((event) => entryView(event, benefit.currency));
  }
  const entries = stored.map((entry) => readStored(productEntrySchema, entry));
  const settled = until === undefined ? [] : settleProduct(benefit, until);
  const pending = entriesOf(settled, benefit.sequence, { type: 'system' });
  return [...entries, ...pending].map(productEntryView);
}
