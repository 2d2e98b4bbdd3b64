/** Which actions a credit now allows, and for each that it does not, why (CR-02). */
import type { Instant } from '../platform/calendar.ts';
import { judgedAt } from '../platform/judged-at.ts';
import {
  assignRefusal,
  redeemRefusal,
  removeLimitRefusal,
  resendRefusal,
  unassignedRefusal,
  unassignRefusal,
} from './guards.ts';
import type { CreditState } from './state.ts';

export type CreditActionName =
  'assign' | 'unassign' | 'send-mail' | 'redeem' | 'remove-spending-limit';

/** A refusal code of the contract, or `SpendingLimitRemoved`. */
type Reason = { code: string; message: string };

export type CreditAction = { name: CreditActionName; allowed: boolean; reasons: Reason[] };

/**
 * The actions on a credit settled to `now`, judged by the very guards that the commands are refused by. `assign`
 * means to another user than the present holder; `redeem` is the assigned user's to do.
 */
export function actionsOf(state: CreditState, now: Instant): CreditAction[] {
  const unassigned = unassignedRefusal(state);
  const at = judgedAt(now, state.lastAt);
  return [
    action('assign', assignRefusal(state, anotherUser, true)),
    action('unassign', unassigned ?? unassignRefusal(state)),
    action('send-mail', resendRefusal(state)),
    action('redeem', state.assignment ? redeemRefusal(state, state.assignment.id) : unassigned),
    action('remove-spending-limit', removeLimitRefusal(state, at) ?? limitIsOff(state)),
  ];
}

/** No user's id, so never the holder's. */
const anotherUser = '';

/** The command would be no refusal, for what it asks is so already, but there is nothing left to do. */
function limitIsOff(state: CreditState): Reason | undefined {
  return state.azureSubscription?.spendingLimit === 'off'
    ? {
        code: 'SpendingLimitRemoved',
        message: 'The spending limit is removed already. There is nothing to do.',
      }
    : undefined;
}

function action(name: CreditActionName, reason: Reason | undefined): CreditAction {
  return {
    name,
    allowed: reason === undefined,
    reasons: reason === undefined ? [] : [{ code: reason.code, message: reason.message }],
  };
}
