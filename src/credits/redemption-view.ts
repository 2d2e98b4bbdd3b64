/**
 * What the mail's link shows (CR-08, CR-14): the assignment, how to redeem it, and, once redeemed, balance, end and the
 * conversion to pay-as-you-go. The link is the sign-in: it lets its bearer see one assignment and nothing else (PR-05).
 */
import { catalogueOf, offerOf } from '../partners/catalogue.ts';
import {
  addMilliseconds,
  dateOf,
  formatInstant,
  millisecondsPerDay,
  type Instant,
} from '../platform/calendar.ts';
import { judgedAt } from '../platform/judged-at.ts';
import { formatMoney } from '../platform/money.ts';
import { notFound, refuse, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row } from '../platform/table-store.ts';
import type { Conversion } from './conversion-section.ts';
import { evolve, withContact } from './evolve.ts';
import { linkIdOf, readLink, type LinkTarget } from './link-token.ts';
import type { RedemptionView } from './redemption-page.ts';
import { readCredit, readEvents, type CreditRow } from './rows.ts';
import { settle } from './settle.ts';
import {
  creditStatus,
  endedAt,
  expiresAt,
  expiryDate,
  isRedeemed,
  remainingCents,
  type CreditState,
} from './state.ts';
import { conversionDays, isMonthly } from './terms.ts';

/** Whether the link still opens anything, and if not, why. Takes a settled state. */
export function linkStanding(
  state: CreditState,
  target: LinkTarget,
  now: Instant,
): 'open' | 'dead' | 'expired' {
  if (!state.assignment || linkIdOf(state.assignment) !== target.linkId) return 'dead';
  const ended = endedAt(state);
  if (ended === undefined) return 'open';
  // After its end a redeemed credit can be converted for a while (CR-14); one never redeemed has nothing to offer.
  const openUntil = isRedeemed(state) ? conversionEnd(ended) : ended;
  return judgedAt(now, state.lastAt) < openUntil ? 'open' : 'expired';
}

const conversionEnd = (ended: Instant): Instant =>
  addMilliseconds(ended, conversionDays * millisecondsPerDay);

/** The refusal of a link that opens nothing any longer. */
export function noLongerValid(): RefusalError {
  return new RefusalError(
    refuse(
      'LinkNoLongerValid',
      'This link is no longer valid: the credit was taken back, given to somebody else, or has ended. Ask your administrator.',
    ),
  );
}

/** Reads the credit that a link names. @throws RefusalError NotFound */
export async function readTarget(
  runtime: Runtime,
  target: Omit<LinkTarget, 'linkId'>,
): Promise<Row<CreditRow>> {
  const credit = await readCredit(runtime, target.partnerId, target.benefitId);
  if (!credit) throw new RefusalError(notFound());
  return credit;
}

/** The credit that a link opens, settled to `now`. @throws RefusalError NotFound, LinkNoLongerValid */
export async function readOpen(
  runtime: Runtime,
  target: LinkTarget,
  now: Instant,
): Promise<CreditState> {
  const { state } = settle((await readTarget(runtime, target)).value, now);
  if (linkStanding(state, target, now) !== 'open') throw noLongerValid();
  return state;
}

/**
 * The credit as a repeated request is answered it: what was done by the link stays told, though the link opens nothing
 * any longer. Then names and address are left out, and where the assignment has ended, the credit is as it was last.
 * @throws RefusalError NotFound
 */
export async function readAsDone(
  runtime: Runtime,
  target: LinkTarget,
  assignmentId: string | undefined,
  now: Instant,
): Promise<CreditState> {
  const credit = (await readTarget(runtime, target)).value;
  const { state } = settle(credit, now);
  if (linkStanding(state, target, now) === 'open') return state;
  if (state.assignment?.id === assignmentId) return withContact(state, nobody);
  const events = await readEvents(runtime, target.partnerId, target.benefitId);
  const end = events.findIndex(
    (event) => event.type === 'unassigned' && event.assignmentId === assignmentId,
  );
  const past = events.slice(0, Math.max(0, end)).reduce(evolve, unused(credit));
  if (past.assignment?.id !== assignmentId) throw noLongerValid();
  return past;
}

const nobody = { email: '', displayName: '' };

/** The credit before anything happened to it. */
function unused(credit: CreditState): CreditState {
  const { activatedAt: _activated, expiredAt: _expired, revokedAt: _revoked, ...facts } = credit;
  return {
    ...facts,
    assignment: null,
    assignmentsMade: 0,
    azureSubscription: null,
    endedRedemptions: [],
    period: null,
    lapses: [],
    totals: { grantedCents: 0, consumedCents: 0, lapsedCents: 0, payAsYouGoCents: 0 },
  };
}

/** The redemption behind a link, as JSON. @throws RefusalError NotFound, LinkNoLongerValid */
export async function getRedemption(runtime: Runtime, token: string, now: Instant) {
  const target = readLink(runtime.config.linkSigningKeys, token);
  return redemptionView(runtime, await readOpen(runtime, target, now));
}

/** An assigned credit, settled, as its holder is answered it in JSON. */
export async function redemptionView(runtime: Runtime, state: CreditState) {
  const { holderSteps, offerUrl } = offerOf(await catalogueOf(runtime), state.kind);
  const { email, displayName, redeemedAt } = state.assignment!;
  const { azureSubscription, currency } = state;
  const status = creditStatus(state);
  return {
    benefit: {
      kind: state.kind,
      name: state.name,
      amount: formatMoney(state.amountCents, currency),
    },
    assignedTo: { email, displayName },
    steps: [...holderSteps],
    offerUrl,
    status: status === 'available' ? ('assigned' as const) : status,
    redeemBy: state.redeemBy,
    expiresAt: formatInstant(endedAt(state) ?? expiresAt(state)),
    ...(redeemedAt === undefined ? {} : { redeemedAt: formatInstant(redeemedAt) }),
    ...(azureSubscription
      ? {
          azureSubscriptionId: azureSubscription.id,
          spendingLimit: azureSubscription.spendingLimit,
          balance: formatMoney(remainingCents(state), currency),
        }
      : {}),
  };
}

/** The page of a link. @throws RefusalError NotFound */
export async function viewRedemption(
  runtime: Runtime,
  token: string,
  now: Instant,
): Promise<RedemptionView> {
  const target = readLink(runtime.config.linkSigningKeys, token);
  const { state } = settle((await readTarget(runtime, target)).value, now);
  const standing = linkStanding(state, target, now);
  return standing === 'open' ? pageOf(runtime, state) : { kind: standing };
}

/** The page of an assigned credit, settled; `justNow` is what this very request has done. */
export async function pageOf(
  runtime: Runtime,
  state: CreditState,
  justNow?: 'redeemed' | 'converted',
): Promise<RedemptionView> {
  const { email, displayName, redeemedAt } = state.assignment!;
  const credit = {
    name: state.name,
    amount: formatMoney(state.amountCents, state.currency),
    monthly: isMonthly(state.kind),
    assignedTo: { displayName, email },
  };
  const ended = endedAt(state);
  if (redeemedAt !== undefined && state.azureSubscription)
    return {
      kind: 'redeemed',
      credit,
      justNow,
      ended: ended !== undefined,
      azureSubscriptionId: state.azureSubscription.id,
      redeemedAt,
      balance: formatMoney(remainingCents(state), state.currency),
      endsAt: ended === undefined ? expiryDate(state) : dateOf(ended),
      conversion: conversionOf(state.azureSubscription, ended),
    };
  const { holderSteps, offerUrl } = offerOf(await catalogueOf(runtime), state.kind);
  return {
    kind: 'open',
    credit,
    steps: holderSteps,
    offerUrl,
    redeemBy: expiryDate(state),
  };
}

/** How the subscription stands to pay-as-you-go (CR-14). A link is open no longer than the conversion is possible. */
function conversionOf(
  { spendingLimit, state }: NonNullable<CreditState['azureSubscription']>,
  ended: Instant | undefined,
): Conversion {
  if (spendingLimit === 'off') return { standing: ended === undefined ? 'done' : 'goes-on' };
  if (ended !== undefined) return { standing: 'ended', before: dateOf(conversionEnd(ended)) };
  return { standing: state === 'disabled' ? state : 'running' };
}
