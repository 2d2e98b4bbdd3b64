/** What commands on a credit are refused with, in words, and the rules of sending an email again. */
import { expect, test } from 'vitest';
import { actionsOf } from '../../src/credits/actions.ts';
import { decide, type CreditCommand } from '../../src/credits/decide.ts';
import { capRefusal } from '../../src/credits/eligibility.ts';
import {
  removeLimitRefusal,
  resendRefusal,
  resendTooSoon,
  resentWithinDay,
  secondsUntil,
} from '../../src/credits/guards.ts';
import type { CreditState } from '../../src/credits/state.ts';
import { admin, at, creditOf } from './credit.ts';

type Credit = ReturnType<typeof creditOf>;

const refusal = ({ state }: Credit, now: string, command: CreditCommand) => {
  const decision = decide(state, command, at(now), admin);
  return 'refusal' in decision ? `${decision.refusal.code}: ${decision.refusal.message}` : 'ok';
};
const toBen = (expectedVersion?: number): CreditCommand => ({
  type: 'assign',
  assignmentId: 'next',
  userId: 'ben',
  email: 'ben@contoso.com',
  displayName: 'Ben',
  ...(expectedVersion === undefined ? {} : { expectedVersion }),
});
const held = (given: Parameters<typeof creditOf>[1] = {}) => {
  const credit = creditOf('2026-01-15', given);
  credit.assign('2026-01-16', 'ana');
  return credit;
};
const redeem = (assignmentId: string): CreditCommand => ({
  type: 'redeem',
  assignmentId,
  azureSubscriptionId: 's9',
});
const unassign = { type: 'unassign' } as const;
const revoke = { type: 'revoke' } as const;
const removeLimit = { type: 'remove-spending-limit' } as const;
const resend = { type: 'resend-mail', mailId: 'second' } as const;

test('CR-06 an assignment that is refused says why and what to do instead', () => {
  const credit = held();
  expect(refusal(credit, '2026-01-17', toBen())).toBe(
    'AlreadyAssigned: Another user holds this credit. To reassign it, read it and send its ETag in If-Match.',
  );
  expect(refusal(credit, '2026-01-17', toBen(1))).toBe(
    'PreconditionFailed: The credit has changed since you read it. Read it again and repeat the request with its new ETag.',
  );
  for (const user of ['b', 'c', 'd', 'e', 'f']) {
    expect(credit.assign('2026-01-17', user, credit.state.version)).toBe('ok');
  }
  expect(refusal(credit, '2026-01-17', toBen(credit.state.version))).toBe(
    'ReassignmentLimitReached: This credit has been reassigned 5 times, the most there can be. Assign another credit, or wait for the next membership year.',
  );
});

test('CR-07 a bulk credit stays, and the refusal says with whom and what else there is', () => {
  const stays =
    "ReassignmentNotAllowed: A credit of this kind stays with the user it was first assigned to. Renew the membership, and assign the new set's credit to somebody else.";
  const credit = held({ kind: 'azure-bulk' });
  expect(refusal(credit, '2026-01-17', toBen())).toBe(stays);
  expect(refusal(credit, '2026-01-17', unassign)).toBe(stays);
});

test('CR-09 a redemption that is refused says why', () => {
  const credit = held();
  expect(refusal(credit, '2026-01-17', redeem('old'))).toBe(
    'LinkNoLongerValid: This link is no longer valid: the credit was taken back or given to somebody else. Ask your administrator for a new one.',
  );
  credit.redeem('2026-01-17', 's1');
  expect(refusal(credit, '2026-01-17', redeem('ana-1'))).toBe(
    'AlreadyRedeemed: This credit is redeemed already. Use the Azure subscription that it was redeemed on.',
  );
});

test('CR-12 what is asked of a credit that has ended, or was withdrawn, is refused as such', () => {
  const ended = 'BenefitExpired: This credit has ended. Choose a credit that is still running.';
  const credit = held();
  for (const command of [toBen(), unassign, resend, redeem('ana-1'), removeLimit, revoke]) {
    expect(refusal(credit, '2027-01-15', command)).toBe(ended);
  }
  const withdrawn = creditOf('2026-01-15');
  withdrawn.send('2026-01-16', revoke);
  expect(refusal(withdrawn, '2026-01-17', toBen())).toBe(
    'BenefitExpired: This credit was withdrawn by the programme operator. Choose another credit.',
  );
});

test('CR-14 where there is no limit to remove the refusal says what to do', () => {
  const credit = held();
  expect(refusal(credit, '2026-01-17', removeLimit)).toBe(
    'NotAssigned: No Azure subscription uses this credit. Its user must redeem it before the spending limit can be removed.',
  );
  credit.redeem('2026-01-17', 's1');
  credit.settle('2027-01-15');
  expect(refusal(credit, '2027-04-14T23:59', removeLimit)).toBe('ok');
  expect(refusal(credit, '2027-04-15', removeLimit)).toBe(
    'BenefitExpired: This credit ended more than 90 days ago. Ask Azure support to convert the subscription to pay-as-you-go.',
  );
  expect(removeLimitRefusal(credit.state, at('2027-04-14T23:59'))).toBeUndefined();
});

test('PR-01 a credit that a user holds is not withdrawn', () => {
  expect(refusal(held(), '2026-01-17', revoke)).toBe(
    'AlreadyAssigned: A user holds this credit. Only an unassigned credit can be withdrawn.',
  );
});

test('CR-05 a user who holds a credit already is told of which, and of what to do', () => {
  const hold = { benefitId: 'other', kind: 'azure-bulk', until: at('2027-01-01') } as const;
  const message = (terms: 'mpn' | 'maicpp') =>
    capRefusal(terms, 'azure-bulk', [hold], 'this', at('2026-06-01'))?.message;
  expect(message('mpn')).toBe(
    'This user already holds an active credit, and these terms allow one of any kind. Choose another user, or wait until that credit ends.',
  );
  expect(message('maicpp')).toBe(
    'This user already holds an active azure-bulk credit, and these terms allow no second one. Choose another user, or wait until that credit ends.',
  );
});

test('CR-02 each action that is not allowed comes with its code and its words', () => {
  const credit = creditOf('2026-01-15');
  const actions = () => actionsOf(credit.state, at('2026-01-17'));
  const noHolder = {
    code: 'NotAssigned',
    message: 'No user holds this credit. Assign it to a user first.',
  };
  expect(actions()).toMatchObject([
    { name: 'assign', allowed: true, reasons: [] },
    { name: 'unassign', allowed: false, reasons: [noHolder] },
    { name: 'send-mail', allowed: false, reasons: [noHolder] },
    { name: 'redeem', allowed: false, reasons: [noHolder] },
    { name: 'remove-spending-limit', allowed: false, reasons: [{ code: 'NotAssigned' }] },
  ]);
  credit.assign('2026-01-16', 'ana');
  credit.redeem('2026-01-16', 's1');
  expect(actions().at(-1)).toEqual({ name: 'remove-spending-limit', allowed: true, reasons: [] });
  credit.send('2026-01-17', removeLimit);
  expect(actions().at(-1)).toEqual({
    name: 'remove-spending-limit',
    allowed: false,
    reasons: [
      {
        code: 'SpendingLimitRemoved',
        message: 'The spending limit is removed already. There is nothing to do.',
      },
    ],
  });
});

/** The credit with its email accepted, and sent again at these instants. */
function mailed(credit: Credit, resentAt: readonly string[]): CreditState {
  const { assignment } = credit.state;
  if (assignment === null) throw new Error('Nobody holds the credit');
  const mail = { id: 'latest', status: 'accepted' as const };
  return { ...credit.state, assignment: { ...assignment, mail, resentAt: resentAt.map(at) } };
}
const hours = (...times: string[]) => times.map((time) => `2026-01-17T${time}`);

test('CR-08 an email that still waits is not sent again, and a minute later is soon enough to ask', () => {
  expect(resendTooSoon(creditOf('2026-01-15').state, at('2026-01-17'))).toBeUndefined();
  expect(resendTooSoon(held().state, at('2026-01-17'))).toEqual({
    code: 'TooManyRequests',
    message:
      'The last email of this assignment is still waiting to be sent. It will go out as soon as possible.',
    retryAfterSeconds: 60,
  });
  expect(resendTooSoon(mailed(held(), []), at('2026-01-17'))).toBeUndefined();
});

test('CR-08 an email is sent again five times within a day, then when the first of them is a day old', () => {
  const five = hours('01:00', '02:00', '03:00', '04:00', '05:00');
  const now = at('2026-01-17T06:00');
  expect(resendTooSoon(mailed(held(), five.slice(1)), now)).toBeUndefined();
  expect(resendTooSoon(mailed(held(), five), now)).toEqual({
    code: 'TooManyRequests',
    message:
      'The email of this assignment was sent again 5 times within a day, the most there can be. Try again later.',
    retryAfterSeconds: 19 * 3_600,
  });
  expect(resendTooSoon(mailed(held(), five), at('2026-01-18T00:59'))).toMatchObject({
    retryAfterSeconds: 60,
  });
  expect(resendTooSoon(mailed(held(), five), at('2026-01-18T01:00'))).toBeUndefined();
});

test('CR-08 sending again keeps when it was, of the last day only, and waits again', () => {
  const state = mailed(held(), ['2026-01-16T05:59', '2026-01-16T06:00', '2026-01-16T06:01']);
  const decision = decide(state, resend, at('2026-01-17T06:00'), admin);
  expect(decision).toMatchObject({
    events: [],
    state: {
      assignment: {
        mail: { id: 'second', status: 'pending' },
        resentAt: [at('2026-01-16T06:01'), at('2026-01-17T06:00')],
      },
    },
  });
  const assignment = held().state.assignment;
  expect(assignment && resentWithinDay(assignment, at('2026-01-17'))).toEqual([]);
});

test('CR-08 there is nobody to send an email to once the holder is erased', () => {
  const credit = held();
  expect(resendRefusal(credit.state)).toBeUndefined();
  credit.send('2026-01-17', { type: 'erase-contact', userId: 'ana', linkId: 'x' });
  expect(resendRefusal(credit.state)).toEqual({
    code: 'NotAssigned',
    message:
      'The user who holds this credit was erased from the directory, so there is no address to send the email to.',
  });
  credit.settle('2027-01-15');
  expect(resendRefusal(credit.state)?.code).toBe('BenefitExpired');
});

test('CR-08 Retry-After is in whole seconds, rounded up, one at least', () => {
  const now = at('2026-01-17');
  expect(secondsUntil('2026-01-17T00:00:02.001Z', now)).toBe(3);
  expect(secondsUntil('2026-01-17T00:00:02.000Z', now)).toBe(2);
  expect(secondsUntil(now, now)).toBe(1);
  expect(secondsUntil('2026-01-16T00:00:00.000Z', now)).toBe(1);
});

test('CR-08 each word of an email moves its state forward, with when and what the service said', () => {
  const order = ['accepted', 'failed', 'delivered', 'bounced'] as const;
  const credit = held();
  const tell = (status: (typeof order)[number], detail?: string) =>
    credit.send('2026-01-17', {
      type: 'mail-progress',
      assignmentId: 'ana-1',
      mailId: 'ana-1',
      firstWord: false,
      status,
      ...(detail === undefined ? {} : { at: at('2026-01-17'), detail }),
    });
  for (const [index, status] of order.entries()) {
    tell(status, `word ${index}`);
    expect(credit.state.assignment?.mail).toEqual({
      status,
      at: at('2026-01-17'),
      detail: `word ${index}`,
    });
    const before = credit.state;
    for (const earlier of order.slice(0, index + 1)) tell(earlier);
    expect(credit.state).toBe(before);
  }
});

test('CR-08 the first word of an email is written down, of a failure it is not', () => {
  const credit = held();
  const tell = (status: 'failed' | 'accepted', assignmentId = 'ana-1') =>
    credit.send('2026-01-17', {
      type: 'mail-progress',
      assignmentId,
      mailId: 'earlier',
      firstWord: true,
      status,
    });
  tell('failed');
  tell('accepted', 'another');
  expect(credit.entries(3)).toEqual([]);
  tell('accepted');
  expect(credit.ledger.at(-1)).toMatchObject({
    type: 'mail-sent',
    assignmentId: 'ana-1',
    userId: 'ana',
  });
  expect(credit.state.assignment?.mail).toEqual({ status: 'pending' });
});

test('PR-01 a correction that changes nothing is none, and a name alone leaves the link', () => {
  const credit = held();
  const before = credit.state;
  const contact = { email: 'ana@contoso.com', displayName: 'ana', linkId: 'second' };
  credit.send('2026-01-17', { type: 'update-contact', userId: 'ana', ...contact });
  expect(credit.state).toBe(before);
  credit.send('2026-01-17', {
    type: 'update-contact',
    userId: 'ana',
    ...contact,
    displayName: 'Ana',
  });
  expect(credit.state.assignment).toEqual({ ...before.assignment, displayName: 'Ana' });
  const nobodys = creditOf('2026-01-15');
  nobodys.send('2026-01-17', { type: 'erase-contact', userId: 'ana', linkId: 'x' });
  expect(nobodys.state.version).toBe(1);
});

test('CR-13 no subscription is disabled twice, nor one enabled that was not disabled', () => {
  const credit = held();
  credit.redeem('2026-01-16', 's1');
  credit.use('2026-01-17', 10_000);
  const { length } = credit.ledger;
  expect(credit.use('2026-01-17', 1)).toBe('InsufficientCredit');
  expect(credit.ledger).toHaveLength(length);
  const active = held();
  active.redeem('2026-01-16', 's1');
  active.send('2026-01-17', removeLimit);
  expect(active.ledger.at(-1)).toMatchObject({
    type: 'spending-limit-removed',
    azureSubscriptionId: 's1',
    actor: admin,
  });
  const after = active.state;
  active.send('2026-01-17', removeLimit);
  expect(active.state).toBe(after);
});
