/** CR-09 at the same moment, and after a process that died: an Azure subscription is redeemed on once, a credit once. */
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { takeAccount } from '../support/azurite.ts';
import { startInProcess, type Answer, type InProcessApp } from '../support/in-process.ts';
import { programme, type Programme } from '../support/programme.ts';
import { dumpStorage } from '../support/storage-dump.ts';

let app: InProcessApp;
let setup: Programme;

beforeAll(async () => {
  app = await startInProcess({ storage: await takeAccount(inject('storage')) });
  setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
}, 60_000);

afterAll(() => app.stop());

const times = (count: number) => Array.from({ length: count }, (_, i) => i);

function redeem(token: string, azureSubscriptionId: string, headers: Record<string, string> = {}) {
  return app.call('redeemCredit', { params: { token }, body: { azureSubscriptionId }, headers });
}

/** A redeemable credit of a partner of its own. */
async function credit() {
  const { partnerId, admin } = await setup.partner();
  const { benefitIds } = await setup.membership(partnerId, 'launch');
  const benefitId = benefitIds[0]!;
  const userId = await setup.user(partnerId, 'ana@contoso.com');
  const link = await setup.assigned(partnerId, admin, benefitId, userId);
  return { partnerId, admin, benefitId, link, params: { partnerId, benefitId } };
}

async function claimsOn(azureSubscriptionIds: readonly string[]): Promise<string[]> {
  const { claims } = await dumpStorage(app.storage);
  return azureSubscriptionIds.filter((id) =>
    claims!.some((row) => row.startsWith(`azure-subscription|${id} `)),
  );
}

/** A claim as an attempt leaves it that was killed between its claim and its commit. */
async function claimLeftBehind(
  azureSubscriptionId: string,
  { partnerId, benefitId }: { partnerId: string; benefitId: string },
  secondsAgo: number,
) {
  const claims = TableClient.fromConnectionString(app.storage, 'claims', {
    allowInsecureConnection: true,
  });
  const claimedAt = new Date(Date.now() - secondsAgo * 1_000).toISOString();
  await claims.createEntity({
    partitionKey: `azure-subscription|${azureSubscriptionId}`,
    rowKey: 'claim',
    data: JSON.stringify({ partnerId, holderId: `${benefitId}/${newId()}`, claimedAt }),
    by: newId(),
  });
}

const won = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 200);

test('CR-09 50 redemptions of one link on different subscriptions: one wins, the others claim nothing', async () => {
  const { link, admin, params } = await credit();
  const subscriptions = times(50).map(() => newId());
  const answers = await Promise.all(subscriptions.map((id) => redeem(link, id)));
  const winners = won(answers);
  expect(winners).toHaveLength(1);
  expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([undefined, 'AlreadyRedeemed']));
  const winner = String(winners[0]!.body.azureSubscriptionId);
  const { body } = await setup.must('getBenefit', { params, token: admin });
  expect(body.azureSubscription.id).toBe(winner);
  expect(await claimsOn(subscriptions)).toEqual([winner]);
}, 60_000);

test('CR-09 20 credits of 20 partners on the same subscription at once: one wins', async () => {
  const credits = await Promise.all(times(20).map(() => credit()));
  const azureSubscriptionId = newId();
  const answers = await Promise.all(credits.map(({ link }) => redeem(link, azureSubscriptionId)));
  expect(won(answers)).toHaveLength(1);
  const losers = credits.filter((_, i) => answers[i]!.status !== 200);
  expect(
    answers.every(
      ({ status, code }) =>
        status === 200 || code === 'SubscriptionAlreadyUsed' || code === 'ConcurrentChange',
    ),
  ).toBe(true);
  const repeated = await Promise.all(losers.map(({ link }) => redeem(link, azureSubscriptionId)));
  expect(new Set(repeated.map(({ code }) => code))).toEqual(new Set(['SubscriptionAlreadyUsed']));
  // Who lost can still redeem on a subscription of their own.
  expect((await redeem(losers[0]!.link, newId())).status).toBe(200);
}, 60_000);

test('CR-09 a form sent twice at once redeems once', async () => {
  const { link, admin, params } = await credit();
  const azureSubscriptionId = newId();
  const answers = await Promise.all(times(2).map(() => redeem(link, azureSubscriptionId)));
  expect(won(answers).length).toBeLessThanOrEqual(1);
  const { body } = await setup.must('getBenefit', { params, token: admin });
  // Two of the same credit may both give way; then nothing is claimed, and the next attempt succeeds.
  if (body.status !== 'redeemed')
    expect((await redeem(link, azureSubscriptionId)).status).toBe(200);
  expect(await claimsOn([azureSubscriptionId])).toEqual([azureSubscriptionId]);
}, 60_000);

test('CR-09 one redemption sent ten times under one request id: all are told that it happened', async () => {
  const { link } = await credit();
  const azureSubscriptionId = newId();
  const headers = {
    'repeatability-request-id': newId(),
    'repeatability-first-sent': new Date().toUTCString(),
  };
  const answers = await Promise.all(
    times(10).map(() => redeem(link, azureSubscriptionId, headers)),
  );
  expect(answers.map(({ status, code }) => code ?? status)).toEqual(times(10).map(() => 200));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
}, 60_000);

test('CR-09 killed between claim and commit: the holder redeems on that subscription at once', async () => {
  const dead = await credit();
  const azureSubscriptionId = newId();
  await claimLeftBehind(azureSubscriptionId, dead, 1);
  expect((await redeem(dead.link, azureSubscriptionId)).status).toBe(200);
}, 30_000);

test('CR-09 another credit waits a minute for a claim under way, then takes over what was left behind', async () => {
  const [dead, other] = await Promise.all([credit(), credit()]);
  const [young, old] = [newId(), newId()];
  await claimLeftBehind(young, dead, 30);
  await claimLeftBehind(old, dead, 61);
  expect((await redeem(other.link, young)).code).toBe('ConcurrentChange');
  expect((await redeem(other.link, old)).status).toBe(200);
  expect((await redeem(dead.link, old)).code).toBe('SubscriptionAlreadyUsed');
}, 30_000);

test('CR-09 an operator gives back what was left behind, never what was redeemed on', async () => {
  const dead = await credit();
  const azureSubscriptionId = newId();
  await claimLeftBehind(azureSubscriptionId, dead, 1);
  const giveBack = () =>
    app.call('deleteAzureSubscriptionClaim', {
      params: { azureSubscriptionId },
      token: setup.operator,
    });
  expect((await giveBack()).status).toBe(204);
  expect(await claimsOn([azureSubscriptionId])).toEqual([]);
  expect((await redeem(dead.link, azureSubscriptionId)).status).toBe(200);
  expect((await giveBack()).code).toBe('SubscriptionAlreadyUsed');
}, 30_000);
