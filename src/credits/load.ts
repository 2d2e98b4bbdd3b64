/** Reading one credit of a partner: what every use case of credits begins with. */
import { readPartner } from '../partners/directory.ts';
import type { Partner } from '../partners/rows.ts';
import type { Instant } from '../platform/calendar.ts';
import { notFound, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row } from '../platform/table-store.ts';
import { readCredit } from './rows.ts';
import { settle } from './settle.ts';
import type { CreditState } from './state.ts';

/** Reads a credit and the partner it belongs to, in parallel. @throws RefusalError NotFound */
export async function loadCredit(
  runtime: Runtime,
  partnerId: string,
  benefitId: string,
): Promise<{ partner: Row<Partner>; credit: Row<CreditState> }> {
  const [partner, credit] = await Promise.all([
    readPartner(runtime, partnerId),
    readCredit(runtime, partnerId, benefitId),
  ]);
  if (!credit) throw new RefusalError(notFound());
  return { partner, credit };
}

/** Reads a credit settled to now. @throws RefusalError NotFound */
export async function getCredit(
  runtime: Runtime,
  partnerId: string,
  benefitId: string,
  now: Instant,
): Promise<CreditState> {
  const { credit } = await loadCredit(runtime, partnerId, benefitId);
  return settle(credit.value, now).state;
}
