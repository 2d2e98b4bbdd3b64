/** Whether a user may hold one more credit (CR-05). Mail domains (CR-04) are judged in partners/. */
import type { Instant } from '../platform/calendar.ts';
import { refuse, type Refusal } from '../platform/refusals.ts';
import { termsOf, type CreditKind, type Edition } from './terms.ts';

/** One credit that a user holds, counting until its end. */
export type Hold = { benefitId: string; kind: CreditKind; until: Instant };

/** The most credits that one user can hold at the same time: the user's row says of each when it ends. */
export const mostHolds = 199;

/**
 * Refuses (UserHasActiveCredit, HoldLimitReached) to give a credit of `kind`, awarded under the edition `terms`, to a user with
 * these holds. The edition of the credit being assigned judges over everything the user holds. The credit itself
 * and holds that have ended by `now` do not count.
 */
export function capRefusal(
  terms: Edition,
  kind: CreditKind,
  holds: readonly Hold[],
  benefitId: string,
  now: Instant,
): Refusal | undefined {
  const active = holds.filter((hold) => hold.benefitId !== benefitId && hold.until > now);
  return termsRefusal(terms, kind, active) ?? limitRefusal(active);
}

function limitRefusal(active: readonly Hold[]): Refusal | undefined {
  return active.length < mostHolds
    ? undefined
    : refuse(
        'HoldLimitReached',
        `This user already holds ${mostHolds} credits, the most that one user can hold. ` +
          'Choose another user, or wait until one of those credits ends.',
      );
}

/** `active`: the other credits that the user holds now. */
function termsRefusal(
  terms: Edition,
  kind: CreditKind,
  active: readonly Hold[],
): Refusal | undefined {
  const { cap } = termsOf[terms];
  if (cap.over === 'all-kinds') {
    return active.length < cap.count
      ? undefined
      : refuse(
          'UserHasActiveCredit',
          'This user already holds an active credit, and these terms allow one of any kind. ' +
            'Choose another user, or wait until that credit ends.',
        );
  }
  const count = cap.counts[kind];
  const held = active.filter((hold) => hold.kind === kind).length;
  return count === undefined || held < count
    ? undefined
    : refuse(
        'UserHasActiveCredit',
        `This user already holds an active ${kind} credit, and these terms allow no second one. ` +
          'Choose another user, or wait until that credit ends.',
      );
}
