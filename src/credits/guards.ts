/**
 * What may be done to a credit now, and if not, why. Commands refuse by these and the list of actions explains
 * by them, so that no rule is written twice. All take a settled state.
 */
import { addMilliseconds, millisecondsPerDay, type Instant } from '../platform/calendar.ts';
import { refuse, type Refusal } from '../platform/refusals.ts';
import { isRedeemed, reassignmentsOf, type Assignment, type CreditState } from './state.ts';
import { conversionDays, isMonthly, mostResendsADay, reassignmentLimit } from './terms.ts';

/**
 * Refuses an assignment to `userId`, whose own eligibility is judged elsewhere (CR-04, CR-05). A credit that
 * somebody else holds passes on only if it is monthly, has reassignments left (CR-06, CR-07) and the caller has
 * named the version it saw, so that a race never spends one.
 */
export function assignRefusal(
  state: CreditState,
  userId: string,
  versionNamed: boolean,
): Refusal | undefined {
  const ended = endedRefusal(state);
  if (ended) return ended;
  const holder = state.assignment?.userId;
  if (holder === userId) return undefined;
  if (!isMonthly(state.kind)) return holder === undefined ? undefined : staysWithHolder();
  const { remaining } = reassignmentsOf(state);
  if (state.assignmentsMade > 0 && remaining === 0) {
    return refuse(
      'ReassignmentLimitReached',
      `This credit has been reassigned ${reassignmentLimit} times, the most there can be. ` +
        'Assign another credit, or wait for the next membership year.',
    );
  }
  if (holder !== undefined && !versionNamed) {
    return refuse(
      'AlreadyAssigned',
      'Another user holds this credit. To reassign it, read it and send its ETag in If-Match.',
    );
  }
  return undefined;
}

/** Refuses to take the credit away: monthly credits only, before they end (CR-06, CR-07). */
export function unassignRefusal(state: CreditState): Refusal | undefined {
  return endedRefusal(state) ?? (isMonthly(state.kind) ? undefined : staysWithHolder());
}

/**
 * Refuses to send the email again for what only a change can put right: it takes an assignment that stands, a credit
 * that lives, and a holder who has an address (CR-08).
 */
export function resendRefusal(state: CreditState): Refusal | undefined {
  const refusal = endedRefusal(state) ?? unassignedRefusal(state);
  if (refusal || state.assignment?.email !== '') return refusal;
  return refuse(
    'NotAssigned',
    'The user who holds this credit was erased from the directory, so there is no address to send the email to.',
  );
}

/**
 * Refuses to send the email again yet: while the last one is still waiting to be sent, and after five in a day (CR-08).
 * Waiting puts it right, so it is no part of the actions that a credit lists.
 */
export function resendTooSoon(state: CreditState, now: Instant): Refusal | undefined {
  const { assignment } = state;
  if (assignment === null) return undefined;
  if (assignment.mail.status === 'pending')
    return refuse(
      'TooManyRequests',
      'The last email of this assignment is still waiting to be sent. It will go out as soon as possible.',
      { retryAfterSeconds: openMailSeconds },
    );
  const resent = resentWithinDay(assignment, now);
  const [oldest] = resent;
  if (oldest === undefined || resent.length < mostResendsADay) return undefined;
  return refuse(
    'TooManyRequests',
    `The email of this assignment was sent again ${mostResendsADay} times within a day, the most there can be. Try again later.`,
    { retryAfterSeconds: secondsUntil(addMilliseconds(oldest, millisecondsPerDay), now) },
  );
}

/** An email that found no slot waits for the next minute at the least. */
const openMailSeconds = 60;

/** When the email of an assignment was sent again within a day before `now`, oldest first. */
export function resentWithinDay({ resentAt = [] }: Assignment, now: Instant): Instant[] {
  const from = addMilliseconds(now, -millisecondsPerDay);
  return resentAt.filter((at) => at > from);
}

/** Whole seconds from `now` to an instant, at least one: what Retry-After says. */
export function secondsUntil(instant: Instant, now: Instant): number {
  return Math.max(1, Math.ceil((Date.parse(instant) - Date.parse(now)) / 1_000));
}

/**
 * Refuses a redemption by the link of `assignmentId`: the assignment must stand, and be redeemed only once
 * (CR-08, CR-09).
 */
export function redeemRefusal(state: CreditState, assignmentId: string): Refusal | undefined {
  if (state.assignment?.id !== assignmentId) {
    return refuse(
      'LinkNoLongerValid',
      'This link is no longer valid: the credit was taken back or given to somebody else. ' +
        'Ask your administrator for a new one.',
    );
  }
  const ended = endedRefusal(state);
  if (ended) return ended;
  return isRedeemed(state)
    ? refuse(
        'AlreadyRedeemed',
        'This credit is redeemed already. Use the Azure subscription that it was redeemed on.',
      )
    : undefined;
}

/**
 * Refuses to remove the spending limit: it takes a redeemed credit, not ended longer than 90 days ago (CR-14).
 */
export function removeLimitRefusal(state: CreditState, now: Instant): Refusal | undefined {
  if (state.azureSubscription === null) {
    return (
      endedRefusal(state) ??
      refuse(
        'NotAssigned',
        'No Azure subscription uses this credit. Its user must redeem it before the spending limit can be removed.',
      )
    );
  }
  const { expiredAt } = state;
  if (expiredAt === undefined) return undefined;
  return now < addMilliseconds(expiredAt, conversionDays * millisecondsPerDay)
    ? undefined
    : refuse(
        'BenefitExpired',
        `This credit ended more than ${conversionDays} days ago. ` +
          'Ask Azure support to convert the subscription to pay-as-you-go.',
      );
}

/** Refuses to withdraw a credit that somebody holds or that has ended (operators; unassigned only). */
export function revokeRefusal(state: CreditState): Refusal | undefined {
  const ended = endedRefusal(state);
  if (ended || state.assignment === null) return ended;
  return refuse(
    'AlreadyAssigned',
    'A user holds this credit. Only an unassigned credit can be withdrawn.',
  );
}

/** Refuses where no user holds the credit. */
export function unassignedRefusal(state: CreditState): Refusal | undefined {
  return state.assignment === null
    ? refuse('NotAssigned', 'No user holds this credit. Assign it to a user first.')
    : undefined;
}

function endedRefusal(state: CreditState): Refusal | undefined {
  if (state.revokedAt !== undefined) {
    return refuse(
      'BenefitExpired',
      'This credit was withdrawn by the programme operator. Choose another credit.',
    );
  }
  return state.expiredAt === undefined
    ? undefined
    : refuse('BenefitExpired', 'This credit has ended. Choose a credit that is still running.');
}

function staysWithHolder(): Refusal {
  return refuse(
    'ReassignmentNotAllowed',
    'A credit of this kind stays with the user it was first assigned to. ' +
      "Renew the membership, and assign the new set's credit to somebody else.",
  );
}
