/** Who has held a credit, from its ledger (CR-16). */
import type { Instant } from '../platform/calendar.ts';
import type { Actor } from '../platform/identity.ts';
import type { CreditEvent } from './events.ts';

/** One assignment, by ids; the directory knows the user's name and address. */
export type PastAssignment = {
  id: string;
  userId: string;
  assignedAt: Instant;
  redeemedAt?: Instant;
  azureSubscriptionId?: string;
  removedAt?: Instant;
  removedBy?: Actor;
};

/** All assignments of a credit, oldest first, from its events in the order of their sequence. */
export function assignmentsOf(events: Iterable<CreditEvent>): PastAssignment[] {
  const assignments = new Map<string, PastAssignment>();
  for (const event of events) {
    if (event.type === 'assigned') {
      const { assignmentId: id, userId, at: assignedAt } = event;
      assignments.set(id, { id, userId, assignedAt });
      continue;
    }
    if (event.type !== 'redeemed' && event.type !== 'unassigned') continue;
    const assignment = assignments.get(event.assignmentId);
    if (assignment === undefined) continue;
    if (event.type === 'redeemed') {
      assignment.redeemedAt = event.at;
      assignment.azureSubscriptionId = event.azureSubscriptionId;
    } else {
      assignment.removedAt = event.at;
      assignment.removedBy = event.actor;
    }
  }
  return [...assignments.values()];
}
