/** How each event changes a credit's state. No rule is judged here: an event has happened. */
import type { Instant } from '../platform/calendar.ts';
import type { Actor } from '../platform/identity.ts';
import type { CreditEvent, EventDraft } from './events.ts';
import type { CreditState } from './state.ts';

/** A state together with the events that led to it, oldest first. */
export type Evolved = { state: CreditState; events: CreditEvent[] };

/** The part of an assignment that events leave out and the directory owns. */
export type Contact = { email: string; displayName: string };

/** Adds events of one instant and actor to those at hand, numbering them and evolving the state. */
export function append(
  evolved: Evolved,
  drafts: readonly EventDraft[],
  at: Instant,
  actor: Actor,
): Evolved {
  let { state } = evolved;
  const events = [...evolved.events];
  for (const draft of drafts) {
    const event: CreditEvent = { ...draft, sequence: state.sequence + 1, at, actor };
    events.push(event);
    state = evolve(state, event);
  }
  return { state, events };
}

/**
 * The state after one event. `assigned` leaves email and display name blank, since events hold neither:
 * `withContact` puts the directory's copy on.
 */
export function evolve(state: CreditState, event: CreditEvent): CreditState {
  const raised = event.type === 'mail-sent' ? state.version : state.version + 1;
  return { ...applied(state, event), version: raised, sequence: event.sequence, lastAt: event.at };
}

/** Puts the directory's copy of the holder's name and address on the assignment, if there is one. */
export function withContact(state: CreditState, contact: Contact): CreditState {
  if (state.assignment === null) return state;
  const { email, displayName } = contact;
  return { ...state, assignment: { ...state.assignment, email, displayName } };
}

function applied(state: CreditState, event: CreditEvent): CreditState {
  switch (event.type) {
    case 'provisioned':
    case 'mail-sent':
      return state;
    case 'assigned':
      return {
        ...state,
        assignmentsMade: state.assignmentsMade + 1,
        assignment: {
          id: event.assignmentId,
          userId: event.userId,
          email: '',
          displayName: '',
          assignedAt: event.at,
          mail: { status: 'pending' },
        },
      };
    case 'unassigned':
      return unassigned(state, event.at);
    case 'redeemed':
      if (state.assignment === null) return state;
      return {
        ...state,
        activatedAt: state.activatedAt ?? event.at,
        assignment: { ...state.assignment, redeemedAt: event.at },
        azureSubscription: { id: event.azureSubscriptionId, spendingLimit: 'on', state: 'active' },
      };
    case 'granted':
      return {
        ...added(state, { grantedCents: event.amountCents }),
        period:
          event.month === undefined
            ? null
            : { month: event.month, grantedCents: event.amountCents, consumedCents: 0 },
      };
    case 'consumed':
      return consumed(state, event.amountCents, event.month);
    case 'pay-as-you-go':
      return added(state, { payAsYouGoCents: event.amountCents });
    case 'lapsed':
      return lapsed(state, event.amountCents, event.month);
    case 'expired':
      return expired(added(state, { lapsedCents: event.amountCents ?? 0 }), event.at);
    case 'spending-limit-removed':
      // After the end there is no credit left to be active on: the subscription goes on paid for.
      return withSubscription(state, {
        spendingLimit: 'off',
        ...(state.expiredAt === undefined ? {} : { state: 'pay-as-you-go' }),
      });
    case 'subscription-disabled':
      return withSubscription(state, { state: 'disabled' });
    case 'subscription-enabled':
      return withSubscription(state, { state: 'active' });
    case 'revoked':
      return { ...state, revokedAt: event.at, period: null };
  }
}

function unassigned(state: CreditState, at: Instant): CreditState {
  const { assignment, azureSubscription, endedRedemptions } = state;
  const ended =
    assignment?.redeemedAt === undefined || azureSubscription === null
      ? []
      : [
          {
            from: assignment.redeemedAt,
            to: at,
            spendingLimit: azureSubscription.spendingLimit,
          },
        ];
  return {
    ...state,
    assignment: null,
    azureSubscription: null,
    endedRedemptions: [...endedRedemptions, ...ended],
  };
}

function consumed(state: CreditState, amountCents: number, month: string): CreditState {
  const after = added(state, { consumedCents: amountCents });
  if (after.period?.month !== month) return after;
  const consumedCents = after.period.consumedCents + amountCents;
  return { ...after, period: { ...after.period, consumedCents } };
}

function lapsed(state: CreditState, amountCents: number, month: string): CreditState {
  const after = added(state, { lapsedCents: amountCents });
  // Less than nothing lapsed: a late record takes from what had lapsed of its month.
  if (amountCents < 0) {
    return {
      ...after,
      lapses: after.lapses.map((lapse) =>
        lapse.month === month ? { month, lapsedCents: lapse.lapsedCents + amountCents } : lapse,
      ),
    };
  }
  const lapses = [...after.lapses, { month, lapsedCents: amountCents }].slice(-2);
  return { ...after, period: null, lapses };
}

function expired(state: CreditState, at: Instant): CreditState {
  // A late record's correction is an `expired` as well; the end itself stays where it was.
  if (state.expiredAt !== undefined) return state;
  const after: CreditState = { ...state, expiredAt: at, period: null };
  return after.azureSubscription?.spendingLimit === 'off'
    ? withSubscription(after, { state: 'pay-as-you-go' })
    : after;
}

function added(state: CreditState, amounts: Partial<CreditState['totals']>): CreditState {
  const { totals } = state;
  return {
    ...state,
    totals: {
      grantedCents: totals.grantedCents + (amounts.grantedCents ?? 0),
      consumedCents: totals.consumedCents + (amounts.consumedCents ?? 0),
      lapsedCents: totals.lapsedCents + (amounts.lapsedCents ?? 0),
      payAsYouGoCents: totals.payAsYouGoCents + (amounts.payAsYouGoCents ?? 0),
    },
  };
}

function withSubscription(
  state: CreditState,
  change: Partial<NonNullable<CreditState['azureSubscription']>>,
): CreditState {
  if (state.azureSubscription === null) return state;
  return { ...state, azureSubscription: { ...state.azureSubscription, ...change } };
}
