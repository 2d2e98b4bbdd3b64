/**
 * Redeeming a credit by the mail's link (CR-08, CR-09). The link is the sign-in: it lets its bearer see and redeem one
 * assignment and nothing else (PR-05). Reading never redeems: mail scanners open links.
 */
import { catalogueOf, offerOf } from '../partners/catalogue.ts';
import { holdsWrite, readUserRow } from '../partners/directory.ts';
import {
  addMilliseconds,
  formatInstant,
  millisecondsPerDay,
  type Instant,
} from '../platform/calendar.ts';
import { claim, releaseClaim, type Claim, type Standing } from '../platform/claims.ts';
import { execute } from '../platform/command.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { newId } from '../platform/ids.ts';
import { formatMoney } from '../platform/money.ts';
import { notFound, refuse, RefusalError, statusOf } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row } from '../platform/table-store.ts';
import { decideOn } from './assignment-service.ts';
import { readLink, type LinkTarget } from './link-token.ts';
import { subscriptionIdProblem, type FormProblem, type RedemptionView } from './redemption-page.ts';
import { benefitRow, readCredit, readEvents, replaceCredit } from './rows.ts';
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

/** Whether the link still opens anything, and if not, why. */
function linkStanding(state: CreditState, target: LinkTarget, now: Instant) {
  if (state.assignment?.id !== target.assignmentId) return 'dead';
  const ended = endedAt(state);
  if (ended === undefined) return 'open';
  // After its end a redeemed credit can be converted for a while (CR-14); one never redeemed has nothing to offer.
  const openUntil = isRedeemed(state)
    ? addMilliseconds(ended, conversionDays * millisecondsPerDay)
    : ended;
  return now < openUntil ? 'open' : 'expired';
}

function noLongerValid(): RefusalError {
  return new RefusalError(
    refuse(
      'LinkNoLongerValid',
      'This link is no longer valid: the credit was taken back, given to somebody else, or has ended. Ask your administrator.',
    ),
  );
}

async function readTarget(runtime: Runtime, target: LinkTarget): Promise<Row<CreditState>> {
  const credit = await readCredit(runtime, target.partnerId, target.benefitId);
  if (!credit) throw new RefusalError(notFound());
  return credit;
}

/** The redemption behind a link, as JSON. @throws RefusalError NotFound, LinkNoLongerValid */
export async function getRedemption(runtime: Runtime, token: string, now: Instant) {
  const target = await readLink(runtime.config.linkSigningKey, token);
  const { state } = settle((await readTarget(runtime, target)).value, now);
  if (linkStanding(state, target, now) !== 'open') throw noLongerValid();
  return redemptionView(runtime, state);
}

async function redemptionView(runtime: Runtime, state: CreditState) {
  const { holderSteps, offerUrl } = offerOf(await catalogueOf(runtime), state.kind);
  const { email, displayName, redeemedAt } = state.assignment!;
  const status = creditStatus(state);
  return {
    benefit: {
      kind: state.kind,
      name: state.name,
      amount: formatMoney(state.amountCents, state.currency),
    },
    assignedTo: { email, displayName },
    steps: [...holderSteps],
    offerUrl,
    status: status === 'available' ? ('assigned' as const) : status,
    redeemBy: state.redeemBy,
    ...(redeemedAt === undefined ? {} : { redeemedAt: formatInstant(redeemedAt) }),
    ...(state.azureSubscription ? { azureSubscriptionId: state.azureSubscription.id } : {}),
  };
}

/**
 * Redeems the link's assignment on a new Azure subscription, once (CR-09).
 * @throws RefusalError NotFound, LinkNoLongerValid, AlreadyRedeemed, SubscriptionAlreadyUsed, ConcurrentChange
 */
export async function redeemByLink(
  call: Pick<CommandCall, 'runtime' | 'now' | 'repeatability'>,
  token: string,
  azureSubscriptionId: string,
) {
  const state = await redeem(call, token, azureSubscriptionId);
  return redemptionView(call.runtime, state);
}

async function redeem(
  call: Pick<CommandCall, 'runtime' | 'now' | 'repeatability'>,
  token: string,
  azureSubscriptionId: string,
): Promise<CreditState> {
  const { runtime, now } = call;
  const target = await readLink(runtime.config.linkSigningKey, token);
  const { partnerId, benefitId, assignmentId } = target;
  // A claim belongs to one attempt: of two of the same holder, the one that fails must not give back the other's.
  const attempt = { partnerId, holderId: `${benefitId}/${newId()}` };
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: async () => {
      const credit = await readTarget(runtime, target);
      const userId = credit.value.assignment?.userId;
      const holder = userId ? await readUserRow(runtime, partnerId, userId) : undefined;
      return { credit, holder };
    },
    decide({ credit, holder }) {
      const before = settle(credit.value, now).state;
      if (linkStanding(before, target, now) !== 'open') throw noLongerValid();
      const actor = { type: 'holder' as const, id: before.assignment!.userId };
      const evolved = decideOn({ now, actor, ifMatch: undefined }, credit.value, {
        type: 'redeem',
        assignmentId,
        azureSubscriptionId,
      });
      const { state } = evolved;
      const hold = { benefitId, kind: state.kind, until: expiresAt(state) };
      return {
        result: state,
        resourceId: benefitId,
        writes: [
          ...replaceCredit(credit, evolved),
          ...(holder ? [holdsWrite(holder, benefitId, hold, now)] : []),
        ],
        ahead: [() => claimSubscription(runtime, azureSubscriptionId, attempt)],
        undo: () => releaseClaim(runtime, 'azure-subscription', azureSubscriptionId, attempt),
      };
    },
    repeat: async () => settle((await readTarget(runtime, target)).value, now).state,
  });
}

/** Claims the subscription for this attempt. @throws RefusalError SubscriptionAlreadyUsed, ConcurrentChange */
async function claimSubscription(
  runtime: Runtime,
  azureSubscriptionId: string,
  attempt: { partnerId: string; holderId: string },
): Promise<void> {
  const outcome = await claim(
    runtime,
    'azure-subscription',
    azureSubscriptionId,
    attempt,
    (other, stalled) => standingOf(runtime, azureSubscriptionId, attempt, other, stalled),
  );
  if (outcome === 'claimed') return;
  throw new RefusalError(
    outcome === 'held'
      ? refuse(
          'SubscriptionAlreadyUsed',
          'A credit was redeemed on this Azure subscription before. Create a new subscription by the offer link and use its id.',
          { target: 'azureSubscriptionId' },
        )
      : refuse(
          'ConcurrentChange',
          'Another redemption on this Azure subscription is under way. Try again in a minute.',
        ),
  );
}

const pauses = [100, 200, 400];

/**
 * What stands behind another attempt's claim. A redemption under way is given a moment to come to its end; one that
 * has stalled for a minute (at once, where it is the same credit's) is made to fail before it is called abandoned.
 */
async function standingOf(
  runtime: Runtime,
  azureSubscriptionId: string,
  attempt: Omit<Claim, 'claimedAt'>,
  other: Claim,
  stalled: boolean,
): Promise<Standing> {
  const benefitId = benefitOf(other);
  for (const pause of [...pauses, undefined]) {
    const credit = await readCredit(runtime, other.partnerId, benefitId);
    if (!credit) return 'abandoned';
    if (await wasRedeemedOn(runtime, credit.value, azureSubscriptionId)) return 'held';
    if (pause === undefined || stalled) {
      if (!stalled && benefitId !== benefitOf(attempt)) return 'under-way';
      const touch = { op: 'touch' as const, rowKey: benefitRow(benefitId), etag: credit.etag };
      const touched = await runtime.tables.write('partners', other.partnerId, touch, newId());
      return touched === 'committed' ? 'abandoned' : 'under-way';
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return 'under-way';
}

const benefitOf = (holder: Pick<Claim, 'holderId'>) => holder.holderId.split('/')[0] ?? '';

/** Whether the credit was ever redeemed on the subscription: now, or before it passed to another user. */
async function wasRedeemedOn(
  runtime: Runtime,
  credit: CreditState,
  azureSubscriptionId: string,
): Promise<boolean> {
  if (credit.azureSubscription?.id === azureSubscriptionId) return true;
  if (credit.activatedAt === undefined) return false;
  const events = await readEvents(runtime, credit.partnerId, credit.id);
  return events.some(
    (event) => event.type === 'redeemed' && event.azureSubscriptionId === azureSubscriptionId,
  );
}

/**
 * Gives back the claim on an Azure subscription of a redemption that never came (operators). A subscription that a
 * credit was redeemed on stays used for ever. Giving back what nobody claims changes nothing.
 * @throws RefusalError SubscriptionAlreadyUsed, ConcurrentChange
 */
export async function deleteClaim(runtime: Runtime, azureSubscriptionId: string): Promise<void> {
  const attempt = { partnerId: 'operator', holderId: `operator/${newId()}` };
  const outcome = await claim(
    runtime,
    'azure-subscription',
    azureSubscriptionId,
    attempt,
    (other) => standingOf(runtime, azureSubscriptionId, attempt, other, true),
  );
  if (outcome === 'held')
    throw new RefusalError(
      refuse(
        'SubscriptionAlreadyUsed',
        'A credit was redeemed on this Azure subscription: its claim stays for ever.',
      ),
    );
  if (outcome === 'under-way')
    throw new RefusalError(
      refuse('ConcurrentChange', 'A redemption on it is under way. Try again in a minute.'),
    );
  await releaseClaim(runtime, 'azure-subscription', azureSubscriptionId, attempt);
}

/** The page of a link. @throws RefusalError NotFound */
export async function viewRedemption(
  runtime: Runtime,
  token: string,
  now: Instant,
): Promise<RedemptionView> {
  const target = await readLink(runtime.config.linkSigningKey, token);
  const { state } = settle((await readTarget(runtime, target)).value, now);
  const standing = linkStanding(state, target, now);
  if (standing !== 'open') return { kind: standing };
  return pageOf(runtime, state);
}

async function pageOf(
  runtime: Runtime,
  state: CreditState,
  justNow = false,
): Promise<RedemptionView> {
  const { email, displayName, redeemedAt } = state.assignment!;
  const credit = {
    name: state.name,
    amount: formatMoney(state.amountCents, state.currency),
    monthly: isMonthly(state.kind),
    assignedTo: { displayName, email },
  };
  if (redeemedAt !== undefined && state.azureSubscription)
    return {
      kind: 'redeemed',
      credit,
      justNow,
      azureSubscriptionId: state.azureSubscription.id,
      redeemedAt,
      balance: formatMoney(remainingCents(state), state.currency),
      endsAt: expiryDate(state),
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

/** Redeems from the page's form; what is refused comes back as the page with the reason beside the field. */
export async function redeemFromPage(
  runtime: Runtime,
  token: string,
  typed: string,
  now: Instant,
): Promise<RedemptionView> {
  const problem = subscriptionIdProblem(typed);
  if (problem !== undefined) return openWith({ status: 400, message: problem, typed });
  try {
    const call = { runtime, now, repeatability: undefined };
    return await pageOf(runtime, await redeem(call, token, typed.toLowerCase()), true);
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    const { code, message } = error.refusal;
    // A link that died or ran out meanwhile has a page of its own, which tells the two apart.
    if (code === 'LinkNoLongerValid') return viewRedemption(runtime, token, now);
    if (statusOf[code] !== 409) throw error;
    return openWith({ status: 409, message, typed });
  }

  async function openWith(formProblem: FormProblem): Promise<RedemptionView> {
    const view = await viewRedemption(runtime, token, now);
    return view.kind === 'open' ? { ...view, problem: formProblem } : view;
  }
}
