/**
 * A command knows its own commit when the answer to it is lost and somebody else writes before it can look: storage
 * carries the transaction out, the other command runs whole, and only then the SDK sends the transaction again.
 */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { takeAccount } from '../support/azurite.ts';
import { startInProcess, type Answer, type InProcessApp } from '../support/in-process.ts';
import { day, programme, type Programme } from '../support/programme.ts';
import { dumpStorage } from '../support/storage-dump.ts';
import { storageProxy, type StorageProxy } from '../support/storage-proxy.ts';

let proxy: StorageProxy;
let storage: string;
let app: InProcessApp;
let setup: Programme;

beforeAll(async () => {
  storage = await takeAccount(inject('storage'));
  proxy = await storageProxy(storage);
  app = await startInProcess({ storage: proxy.connectionString });
  setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
}, 60_000);

afterAll(async () => {
  await app.stop();
  await proxy.close();
});

/** Runs the first; its transaction lands, the second runs whole, and then the answer to the transaction is lost. */
async function overtaken(
  first: () => Promise<Answer>,
  second: () => Promise<Answer>,
): Promise<Answer[]> {
  let other: Promise<Answer> | undefined;
  proxy.decide(({ path, body }) => {
    const commits = path.includes('$batch') && body.includes('/partners');
    if (other || !commits) return 'pass';
    return { loseAfter: () => (other = second()) };
  });
  const answer = await first();
  proxy.decide(() => 'pass');
  if (!other) throw new Error('The first command committed nothing');
  return [answer, await other];
}

const done = (answers: readonly Answer[]) =>
  answers.map(({ status, code }) => code ?? (status < 300 ? 'done' : String(status)));
const both = ['done', 'done'];

/** A partner with an assigned monthly credit, and what is done with it. */
async function world() {
  const { partnerId, admin } = await setup.partner();
  const membership = await setup.membership(partnerId, 'action-pack');
  const benefitId = membership.benefitIds[0]!;
  const [ana, cy] = [
    await setup.user(partnerId, 'ana@contoso.com'),
    await setup.user(partnerId, 'cy@contoso.com'),
  ];
  const link = await setup.assigned(partnerId, admin, benefitId, ana);
  const params = { partnerId, benefitId };
  const seen = async () => (await setup.must('getBenefit', { params, token: admin })).headers;
  const ifMatch = async () => ({ 'if-match': (await seen())['ETag']! });
  const operator = setup.operator;
  const patch = (userId: string, body: object) => () =>
    app.call('changeUser', { params: { partnerId, userId }, body, token: admin });
  return {
    partnerId,
    admin,
    membership,
    benefitId,
    cy,
    params,
    link,
    ifMatch,
    unassign:
      (headers = {}) =>
      () =>
        app.call('unassignCredit', { params, headers, token: admin }),
    assign: (userId: string, headers: Record<string, string>) => () =>
      app.call('assignCredit', { params, body: { userId }, headers, token: admin }),
    rename: patch(ana, { displayName: 'Ann' }),
    renameAgain: patch(ana, { displayName: 'Anna' }),
    move: patch(ana, { email: 'anna@contoso.com' }),
    erase: () => app.call('eraseUser', { params: { partnerId, userId: ana }, token: admin }),
    eraseCy: () => app.call('eraseUser', { params: { partnerId, userId: cy }, token: admin }),
    renew: () =>
      app.call('renewMembership', {
        params: { partnerId, membershipId: membership.id },
        token: operator,
      }),
    award: () =>
      app.call('awardBenefit', {
        params: { partnerId },
        body: {
          membershipId: membership.id,
          kind: 'azure-bulk',
          amount: { amount: '50.00', currency: 'USD' },
        },
        token: operator,
      }),
    redeem:
      (azureSubscriptionId: string, headers: Record<string, string> = {}) =>
      () =>
        app.call('redeemCredit', {
          params: { token: link },
          body: { azureSubscriptionId },
          headers,
        }),
    convert:
      (headers: Record<string, string> = {}) =>
      () =>
        app.call('removeSpendingLimitByLink', {
          params: { token: link },
          body: { confirm: true },
          headers,
        }),
  };
}

const named = () => ({
  'repeatability-request-id': newId(),
  'repeatability-first-sent': new Date().toUTCString(),
});

test('CR-09 a redemption that happened is told so, whoever writes the credit next, and stays claimed', async () => {
  const { redeem, unassign, ifMatch } = await world();
  const subscription = newId();
  const answers = await overtaken(redeem(subscription), async () => unassign(await ifMatch())());
  expect(done(answers)).toEqual(both);
  expect(answers[0]!.body.azureSubscriptionId).toBe(subscription);
  const other = await world();
  expect((await other.redeem(subscription)()).code).toBe('SubscriptionAlreadyUsed');
}, 30_000);

test('CR-09 a redemption or conversion that was recorded is repeated as told, though the link is dead since', async () => {
  const { redeem, convert, unassign, ifMatch } = await world();
  const subscription = newId();
  const [redeeming, converting] = [named(), named()];
  const first = await redeem(subscription, redeeming)();
  expect(first.status).toBe(200);
  expect((await convert(converting)()).status).toBe(200);
  expect((await unassign(await ifMatch())()).status).toBe(204);
  const told = await redeem(subscription, redeeming)();
  expect(told.status).toBe(200);
  expect(told.body).toMatchObject({
    status: 'redeemed',
    azureSubscriptionId: subscription,
    assignedTo: { email: '', displayName: '' },
    redeemedAt: first.body.redeemedAt,
  });
  const converted = await convert(converting)();
  expect(converted.body).toMatchObject({ azureSubscriptionId: subscription, spendingLimit: 'off' });
  // Nobody else is told anything by a dead link.
  expect((await redeem(subscription, named())()).code).toBe('LinkNoLongerValid');
}, 30_000);

test('PR-07 a repeated redemption by a link that died with a correction of the address tells no address', async () => {
  const { redeem, move } = await world();
  const headers = named();
  const subscription = newId();
  expect((await redeem(subscription, headers)()).status).toBe(200);
  expect((await move()).status).toBe(200);
  const told = await redeem(subscription, headers)();
  expect(told.body).toMatchObject({ assignedTo: { email: '' }, azureSubscriptionId: subscription });
}, 30_000);

test('PR-01 an award whose answer was lost is given once', async () => {
  const { award, renew, partnerId, admin } = await world();
  const answers = await overtaken(award, renew);
  expect(done(answers)).toEqual(both);
  const { body } = await setup.must('listBenefits', { params: { partnerId }, token: admin });
  const given = body.value.filter(({ kind }: { kind?: string }) => kind === 'azure-bulk');
  expect(given.map(({ id }: { id: string }) => id)).toEqual([answers[0]!.body.id]);
}, 30_000);

test('PR-02 a renewal that another one follows is told that it renewed', async () => {
  const { renew, partnerId, admin } = await world();
  expect(done(await overtaken(renew, renew))).toEqual(both);
  const { body } = await setup.must('listMemberships', { params: { partnerId }, token: admin });
  expect(Number(String(body.value[0].endDate).slice(0, 4)) - Number(day().slice(0, 4))).toBe(3);
}, 30_000);

test('CR-06 assigning and taking away know their own commit', async () => {
  const { assign, unassign, cy, ifMatch, renew, eraseCy } = await world();
  expect(done(await overtaken(assign(cy, await ifMatch()), unassign()))).toEqual(both);
  expect(done(await overtaken(assign(cy, {}), eraseCy))).toEqual(both);
  expect(done(await overtaken(unassign(), renew))).toEqual(both);
}, 30_000);

test('CR-08 an email that was sent again is told so, and is one', async () => {
  const { params, admin, rename, partnerId, benefitId } = await world();
  const { assignmentNotice } = await import('../../src/credits/assignment-notice.ts');
  const { advance } = await import('../../src/notices/advance.ts');
  const { readCredit } = await import('../../src/credits/rows.ts');
  const { runtime } = await import('../../src/platform/runtime.ts');
  const credit = await readCredit(runtime(), partnerId, benefitId);
  const message = { partnerId, noticeId: credit!.value.assignment!.id };
  await advance(runtime(), message, { assignment: assignmentNotice }, { status: 'accepted' });
  const resend = () => app.call('sendAssignmentMail', { params, token: admin });
  expect(done(await overtaken(resend, rename))).toEqual(both);
  const { partners } = await dumpStorage(storage);
  expect(partners!.filter((row) => row.startsWith(`${partnerId} notice|`))).toHaveLength(2);
}, 30_000);

test('PR-07 changing and erasing a user know their own commit', async () => {
  const { rename, renameAgain, erase } = await world();
  const renamed = await overtaken(rename, renameAgain);
  expect(done(renamed)).toEqual(both);
  expect(renamed[0]!.body.displayName).toBe('Ann');
  expect(done(await overtaken(rename, erase))).toEqual(both);
}, 30_000);

test('PR-07 a correction repeated under its name is answered though the user was erased since', async () => {
  const { partnerId, admin, cy, eraseCy } = await world();
  const headers = named();
  const correct = () =>
    app.call('changeUser', {
      params: { partnerId, userId: cy },
      body: { displayName: 'Cyn' },
      headers,
      token: admin,
    });
  expect((await correct()).status).toBe(200);
  expect((await eraseCy()).status).toBe(204);
  expect(await correct()).toMatchObject({ status: 200, body: { id: cy, email: '' } });
}, 30_000);

test('PR-01 of two changes of a partner the later one stays, though the answer to the first was lost', async () => {
  const { partnerId } = await setup.partner();
  const put = (displayName: string) => () =>
    app.call('putPartner', {
      params: { partnerId },
      body: { displayName, domains: ['contoso.com'] },
      token: setup.operator,
    });
  expect(done(await overtaken(put('First'), put('Second')))).toEqual(both);
  const { body } = await setup.must('getPartner', { params: { partnerId }, token: setup.operator });
  expect(body.displayName).toBe('Second');
}, 30_000);

test('KEY-04 a key is redeemed and viewed once, whoever looks at it next', async () => {
  const { partnerId, admin } = await setup.partner();
  const { benefitIds } = await setup.membership(partnerId, 'launch');
  const listed = await setup.must('listBenefits', { params: { partnerId }, token: admin });
  const product = listed.body.value.find(
    (one: { category: string }) => one.category !== 'azure-credit',
  );
  expect(benefitIds).toContain(product.id);
  const params = { partnerId, benefitId: product.id };
  const get = () => app.call('getProductKey', { params, token: admin });
  const shown = await overtaken(get, get);
  expect(done(shown)).toEqual(both);
  const { productKey } = shown[0]!.body;
  expect(shown[1]!.body.productKey).toBe(productKey);
  const redeem = () =>
    app.call('redeemProductKey', {
      params: { partnerId },
      body: { productKey, action: 'activate' },
      token: admin,
    });
  expect(done(await overtaken(redeem, get))).toEqual(both);
  const { body } = await setup.must('listLedger', { params, token: admin });
  const types = body.value.map(({ type }: { type: string }) => type);
  expect(types.filter((type: string) => type === 'key-viewed')).toHaveLength(3);
  expect(types.filter((type: string) => type === 'redeemed')).toHaveLength(1);
}, 30_000);
