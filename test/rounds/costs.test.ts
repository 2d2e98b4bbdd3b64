/**
 * What each operation asks of storage: how many requests, and how often they wait for one another. The same figures
 * stand in docs/performance.md, which is checked against them.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { assignmentNotice } from '../../src/credits/assignment-notice.ts';
import { readCredit } from '../../src/credits/rows.ts';
import { advance } from '../../src/notices/advance.ts';
import { newId } from '../../src/platform/ids.ts';
import { runtime } from '../../src/platform/runtime.ts';
import { takeAccount } from '../support/azurite.ts';
import { startInProcess, type CallOptions, type InProcessApp } from '../support/in-process.ts';
import { day, programme, type Programme } from '../support/programme.ts';
import { inWords, waitsInARow, type StorageRequest } from '../support/storage-requests.ts';

let app: InProcessApp;
let setup: Programme;
let document: string;

beforeAll(async () => {
  app = await startInProcess({ storage: await takeAccount(inject('storage')) });
  setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
  const text = await readFile(join(import.meta.dirname, '../../docs/performance.md'), 'utf8');
  document = text.replaceAll(/ +/g, ' ');
  // Clients are opened at their first use; what is measured here is every use after it.
  const { partnerId, admin } = await setup.partner();
  const { benefitIds } = await setup.membership(partnerId, 'launch');
  const userId = await setup.user(partnerId, 'first@contoso.com');
  const link = await setup.assigned(partnerId, admin, benefitIds[0]!, userId);
  await setup.must('redeemCredit', {
    params: { token: link },
    body: { azureSubscriptionId: newId() },
  });
}, 60_000);

afterAll(() => app.stop());

type Cost = { requests: StorageRequest[]; words: string[]; waits: number; body: any }; // eslint-disable-line @typescript-eslint/no-explicit-any

/** Calls a function, which must succeed, and checks the line of docs/performance.md that begins with `what`. */
async function cost(what: string, name: string, options: CallOptions): Promise<Cost> {
  const { result, requests } = await app.record(() => setup.must(name, options));
  const waits = waitsInARow(requests);
  const words = inWords(requests);
  expect.soft(document, words.join(', ')).toContain(`| ${what} | ${requests.length} | ${waits} |`);
  return { requests, words, waits, body: result.body };
}

/** A partner with one monthly credit (version 1) and two users. */
async function action() {
  const { partnerId, admin } = await setup.partner();
  const membership = await setup.membership(partnerId, 'action-pack');
  const benefitId = membership.benefitIds[0]!;
  const ana = await setup.user(partnerId, 'ana@contoso.com');
  const ben = await setup.user(partnerId, 'ben@contoso.com');
  return { partnerId, admin, membership, benefitId, ana, ben, params: { partnerId, benefitId } };
}

/** The mail service has the first email of the benefit's assignment: it may be sent again. */
async function accepted({ partnerId, benefitId }: { partnerId: string; benefitId: string }) {
  const credit = await readCredit(runtime(), partnerId, benefitId);
  const message = { partnerId, noticeId: credit!.value.assignment!.id };
  const subjects = { assignment: assignmentNotice };
  await advance(runtime(), message, subjects, { status: 'accepted' });
}

test('CR-02 a list of 50 benefits is one stage of two parallel queries', async () => {
  const { partnerId, admin } = await setup.partner();
  const ids = await Promise.all(
    ['launch', 'success-core'].map((type) => setup.membership(partnerId, type)),
  );
  const there = ids.flatMap(({ benefitIds }) => benefitIds).length;
  for (let made = there; made < 50; made += 1)
    await setup.award(partnerId, ids[made % 2]!.id, 'azure-bulk');
  const listed = await cost('List 50 benefits', 'listBenefits', {
    params: { partnerId },
    query: { maxpagesize: '50' },
    token: admin,
  });
  expect(listed.body.value).toHaveLength(50);
  expect(listed.waits).toBe(1);
  expect(listed.requests.length).toBeLessThanOrEqual(2);
}, 30_000);

test('CR-02 one benefit is one stage', async () => {
  const { params, admin } = await action();
  const { waits } = await cost('Get one benefit', 'getBenefit', { params, token: admin });
  expect(waits).toBe(1);
});

test('CR-03 an assignment waits four times: parallel point reads, index row, one transaction, one message', async () => {
  const { params, admin, ana } = await action();
  const assigned = await cost('Assign a credit', 'assignCredit', {
    params,
    body: { userId: ana },
    token: admin,
  });
  expect(assigned.waits).toBeLessThanOrEqual(4);
  expect(assigned.words.slice(-3)).toEqual(['PUT outbox', 'BATCH', 'SEND notices']);
  expect(new Set(assigned.words.slice(0, -3))).toEqual(new Set(['READ partners']));
});

test('CR-03 a repeatable assignment waits no longer', async () => {
  const { params, admin, ana } = await action();
  const { waits } = await cost('Assign, repeatable', 'assignCredit', {
    params,
    body: { userId: ana },
    token: admin,
    headers: {
      'repeatability-request-id': newId(),
      'repeatability-first-sent': new Date().toUTCString(),
    },
  });
  expect(waits).toBeLessThanOrEqual(4);
});

test('CR-03 adding a user and assigning in one call waits no longer', async () => {
  const { params, admin } = await action();
  const { waits } = await cost('Assign to a new user', 'assignCredit', {
    params,
    body: { newUser: { email: 'cleo@contoso.com', displayName: 'Cleo' } },
    token: admin,
  });
  expect(waits).toBeLessThanOrEqual(4);
});

test('CR-06 a reassignment waits no longer, and ends the former hold in the same transaction', async () => {
  const { partnerId, params, admin, ana, ben, benefitId } = await action();
  await setup.assigned(partnerId, admin, benefitId, ana);
  const seen = await setup.must('getBenefit', { params, token: admin });
  const { waits } = await cost('Reassign a credit', 'assignCredit', {
    params,
    body: { userId: ben },
    token: admin,
    headers: { 'if-match': seen.headers['ETag']! },
  });
  expect(waits).toBeLessThanOrEqual(4);
  const { body } = await setup.must('listEligibleUsers', { params, token: admin });
  const anaNow = body.value.find(({ id }: { id: string }) => id === ana);
  expect(anaNow).toMatchObject({ eligible: true });
});

test('CR-08 taking a credit away, and sending its mail again', async () => {
  const { partnerId, params, admin, ana, benefitId } = await action();
  await setup.assigned(partnerId, admin, benefitId, ana);
  await accepted(params);
  await cost('Send the mail again', 'sendAssignmentMail', { params, token: admin });
  await cost('Take a credit away', 'unassignCredit', { params, token: admin });
});

test('CR-09 a redemption waits at most five times', async () => {
  const { partnerId, admin, ana, benefitId } = await action();
  const token = await setup.assigned(partnerId, admin, benefitId, ana);
  await cost('See a redemption (link)', 'getRedemption', { params: { token } });
  const redeemed = await cost('Redeem a credit', 'redeemCredit', {
    params: { token },
    body: { azureSubscriptionId: newId() },
  });
  expect(redeemed.waits).toBeLessThanOrEqual(5);
  expect(redeemed.words.slice(-2)).toEqual(['POST claims', 'BATCH']);
});

test('CR-03 listing users, eligible ones, and adding one', async () => {
  const { partnerId, params, admin } = await action();
  const added = { email: 'dee@contoso.com', displayName: 'Dee' };
  await cost('List users', 'listUsers', { params: { partnerId }, token: admin });
  await cost('List eligible users', 'listEligibleUsers', { params, token: admin });
  await cost('Add a user', 'addUser', { params: { partnerId }, body: added, token: admin });
});

test('PR-07 correcting and erasing a holder wait three times: the user, the credits held, one transaction', async () => {
  const { partnerId, admin, ana, benefitId } = await action();
  await setup.assigned(partnerId, admin, benefitId, ana);
  const params = { partnerId, userId: ana };
  const body = { displayName: 'Anna' };
  const changed = await cost('Correct a user’s name', 'changeUser', { params, body, token: admin });
  const erased = await cost('Erase a user', 'eraseUser', { params, token: admin });
  expect([changed.waits, erased.waits]).toEqual([3, 3]);
});

test('PR-01 registering a partner, starting a membership, awarding one benefit', async () => {
  const partnerId = newId();
  const token = setup.operator;
  await cost('Register a partner', 'putPartner', {
    params: { partnerId },
    body: { displayName: 'Contoso', domains: ['contoso.com'] },
    token,
  });
  const { body } = await cost('Start a membership', 'startMembership', {
    params: { partnerId },
    body: { type: 'action-pack', startDate: day() },
    token,
  });
  const amount = { amount: '100.00', currency: 'USD' };
  await cost('Award one benefit', 'awardBenefit', {
    params: { partnerId },
    body: { membershipId: body.id, kind: 'azure-bulk', amount },
    token,
  });
});

test('PR-02 renewing a membership with one monthly credit that somebody holds', async () => {
  const { partnerId, admin, ana, benefitId, membership } = await action();
  await setup.assigned(partnerId, admin, benefitId, ana);
  await cost('Renew a membership (one monthly credit held)', 'renewMembership', {
    params: { partnerId, membershipId: membership.id },
    token: setup.operator,
  });
});

test('a caller from another of the partner’s tenants costs one look-up more', async () => {
  const tenant = newId();
  const { partnerId } = await setup.partner('contoso.com', { tenantIds: [tenant] });
  const { benefitIds } = await setup.membership(partnerId, 'launch');
  await cost('Get one benefit, from a second tenant', 'getBenefit', {
    params: { partnerId, benefitId: benefitIds[0]! },
    token: await app.tokenFor({ roles: ['PartnerAdmin'], tenant }),
  });
});
