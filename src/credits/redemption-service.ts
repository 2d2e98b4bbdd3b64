/**
 * Redeeming a credit by the mail's link (CR-08, CR-09). The link is the sign-in: it lets its bearer see and redeem one
 * assignment and nothing else (PR-05). Reading never redeems: mail scanners open links.
 */
import { holdsWrite, readUserRow } from '../partners/directory.ts';
import type { Instant } from '../platform/calendar.ts';
import {
  claim,
  endAttempts,
  readClaim,
  releaseClaim,
  type Claim,
  type Claimed,
  type Standing,
} from '../platform/claims.ts';
import { execute } from '../platform/command.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { newId } from '../platform/ids.ts';
import { judgedAt } from '../platform/judged-at.ts';
import { refuse, RefusalError, statusOf } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import { decideOn } from './assignment-service.ts';
import { redeemRefusal } from './guards.ts';
import { readLink } from './link-token.ts';
import { subscriptionIdProblem, type FormProblem, type RedemptionView } from './redemption-page.ts';
import {
  linkStanding,
  noLongerValid,
  pageOf,
  readAsDone,
  readTarget,
  redemptionView,
  viewRedemption,
} from './redemption-view.ts';
import { benefitRow, readCredit, readEvents, replaceCredit } from './rows.ts';
import { settle } from './settle.ts';
import { expiresAt, type CreditState } from './state.ts';

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
  const { runtime } = call;
  const target = readLink(runtime.config.linkSigningKeys, token);
  const { partnerId, benefitId } = target;
  const claimant = { partnerId, holderId: `${benefitId}/${newId()}`, azureSubscriptionId };
  const claims: Claimed[] = [];
  /** The credit's ETags that commits of this command are conditional on. */
  const bases = new Set<string>();
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: async () => {
      const credit = await readTarget(runtime, target);
      const userId = credit.value.assignment?.userId;
      const holder = userId ? await readUserRow(runtime, partnerId, userId) : undefined;
      return { credit, holder };
    },
    decide({ credit, holder }, present) {
      const now = judgedAt(present, credit.value.lastAt, holder?.value.holdsAt);
      const before = settle(credit.value, now).state;
      if (linkStanding(before, target, now) !== 'open') throw noLongerValid();
      const { id: assignmentId, userId, email } = before.assignment!;
      // The holder's address was changed or erased, and this credit has not followed yet.
      if (holder && holder.value.email !== email) throw noLongerValid();
      const actor = { type: 'holder' as const, id: userId };
      const evolved = decideOn({ now, actor, ifMatch: undefined }, credit.value, {
        type: 'redeem',
        assignmentId,
        azureSubscriptionId,
      });
      const { state } = evolved;
      bases.add(credit.etag);
      const hold = { benefitId, kind: state.kind, until: expiresAt(state) };
      const { writes, due } = replaceCredit(credit, evolved);
      return {
        result: state,
        resourceId: assignmentId,
        due,
        writes: [...writes, ...(holder ? [holdsWrite(holder, benefitId, hold, now)] : [])],
        ahead: [
          async () => {
            claims.push(await claimSubscription(runtime, claimant, assignmentId));
          },
        ],
        undo: () => giveBack(runtime, claimant, claims, bases),
      };
    },
    repeat: (assignmentId) => readAsDone(runtime, target, assignmentId, call.now),
  });
}

/** Who claims which subscription: an attempt of a credit, since a credit can be redeemed again after a removal. */
type Claimant = Omit<Claim, 'claimedAt'> & { azureSubscriptionId: string };

const benefitOf = (holder: Pick<Claim, 'holderId'>) => holder.holderId.split('/')[0] ?? '';

/** Claims the subscription. @throws RefusalError SubscriptionAlreadyUsed, AlreadyRedeemed, ConcurrentChange */
async function claimSubscription(
  runtime: Runtime,
  claimant: Claimant,
  assignmentId: string,
): Promise<Claimed> {
  const { azureSubscriptionId, ...holder } = claimant;
  const outcome = await claim(
    runtime,
    'azure-subscription',
    azureSubscriptionId,
    holder,
    (other, stalled) => standingOf(runtime, claimant, other, stalled),
  );
  if (typeof outcome === 'object') return outcome;
  // Of the same redemption sent twice at once one is carried out, and the other is told that it was.
  const credit = await readCredit(runtime, holder.partnerId, benefitOf(holder));
  const again = credit && redeemRefusal(credit.value, assignmentId);
  if (again?.code === 'AlreadyRedeemed') throw new RefusalError(again);
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

/**
 * Gives back the claims of a redemption that is not to come. Where the credit has been written since, its commits cannot
 * land any more; where it has not, it is made so.
 */
async function giveBack(
  runtime: Runtime,
  claimant: Claimant,
  claims: readonly Claimed[],
  bases: ReadonlySet<string>,
): Promise<void> {
  if (claims.length === 0) return;
  const standing = await endAttempts(runtime, claimant.partnerId, async () => {
    const holder = await holderOf(runtime, claimant, claimant.azureSubscriptionId);
    const lands = holder !== 'has-it' && bases.has(holder.fence?.etag ?? '');
    return holder === 'has-it' || lands ? holder : { fence: undefined };
  });
  if (standing === 'abandoned')
    await Promise.all(claims.map((claimed) => releaseClaim(runtime, claimed)));
}

/** The credit behind a claim: whether it was redeemed on the subscription, and the write that keeps it from being so. */
async function holderOf(
  runtime: Runtime,
  holder: Pick<Claim, 'partnerId' | 'holderId'>,
  azureSubscriptionId: string,
): Promise<'has-it' | { fence: { op: 'touch'; rowKey: string; etag: string } | undefined }> {
  const benefitId = benefitOf(holder);
  const credit = await readCredit(runtime, holder.partnerId, benefitId);
  if (!credit) return { fence: undefined };
  if (await wasRedeemedOn(runtime, credit.value, azureSubscriptionId)) return 'has-it';
  return { fence: { op: 'touch', rowKey: benefitRow(benefitId), etag: credit.etag } };
}

const pauses = [100, 200, 400];

/**
 * What stands behind another attempt's claim. A redemption under way is given a moment to come to its end; one that
 * has stalled for a minute (after that moment, where it is the same credit's) is made to fail before it is called
 * abandoned.
 */
async function standingOf(
  runtime: Runtime,
  { azureSubscriptionId, ...claimant }: Claimant,
  other: Claim,
  stalled: boolean,
): Promise<Standing> {
  const look = () => holderOf(runtime, other, azureSubscriptionId);
  if (!stalled) {
    for (const pause of pauses) {
      const holder = await look();
      if (holder === 'has-it') return 'held';
      if (!holder.fence) return 'abandoned';
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    if (benefitOf(other) !== benefitOf(claimant))
      return (await look()) === 'has-it' ? 'held' : 'under-way';
  }
  return endAttempts(runtime, other.partnerId, look);
}

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
  for (let attempt = 0; attempt < triesToDelete; attempt += 1) {
    const found = await readClaim(runtime, 'azure-subscription', azureSubscriptionId);
    if (!found) return;
    const { partnerId } = found.claim;
    const standing = await endAttempts(runtime, partnerId, () =>
      holderOf(runtime, found.claim, azureSubscriptionId),
    );
    if (standing === 'held')
      throw new RefusalError(
        refuse(
          'SubscriptionAlreadyUsed',
          'A credit was redeemed on this Azure subscription: its claim stays for ever.',
        ),
      );
    // Whoever has claimed it since is looked at in turn.
    if (standing === 'abandoned' && (await releaseClaim(runtime, found))) return;
  }
  throw new RefusalError(
    refuse('ConcurrentChange', 'A redemption on it is under way. Try again in a minute.'),
  );
}

const triesToDelete = 3;

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
    return await pageOf(runtime, await redeem(call, token, typed.toLowerCase()), 'redeemed');
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
