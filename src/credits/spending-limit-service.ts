/**
 * Converting to pay-as-you-go, which is removing the spending limit (CR-14): the partner's administrators can, and so
 * can the holder by the mail's link.
 */
import type { Instant } from '../platform/calendar.ts';
import { execute, type Plan } from '../platform/command.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import type { Actor } from '../platform/identity.ts';
import { RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import { decideOn } from './assignment-service.ts';
import { getCredit } from './load.ts';
import { readLink } from './link-token.ts';
import type { RedemptionView } from './redemption-page.ts';
import {
  linkStanding,
  noLongerValid,
  pageOf,
  readAsDone,
  readTarget,
  redemptionView,
  viewRedemption,
} from './redemption-view.ts';
import { replaceCredit } from './rows.ts';
import { settle } from './settle.ts';
import type { CreditState } from './state.ts';

/**
 * Removes the spending limit of a redeemed credit's subscription. Removing what is removed changes nothing.
 * @throws RefusalError NotFound, NotAssigned (not redeemed), BenefitExpired (90 days after the end), PreconditionFailed,
 * ConcurrentChange
 */
export async function removeSpendingLimit(
  call: CommandCall,
  partnerId: string,
  benefitId: string,
): Promise<CreditState> {
  return remove(
    call,
    { partnerId, benefitId },
    () => call.actor,
    () => getCredit(call.runtime, partnerId, benefitId, call.now),
  );
}

type LinkCall = Pick<CommandCall, 'runtime' | 'now' | 'repeatability'>;

/**
 * Removes it for the holder, by the link, and answers the redemption.
 * @throws RefusalError NotFound, LinkNoLongerValid, NotAssigned (not redeemed), ConcurrentChange
 */
export async function removeSpendingLimitByLink(call: LinkCall, token: string) {
  return redemptionView(call.runtime, await removeByLink(call, token));
}

/** Removes it from the page's form, whose box must be ticked. @throws RefusalError as by link, but for a dead link */
export async function convertFromPage(
  runtime: Runtime,
  token: string,
  confirmed: boolean,
  now: Instant,
): Promise<RedemptionView> {
  if (!confirmed) {
    const view = await viewRedemption(runtime, token, now);
    return view.kind === 'redeemed' && view.conversion
      ? { ...view, conversion: { ...view.conversion, unconfirmed: true } }
      : view;
  }
  try {
    const call = { runtime, now, repeatability: undefined };
    return await pageOf(runtime, await removeByLink(call, token), 'converted');
  } catch (error) {
    // A link that died or ran out meanwhile has a page of its own, which tells the two apart.
    if (error instanceof RefusalError && error.refusal.code === 'LinkNoLongerValid')
      return viewRedemption(runtime, token, now);
    throw error;
  }
}

async function removeByLink(call: LinkCall, token: string): Promise<CreditState> {
  const { runtime, now } = call;
  const target = readLink(runtime.config.linkSigningKeys, token);
  const holder = (state: CreditState, at: Instant): Actor => {
    if (linkStanding(state, target, at) !== 'open') throw noLongerValid();
    return { type: 'holder', id: state.assignment!.userId };
  };
  return remove({ ...call, ifMatch: undefined }, target, holder, (assignmentId) =>
    readAsDone(runtime, target, assignmentId, now),
  );
}

/**
 * `actorOf` tells who removes it, given the credit settled, or refuses; `repeat` is told of which assignment it was
 * removed.
 */
function remove(
  call: LinkCall & Pick<CommandCall, 'ifMatch'>,
  target: { partnerId: string; benefitId: string },
  actorOf: (state: CreditState, now: Instant) => Actor,
  repeat: (assignmentId: string | undefined) => Promise<CreditState>,
): Promise<CreditState> {
  const { runtime, ifMatch, repeatability } = call;
  return execute(runtime, {
    partnerId: target.partnerId,
    repeatability,
    load: () => readTarget(runtime, target),
    sameAim: (first, again) =>
      first.value.azureSubscription?.id === again.value.azureSubscription?.id,
    decide(credit, now): Plan<CreditState> {
      const actor = actorOf(settle(credit.value, now).state, now);
      const evolved = decideOn({ now, actor, ifMatch }, credit.value, {
        type: 'remove-spending-limit',
      });
      const { state, events } = evolved;
      const answer = { result: state, ...resourceOf(state) };
      if (!events.some(({ type }) => type === 'spending-limit-removed'))
        return { ...answer, writes: [] };
      return { ...answer, ...replaceCredit(credit, evolved) };
    },
    repeat,
  });
}

const resourceOf = ({ assignment }: CreditState) =>
  assignment ? { resourceId: assignment.id } : {};
