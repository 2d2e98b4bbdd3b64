/** A credit's past: who held it (CR-16). */
import { readUserRow } from '../partners/directory.ts';
import { formatInstant } from '../platform/calendar.ts';
import type { Runtime } from '../platform/runtime.ts';
import { assignmentsOf } from './history.ts';
import { loadCredit } from './load.ts';
import { readEvents } from './rows.ts';
import { actorView } from './view.ts';

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
