/** A credit's past: who held it, and its ledger (CR-16). */
import { readUserRow } from '../partners/directory.ts';
import { continuationKey, fullPage } from '../platform/http/paging.ts';
import { formatInstant, type Instant } from '../platform/calendar.ts';
import type { Runtime } from '../platform/runtime.ts';
import { creditEventSchema } from './events.ts';
import { assignmentsOf } from './history.ts';
import { loadCredit } from './load.ts';
import { eventPrefix, readEvents } from './rows.ts';
import { settle } from './settle.ts';
import { actorView, entryView } from './view.ts';

type Paging = { maxpagesize: number; continuationToken?: string | undefined };

/** Every assignment a credit has had, oldest first; addresses are those the directory has now. @throws NotFound */
export async function listAssignments(runtime: Runtime, partnerId: string, benefitId: string) {
  const [, events] = await Promise.all([
    loadCredit(runtime, partnerId, benefitId),
    readEvents(runtime, partnerId, benefitId),
  ]);
  const assignments = assignmentsOf(events);
  const ids = [...new Set(assignments.map(({ userId }) => userId))];
  const users = await Promise.all(ids.map((id) => readUserRow(runtime, partnerId, id)));
  const emails = new Map(ids.map((id, i) => [id, users[i]?.value.email ?? '']));
  return assignments.map(({ assignedAt, redeemedAt, removedAt, removedBy, ...ids }) => ({
    ...ids,
    email: emails.get(ids.userId) ?? '',
    assignedAt: formatInstant(assignedAt),
    ...(redeemedAt === undefined ? {} : { redeemedAt: formatInstant(redeemedAt) }),
    ...(removedAt === undefined ? {} : { removedAt: formatInstant(removedAt) }),
    ...(removedBy === undefined ? {} : { removedBy: actorView(removedBy) }),
  }));
}

/**
 * A page of a credit's ledger, oldest entry first. What time has done and no sweep has written down yet stands at the
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
  const [{ credit }, { items, nextKey }] = await Promise.all([
    loadCredit(runtime, partnerId, benefitId),
    fullPage(
      (after, size) =>
        runtime.tables.page('partners', creditEventSchema, partnerId, { prefix, after, size }),
      continuationKey(query.continuationToken, prefix),
      query.maxpagesize,
      (event) => event,
    ),
  ]);
  const last = items.at(-1)?.sequence ?? 0;
  const pending =
    nextKey === undefined
      ? settle(credit.value, now).events.filter((event) => event.sequence > last)
      : [];
  const entries = [...items, ...pending];
  return {
    items: entries.map((event) => entryView(event, credit.value.currency)),
    nextKey,
  };
}
