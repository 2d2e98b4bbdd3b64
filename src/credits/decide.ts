/**
 * The commands on one credit. Each begins by settling (CR-15), so that it is judged on what is true now and the
 * events of time come before its own. Usage reports have a file of their own, usage.ts.
 */
import { monthOf, startOfDay, type DateOnly, type Instant } from '../platform/calendar.ts';
import type { Actor } from '../platform/identity.ts';
import { judgedAt } from '../platform/judged-at.ts';
import { refuse, type Refusal } from '../platform/refusals.ts';
import type { EventDraft } from './events.ts';
import { append, withContact, type Contact, type Evolved } from './evolve.ts';
import {
  assignRefusal,
  redeemRefusal,
  removeLimitRefusal,
  resendRefusal,
  resendTooSoon,
  resentWithinDay,
  revokeRefusal,
  unassignRefusal,
} from './guards.ts';
import { disable, grant, lapse, settle } from './settle.ts';
import {
  endedAt,
  remainingCents,
  type Assignment,
  type CreditState,
  type MailStatus,
} from './state.ts';
import { isMonthly } from './terms.ts';

/** `expectedVersion` is the caller's If-Match: another version is PreconditionFailed, before all else. */
export type CreditCommand = { expectedVersion?: number } & (
  | ({ type: 'assign'; assignmentId: string; userId: string } & Contact)
  | { type: 'unassign' }
  | { type: 'resend-mail'; mailId: string }
  | ({
      type: 'mail-progress';
      assignmentId: string;
      mailId: string;
      firstWord: boolean;
    } & MailProgress)
  | { type: 'redeem'; assignmentId: string; azureSubscriptionId: string }
  | { type: 'remove-spending-limit' }
  | { type: 'revoke' }
  | { type: 'extend-membership'; membershipEnd: DateOnly }
  | ({ type: 'update-contact'; userId: string; linkId: string } & Contact)
  | { type: 'erase-contact'; userId: string; linkId: string }
);

/**
 * How far a mail has come, and when and by which word of the mail service that was learnt. The first mail of an
 * assignment has the assignment's id; `firstWord` says that nothing was told of the mail before.
 */
export type MailProgress = { status: MailStatus; at?: Instant; detail?: string };

/**
 * The events to write, those of time first, and the state after them. Mail states, contacts and renewals change
 * the state without an event; where nothing at all changes, `state` is the very state that was given.
 */
export type CreditDecision = Evolved | { refusal: Refusal };

/** What a new credit is made of. Dates are exclusive ends; a bulk-like credit needs its year. */
export type Provision = Pick<
  CreditState,
  | 'id'
  | 'partnerId'
  | 'membershipId'
  | 'kind'
  | 'name'
  | 'program'
  | 'terms'
  | 'amountCents'
  | 'currency'
  | 'redeemBy'
  | 'membershipEnd'
> & { startDate?: DateOnly; endDate?: DateOnly };

/**
 * A new credit, available, with its first event. Nothing is granted before it is redeemed (CR-10).
 * @throws RangeError for a bulk-like credit without a year or a monthly one with it: a defect of the caller.
 */
export function provision(input: Provision, now: Instant, actor: Actor): Evolved {
  const hasYear = input.startDate !== undefined && input.endDate !== undefined;
  if (hasYear === isMonthly(input.kind)) {
    throw new RangeError(`A year must be given for bulk-like credits only, not for ${input.kind}`);
  }
  const state: CreditState = {
    ...input,
    provisionedAt: now,
    assignment: null,
    assignmentsMade: 0,
    azureSubscription: null,
    endedRedemptions: [],
    period: null,
    lapses: [],
    totals: { grantedCents: 0, consumedCents: 0, lapsedCents: 0, payAsYouGoCents: 0 },
    lastAt: now,
    version: 1,
    sequence: 1,
  };
  return { state, events: [{ type: 'provisioned', sequence: 1, at: now, actor }] };
}

/**
 * Carries out one command at `now`, or refuses it, in which case nothing is to be written. Where the ledger is ahead of
 * `now`, the command is carried out at its last entry's instant: so that entries never go back in time (CR-16).
 * Repeating what is already so (the present holder assigned, nothing to take away, the limit already off, revoked
 * already) is no refusal and brings no event.
 */
export function decide(
  state: CreditState,
  command: CreditCommand,
  now: Instant,
  actor: Actor,
): CreditDecision {
  const at = judgedAt(now, state.lastAt);
  const settled = settle(state, at);
  const { expectedVersion } = command;
  if (expectedVersion !== undefined && expectedVersion !== settled.state.version) {
    return { refusal: staleVersion() };
  }
  const outcome = outcomeOf(settled.state, command, at);
  if ('refusal' in outcome) return outcome;
  const evolved = append(settled, outcome.drafts, at, actor);
  return outcome.correct ? { ...evolved, state: outcome.correct(evolved.state) } : evolved;
}

/** What a command does: its events, then what it changes without one. */
type Outcome =
  { drafts: EventDraft[]; correct?: (state: CreditState) => CreditState } | { refusal: Refusal };

const nothing: Outcome = { drafts: [] };

function outcomeOf(state: CreditState, command: CreditCommand, now: Instant): Outcome {
  switch (command.type) {
    case 'assign':
      return assign(state, command);
    case 'unassign':
      if (state.assignment === null) return nothing;
      return unless(unassignRefusal(state), { drafts: takeAway(state) });
    case 'resend-mail':
      return unless(resendRefusal(state) ?? resendTooSoon(state, now), {
        drafts: [],
        correct: (after) => withResend(after, command.mailId, now),
      });
    case 'mail-progress':
      return mailProgress(state, command);
    case 'redeem':
      return redeem(state, command, now);
    case 'remove-spending-limit':
      return unless(removeLimitRefusal(state, now), { drafts: removeLimit(state) });
    case 'revoke':
      if (state.revokedAt !== undefined) return nothing;
      return unless(revokeRefusal(state), { drafts: [...lapse(state), { type: 'revoked' }] });
    case 'extend-membership':
      return extendMembership(state, command.membershipEnd);
    case 'update-contact':
      return changeContact(state, command, command);
    case 'erase-contact':
      return changeContact(state, command, { email: '', displayName: '' });
  }
}

function assign(state: CreditState, command: Extract<CreditCommand, { type: 'assign' }>): Outcome {
  const { assignmentId, userId, expectedVersion } = command;
  const refusal = assignRefusal(state, userId, expectedVersion !== undefined);
  if (refusal) return { refusal };
  if (state.assignment?.userId === userId) return nothing;
  return {
    drafts: [...takeAway(state), { type: 'assigned', assignmentId, userId }],
    correct: (after) => withContact(after, command),
  };
}

/** The month's remainder stays for the next holder; the old subscription is never usable again (CR-06). */
function takeAway(state: CreditState): EventDraft[] {
  if (state.assignment === null) return [];
  const { id: assignmentId, userId } = state.assignment;
  return [...disable(state), { type: 'unassigned', assignmentId, userId }];
}

function redeem(
  state: CreditState,
  command: Extract<CreditCommand, { type: 'redeem' }>,
  now: Instant,
): Outcome {
  const { assignmentId, azureSubscriptionId } = command;
  const refusal = redeemRefusal(state, assignmentId);
  if (refusal || state.assignment === null) return refusal ? { refusal } : nothing;
  const { userId } = state.assignment;
  const redeemed: EventDraft = { type: 'redeemed', assignmentId, userId, azureSubscriptionId };
  const grants = grantsAtRedemption(state, now);
  // A limit that is on and nothing to spend: disabled until the next grant, as at any other time (CR-13).
  const nothingToSpend = grants.length === 0 && remainingCents(state) === 0;
  return {
    drafts: [
      redeemed,
      ...grants,
      ...(nothingToSpend ? [{ type: 'subscription-disabled' as const, azureSubscriptionId }] : []),
    ],
  };
}

/** The full amount, unless the month has had its grant or the bulk year is still to begin (CR-10). */
function grantsAtRedemption(state: CreditState, now: Instant): EventDraft[] {
  const granted = isMonthly(state.kind)
    ? state.period?.month === monthOf(now)
    : state.startDate !== undefined && now < startOfDay(state.startDate);
  return granted ? [] : grant(state, now);
}

function removeLimit(state: CreditState): EventDraft[] {
  const subscription = state.azureSubscription;
  if (subscription === null || subscription.spendingLimit === 'off') return [];
  const azureSubscriptionId = subscription.id;
  const enables = subscription.state === 'disabled' && state.expiredAt === undefined;
  return [
    { type: 'spending-limit-removed', azureSubscriptionId },
    ...(enables ? [{ type: 'subscription-enabled' as const, azureSubscriptionId }] : []),
  ];
}

/**
 * A mail's states only move forward, and its sending is written down once, at the first word of it (CR-08). What is
 * told of an earlier mail, after a resend, does not touch the state of the latest.
 */
function mailProgress(
  state: CreditState,
  command: Extract<CreditCommand, { type: 'mail-progress' }>,
): Outcome {
  const { assignment } = state;
  const { assignmentId, mailId, firstWord, status, at, detail } = command;
  if (assignment?.id !== assignmentId) return nothing;
  const latest = mailId === (assignment.mail.id ?? assignmentId);
  const forward = latest && mailRank[status] > mailRank[assignment.mail.status];
  const sent = firstWord && status !== 'failed';
  return {
    drafts: sent ? [{ type: 'mail-sent', assignmentId, userId: assignment.userId }] : [],
    correct: (after) =>
      forward
        ? withMail(after, {
            ...(assignment.mail.id === undefined ? {} : { id: assignment.mail.id }),
            status,
            ...(at === undefined ? {} : { at }),
            ...(detail === undefined ? {} : { detail }),
          })
        : after,
  };
}

const mailRank: Record<MailStatus, number> = {
  pending: 0,
  accepted: 1,
  // Given up, a mail can still turn out to have arrived; and one delivered can bounce later.
  failed: 2,
  delivered: 3,
  bounced: 4,
};

/** A renewal moves the bound of a running credit; it never brings an ended one back (PR-02, CR-11). */
function extendMembership(state: CreditState, membershipEnd: DateOnly): Outcome {
  if (endedAt(state) !== undefined || membershipEnd <= state.membershipEnd) return nothing;
  return {
    drafts: [],
    correct: (after) => ({ ...after, membershipEnd, version: after.version + 1 }),
  };
}

/** With another address, `linkId` is what links name from now on: whoever reads the old mailbox has none (CR-08). */
function changeContact(
  state: CreditState,
  { userId, linkId }: { userId: string; linkId: string },
  contact: Contact,
): Outcome {
  const { assignment } = state;
  if (assignment?.userId !== userId) return nothing;
  const { email, displayName } = contact;
  if (assignment.email === email && assignment.displayName === displayName) return nothing;
  return {
    drafts: [],
    correct: (after) => {
      const changed = { ...withContact(after, contact), version: after.version + 1 };
      return assignment.email === email ? changed : withLink(changed, linkId);
    },
  };
}

function withMail(state: CreditState, mail: Assignment['mail']): CreditState {
  if (state.assignment === null) return state;
  return { ...state, assignment: { ...state.assignment, mail } };
}

function withLink(state: CreditState, linkId: string): CreditState {
  if (state.assignment === null) return state;
  return { ...state, assignment: { ...state.assignment, linkId } };
}

function withResend(state: CreditState, mailId: string, now: Instant): CreditState {
  const { assignment } = state;
  if (assignment === null) return state;
  const resentAt = [...resentWithinDay(assignment, now), now];
  const mail = { id: mailId, status: 'pending' as const };
  return { ...state, assignment: { ...assignment, mail, resentAt } };
}

function unless(refusal: Refusal | undefined, outcome: Outcome): Outcome {
  return refusal ? { refusal } : outcome;
}

/** The refusal of a command aimed at another version than the credit now has. */
export function staleVersion(): Refusal {
  return refuse(
    'PreconditionFailed',
    'The credit has changed since you read it. Read it again and repeat the request with its new ETag.',
  );
}
