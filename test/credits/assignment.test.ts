import { expect, test } from 'vitest';
import { actionsOf } from '../../src/credits/actions.ts';
import { balanceAt, balanceOf } from '../../src/credits/balance.ts';
import { decide } from '../../src/credits/decide.ts';
import { capRefusal } from '../../src/credits/eligibility.ts';
import { assignmentsOf } from '../../src/credits/history.ts';
import { creditStatus, reassignmentsOf } from '../../src/credits/state.ts';
import { creditKinds } from '../../src/credits/terms.ts';
import { admin, at, creditOf } from './credit.ts';

const allowed = (credit: ReturnType<typeof creditOf>, now: string) =>
  actionsOf(credit.state, at(now)).map(
    ({ name, reasons }) => `${name}: ${reasons.map(({ code }) => code).join() || 'allowed'}`,
  );

test('CR-03 a credit is assigned to one user, with the copy of name and address and a mail to come', () => {
  const credit = creditOf('2026-01-15');
  expect(creditStatus(credit.state)).toBe('available');
  expect(credit.assign('2026-01-16', 'ana')).toBe('ok');
  expect(creditStatus(credit.state)).toBe('assigned');
  expect(credit.state.assignment).toMatchObject({
    userId: 'ana',
    email: 'ana@contoso.com',
    displayName: 'ana',
    mail: { status: 'pending' },
  });
});

test('CR-16 no event holds a name or an address', () => {
  const credit = creditOf('2026-01-15');
  credit.assign('2026-01-16', 'ana');
  expect(JSON.stringify(credit.ledger)).not.toContain('contoso');
});

test('CR-03 naming the present holder again changes nothing', () => {
  const credit = creditOf('2026-01-15');
  credit.assign('2026-01-16', 'ana');
  const before = credit.state;
  expect(credit.assign('2026-01-17', 'ana')).toBe('ok');
  expect(credit.state).toBe(before);
});

test('CR-06 another holder needs the version that was read', () => {
  const credit = creditOf('2026-01-15');
  credit.assign('2026-01-16', 'ana');
  const { version } = credit.state;
  expect(credit.assign('2026-01-17', 'ben')).toBe('AlreadyAssigned');
  expect(credit.assign('2026-01-17', 'ben', version - 1)).toBe('PreconditionFailed');
  expect(credit.assign('2026-01-17', 'ben', version)).toBe('ok');
  expect(credit.entries(2)).toEqual(['assigned', 'unassigned', 'assigned']);
  expect(reassignmentsOf(credit.state)).toEqual({ used: 1, limit: 5, remaining: 4 });
});

test('CR-15 time raises the version too, so that a state read before a month ended is stale', () => {
  const credit = creditOf('2026-01-15');
  credit.assign('2026-01-16', 'ana');
  credit.redeem('2026-01-16', 's1');
  const { version } = credit.state;
  expect(credit.assign('2026-02-01', 'ben', version)).toBe('PreconditionFailed');
  expect(credit.assign('2026-01-31T23:59', 'ben', version)).toBe('ok');
});

test('CR-06 a sixth reassignment is refused, removing at the cap is not', () => {
  const credit = creditOf('2026-01-15');
  for (const user of ['ana', 'ben', 'cy', 'dee', 'eli', 'fay']) {
    expect(credit.send('2026-01-16', { type: 'unassign' })).toBe('ok');
    expect(credit.assign('2026-01-16', user)).toBe('ok');
  }
  expect(reassignmentsOf(credit.state)).toEqual({ used: 5, limit: 5, remaining: 0 });
  expect(credit.assign('2026-01-17', 'gus', credit.state.version)).toBe('ReassignmentLimitReached');
  expect(credit.assign('2026-01-17', 'gus')).toBe('ReassignmentLimitReached');
  expect(credit.assign('2026-01-17', 'fay')).toBe('ok');
  expect(allowed(credit, '2026-01-17')).toContain('assign: ReassignmentLimitReached');
  expect(allowed(credit, '2026-01-17')).toContain('unassign: allowed');
  expect(credit.send('2026-01-17', { type: 'unassign' })).toBe('ok');
  expect(credit.assign('2026-01-17', 'fay')).toBe('ReassignmentLimitReached');
});

test.each(creditKinds.filter((kind) => kind !== 'azure-monthly'))(
  'CR-07 a %s credit is neither reassigned nor removed',
  (kind) => {
    const credit = creditOf('2026-01-15', { kind });
    expect(credit.send('2026-01-16', { type: 'unassign' })).toBe('ok');
    credit.assign('2026-01-16', 'ana');
    const { version } = credit.state;
    expect(credit.assign('2026-01-17', 'ben', version - 1)).toBe('PreconditionFailed');
    expect(credit.assign('2026-01-17', 'ben', version)).toBe('ReassignmentNotAllowed');
    expect(credit.assign('2026-01-17', 'ben')).toBe('ReassignmentNotAllowed');
    expect(credit.send('2026-01-17', { type: 'unassign' })).toBe('ReassignmentNotAllowed');
    expect(reassignmentsOf(credit.state)).toEqual({ used: 0, limit: 0, remaining: 0 });
    expect(allowed(credit, '2026-01-17')).toEqual([
      'assign: ReassignmentNotAllowed',
      'unassign: ReassignmentNotAllowed',
      'send-mail: allowed',
      'redeem: allowed',
      'remove-spending-limit: NotAssigned',
    ]);
  },
);

test('CR-02 actions of an available, a converted and an ended credit', () => {
  const credit = creditOf('2026-01-15');
  expect(allowed(credit, '2026-01-15')).toEqual([
    'assign: allowed',
    'unassign: NotAssigned',
    'send-mail: NotAssigned',
    'redeem: NotAssigned',
    'remove-spending-limit: NotAssigned',
  ]);
  credit.assign('2026-01-16', 'ana');
  credit.redeem('2026-01-16', 's1');
  credit.send('2026-01-17', { type: 'remove-spending-limit' });
  expect(allowed(credit, '2026-01-17').slice(3)).toEqual([
    'redeem: AlreadyRedeemed',
    'remove-spending-limit: SpendingLimitRemoved',
  ]);
  credit.settle('2027-01-15');
  expect(allowed(credit, '2027-01-15').slice(0, 4)).toEqual([
    'assign: BenefitExpired',
    'unassign: BenefitExpired',
    'send-mail: BenefitExpired',
    'redeem: BenefitExpired',
  ]);
});

test('CR-08 the mail moves forward only, is written down once and never raises the version', () => {
  const credit = creditOf('2026-01-15');
  credit.assign('2026-01-16', 'ana');
  const { version } = credit.state;
  const assignmentId = credit.state.assignment?.id ?? '';
  const mail = (status: 'accepted' | 'delivered' | 'bounced', mailId: string, firstWord: boolean) =>
    credit.send('2026-01-17', {
      type: 'mail-progress',
      assignmentId,
      mailId,
      firstWord,
      status,
      at: at('2026-01-17'),
    });
  mail('delivered', assignmentId, true);
  mail('accepted', assignmentId, false);
  expect(credit.state.assignment?.mail).toEqual({ status: 'delivered', at: at('2026-01-17') });
  mail('bounced', assignmentId, false);
  mail('delivered', assignmentId, false);
  expect(credit.state.assignment?.mail.status).toBe('bounced');
  expect(credit.entries(3)).toEqual(['mail-sent']);
  expect(credit.send('2026-01-18', { type: 'resend-mail', mailId: 'second' })).toBe('ok');
  expect(credit.state.assignment?.mail).toEqual({ id: 'second', status: 'pending' });
  // A late report of the first mail says nothing of the second.
  mail('bounced', assignmentId, false);
  expect(credit.state.assignment?.mail.status).toBe('pending');
  mail('accepted', 'second', true);
  expect(credit.entries(3)).toEqual(['mail-sent', 'mail-sent']);
  expect(credit.state).toMatchObject({ version, sequence: 4 });
  expect(
    credit.send('2026-01-18', {
      type: 'mail-progress',
      assignmentId: 'old',
      mailId: 'old',
      firstWord: true,
      status: 'failed',
    }),
  ).toBe('ok');
  expect(credit.state.assignment?.mail.status).toBe('accepted');
});

test('CR-08 there is no mail to send again without an assignment, and none failed was sent', () => {
  const credit = creditOf('2026-01-15');
  expect(credit.send('2026-01-16', { type: 'resend-mail', mailId: 'second' })).toBe('NotAssigned');
  credit.assign('2026-01-16', 'ana');
  const assignmentId = credit.state.assignment?.id ?? '';
  credit.send('2026-01-16', {
    type: 'mail-progress',
    assignmentId,
    mailId: assignmentId,
    firstWord: true,
    status: 'failed',
    detail: 'x',
  });
  expect(credit.state.assignment?.mail).toEqual({ status: 'failed', detail: 'x' });
  expect(credit.entries(3)).toEqual([]);
});

test('CR-09 an assignment is redeemed once, by its own link, and its month granted', () => {
  const credit = creditOf('2026-01-15');
  expect(credit.redeem('2026-01-16', 's1')).toBe('LinkNoLongerValid');
  credit.assign('2026-01-16', 'ana');
  const old = credit.state.assignment?.id ?? '';
  expect(credit.redeem('2026-01-17', 's1')).toBe('ok');
  expect(creditStatus(credit.state)).toBe('redeemed');
  expect(credit.state.azureSubscription).toEqual({
    id: 's1',
    spendingLimit: 'on',
    state: 'active',
  });
  expect(credit.redeem('2026-01-18', 's2')).toBe('AlreadyRedeemed');
  credit.assign('2026-01-18', 'ben', credit.state.version);
  expect(
    credit.send('2026-01-19', { type: 'redeem', assignmentId: old, azureSubscriptionId: 's2' }),
  ).toBe('LinkNoLongerValid');
});

test('CR-12 a credit never redeemed can be redeemed until its first end only', () => {
  const credit = creditOf('2026-01-15');
  credit.send('2026-06-01', { type: 'extend-membership', membershipEnd: '2028-01-15' });
  credit.assign('2026-06-02', 'ana');
  const link = credit.state;
  expect(credit.redeem('2027-01-15', 's1')).toBe('BenefitExpired');
  expect(credit.assign('2027-01-15', 'ana')).toBe('BenefitExpired');
  expect(credit.redeem('2027-01-14T23:59', 's1')).toBe('ok');
  const late = decide(
    link,
    { type: 'redeem', assignmentId: link.assignment?.id ?? '', azureSubscriptionId: 's' },
    at('2027-01-15'),
    admin,
  );
  expect(late).toMatchObject({ refusal: { code: 'BenefitExpired' } });
});

test('PR-01 an unassigned credit can be revoked for good; what was left of it lapses', () => {
  const credit = creditOf('2026-01-15');
  credit.assign('2026-01-15', 'ana');
  expect(credit.send('2026-01-16', { type: 'revoke' })).toBe('AlreadyAssigned');
  credit.redeem('2026-01-16', 's1');
  credit.use('2026-01-16T10:00', 4_000);
  credit.send('2026-01-17', { type: 'unassign' });
  expect(credit.send('2026-01-18', { type: 'revoke' })).toBe('ok');
  expect(credit.entries().slice(-2)).toEqual(['lapsed 6000 2026-01', 'revoked']);
  expect(creditStatus(credit.state)).toBe('expired');
  expect(balanceOf(credit.state, at('2026-01-18')).period).toBeNull();
  expect(balanceAt(credit.ledger, at('2026-01-18')).period).toBeNull();
  expect(credit.send('2026-01-18', { type: 'revoke' })).toBe('ok');
  expect(credit.assign('2026-01-18', 'ben')).toBe('BenefitExpired');
  expect(credit.use('2026-01-20', 1_000, '2026-01-16T11:00')).toBe('accepted');
  expect(credit.send('2027-02-01', { type: 'revoke' })).toBe('ok');
  expect(credit.entries().slice(-2)).toEqual(['consumed 1000 2026-01', 'lapsed -1000 2026-01']);
});

test('PR-01 corrections of the directory reach the holder only and raise the version', () => {
  const credit = creditOf('2026-01-15');
  credit.assign('2026-01-16', 'ana');
  const { version, sequence } = credit.state;
  const contact = { email: 'anna@contoso.com', displayName: 'Anna', linkId: 'second' };
  credit.send('2026-01-17', { type: 'update-contact', userId: 'ben', ...contact });
  expect(credit.state.version).toBe(version);
  credit.send('2026-01-17', { type: 'update-contact', userId: 'ana', ...contact });
  expect(credit.state).toMatchObject({ assignment: contact, version: version + 1, sequence });
  // A name is no address: links stay as they are.
  const renamed = { ...contact, displayName: 'Anna Adams', linkId: 'third' };
  credit.send('2026-01-17', { type: 'update-contact', userId: 'ana', ...renamed });
  expect(credit.state.assignment?.linkId).toBe('second');
  credit.send('2026-01-17', { type: 'erase-contact', userId: 'ana', linkId: 'fourth' });
  expect(credit.state).toMatchObject({
    assignment: { userId: 'ana', email: '', displayName: '', linkId: 'fourth' },
    version: version + 3,
  });
});

test('CR-16 the history of assignments says who had it from when to when, and who took it', () => {
  const credit = creditOf('2026-01-15');
  credit.assign('2026-01-16', 'ana');
  credit.redeem('2026-01-17', 's1');
  credit.assign('2026-01-18', 'ben', credit.state.version);
  expect(assignmentsOf(credit.ledger)).toEqual([
    {
      id: 'ana-1',
      userId: 'ana',
      assignedAt: at('2026-01-16'),
      redeemedAt: at('2026-01-17'),
      azureSubscriptionId: 's1',
      removedAt: at('2026-01-18'),
      removedBy: admin,
    },
    { id: 'ben-2', userId: 'ben', assignedAt: at('2026-01-18') },
  ]);
});

const hold = (kind: (typeof creditKinds)[number], until = '2027-01-01') => ({
  benefitId: `other-${kind}`,
  kind,
  until: at(until),
});
const cap = (
  terms: 'mpn' | 'maicpp',
  kind: (typeof creditKinds)[number],
  holds: ReturnType<typeof hold>[],
) => capRefusal(terms, kind, holds, 'this', at('2026-06-01'))?.code ?? 'allowed';

test('CR-05 mpn: one active credit of any kind', () => {
  for (const kind of creditKinds) {
    expect(cap('mpn', kind, [])).toBe('allowed');
    for (const held of creditKinds) {
      expect(cap('mpn', kind, [hold(held)])).toBe('UserHasActiveCredit');
    }
  }
});

test('CR-05 maicpp: one monthly and one bulk side by side, the other kinds without a cap', () => {
  expect(cap('maicpp', 'azure-monthly', [hold('azure-bulk')])).toBe('allowed');
  expect(cap('maicpp', 'azure-bulk', [hold('azure-monthly')])).toBe('allowed');
  expect(cap('maicpp', 'azure-bulk', [hold('azure-bulk')])).toBe('UserHasActiveCredit');
  expect(cap('maicpp', 'azure-monthly', [hold('azure-monthly')])).toBe('UserHasActiveCredit');
  const many = [hold('copilot-for-security'), hold('copilot-for-security')];
  expect(cap('maicpp', 'copilot-for-security', many)).toBe('allowed');
});

test('CR-05 a hold that has ended, or that is of this very credit, does not count', () => {
  expect(cap('mpn', 'azure-bulk', [hold('azure-bulk', '2026-06-01')])).toBe('allowed');
  const own = { ...hold('azure-bulk'), benefitId: 'this' };
  expect(cap('mpn', 'azure-bulk', [own])).toBe('allowed');
});
