/** A credit as portals see it (CR-02). */
import { formatInstant, type Instant } from '../platform/calendar.ts';
import type { Call } from '../platform/http/endpoint.ts';
import type { Actor } from '../platform/identity.ts';
import { formatMoney } from '../platform/money.ts';
import { catalogueOf, offerOf } from '../partners/catalogue.ts';
import type { Catalogue } from '../partners/catalogue-schema.ts';
import { actionsOf } from './actions.ts';
import type { Balance } from './balance.ts';
import type { CreditEvent } from './events.ts';
import { creditStatus, endedAt, expiresAt, reassignmentsOf, type CreditState } from './state.ts';

/** A credit settled to `now` as answered, with its walkthrough and the actions it allows. */
export function creditView(state: CreditState, catalogue: Catalogue, now: Instant) {
  const { id, name, program, membershipId, terms, kind, redeemBy, startDate, endDate } = state;
  return {
    id,
    category: 'azure-credit' as const,
    name,
    program,
    membershipId,
    terms,
    provisionedAt: formatInstant(state.provisionedAt),
    status: creditStatus(state),
    kind,
    amount: formatMoney(state.amountCents, state.currency),
    redeemBy,
    ...(startDate === undefined ? {} : { startDate }),
    ...(endDate === undefined ? {} : { endDate }),
    expiresAt: formatInstant(endedAt(state) ?? expiresAt(state)),
    ...(state.revokedAt === undefined ? {} : { revokedAt: formatInstant(state.revokedAt) }),
    assignment: assignmentView(state),
    reassignments: reassignmentsOf(state),
    azureSubscription: state.azureSubscription,
    walkthrough: [...offerOf(catalogue, kind).adminSteps],
    actions: actionsOf(state, now),
  };
}

function assignmentView({ assignment }: CreditState) {
  if (assignment === null) return null;
  const { id, userId, email, displayName, assignedAt, redeemedAt, mail } = assignment;
  return {
    id,
    userId,
    email,
    displayName,
    assignedAt: formatInstant(assignedAt),
    ...(redeemedAt === undefined ? {} : { redeemedAt: formatInstant(redeemedAt) }),
    mail: {
      status: mail.status,
      ...(mail.at === undefined ? {} : { at: formatInstant(mail.at) }),
      ...(mail.detail === undefined ? {} : { detail: mail.detail }),
    },
  };
}

/** A balance as answered, of a credit in `currency` (CR-16). */
export function balanceView(balance: Balance, currency: string, asOf: Instant) {
  const money = (cents: number) => formatMoney(cents, currency);
  const { period } = balance;
  return {
    asOf: formatInstant(asOf),
    granted: money(balance.grantedCents),
    consumed: money(balance.consumedCents),
    lapsed: money(balance.lapsedCents),
    remaining: money(balance.remainingCents),
    payAsYouGo: money(balance.payAsYouGoCents),
    period: period && {
      month: period.month,
      granted: money(period.grantedCents),
      consumed: money(period.consumedCents),
      remaining: money(period.remainingCents),
    },
  };
}

/** A ledger entry as answered (CR-16). */
export function entryView(event: CreditEvent, currency: string) {
  const { sequence, at, type, actor } = event;
  return {
    sequence,
    at: formatInstant(at),
    type,
    ...('amountCents' in event && event.amountCents !== undefined
      ? { amount: formatMoney(event.amountCents, currency) }
      : {}),
    ...('month' in event && event.month !== undefined ? { month: event.month } : {}),
    actor: actorView(actor),
    ...('assignmentId' in event ? { assignmentId: event.assignmentId, userId: event.userId } : {}),
    ...('azureSubscriptionId' in event ? { azureSubscriptionId: event.azureSubscriptionId } : {}),
  };
}

/** Who did something, as answered: the kind of caller, its id and role. */
export function actorView(actor: Actor): { type: string; id?: string; role?: string } {
  if (actor.type === 'system') return { type: actor.type };
  if (actor.type === 'holder') return { type: actor.type, id: actor.id };
  return { type: actor.type, id: actor.id, role: actor.role };
}

/** The answer that shows a credit, with its version for If-Match. */
export async function creditAnswer(
  call: Pick<Call, 'runtime' | 'now'>,
  state: CreditState,
): Promise<{ status: 200; body: ReturnType<typeof creditView>; version: number }> {
  const catalogue = await catalogueOf(call.runtime);
  return { status: 200, body: creditView(state, catalogue, call.now), version: state.version };
}
