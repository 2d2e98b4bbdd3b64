/**
 * Claims belong to an attempt: whatever comes between an attempt's claim, its commit and the deletion of a claim, an Azure
 * subscription has one credit (CR-09) and a tenant one partner (PR-04). One request of the first is held back until the
 * second has run whole.
 */
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { takeAccount } from '../support/azurite.ts';
import { startInProcess, type Answer, type InProcessApp } from '../support/in-process.ts';
import { programme, type Programme } from '../support/programme.ts';
import {
  storageProxy,
  type Fate,
  type ProxiedRequest,
  type StorageProxy,
} from '../support/storage-proxy.ts';

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

const commits = ({ path, body }: ProxiedRequest) =>
  path.includes('$batch') && body.includes('/partners');
const deletesClaim = ({ method, path }: ProxiedRequest) =>
  method === 'DELETE' && path.includes('/claims(');

/** Runs the first; its first request of a kind waits until the second has run whole. */
async function heldBack(
  first: () => Promise<Answer>,
  request: (request: ProxiedRequest) => boolean,
  second: () => Promise<Answer>,
): Promise<[Answer, Answer]> {
  let other: Promise<Answer> | undefined;
  proxy.decide(async (asked): Promise<Fate> => {
    if (other || !request(asked)) return 'pass';
    await (other = second());
    return 'pass';
  });
  const answer = await first();
  proxy.decide(() => 'pass');
  if (!other) throw new Error('The first made no such request');
  return [answer, await other];
}

async function credit() {
  const { partnerId, admin } = await setup.partner();
  const { benefitIds } = await setup.membership(partnerId, 'launch');
  const benefitId = benefitIds[0]!;
  const userId = await setup.user(partnerId, 'ana@contoso.com');
  const link = await setup.assigned(partnerId, admin, benefitId, userId);
  const redeem = (azureSubscriptionId: string) => () =>
    app.call('redeemCredit', { params: { token: link }, body: { azureSubscriptionId } });
  return { partnerId, benefitId, redeem };
}

const free = (azureSubscriptionId: string) => () =>
  app.call('deleteAzureSubscriptionClaim', {
    params: { azureSubscriptionId },
    token: setup.operator,
  });

const put =
  (partnerId: string, tenantIds: string[] = [], displayName = 'Contoso') =>
  () =>
    app.call('putPartner', {
      params: { partnerId },
      body: { displayName, domains: ['contoso.com'], tenantIds },
      token: setup.operator,
    });

const claimsTable = () =>
  TableClient.fromConnectionString(storage, 'claims', { allowInsecureConnection: true });

/** Makes a claim older than the minute after which it is taken over. */
async function age(partitionKey: string): Promise<void> {
  const { data } = await claimsTable().getEntity<{ data: string }>(partitionKey, 'claim');
  const claimedAt = new Date(Date.now() - 61_000).toISOString();
  const value = { ...(JSON.parse(data) as object), claimedAt };
  const entity = { partitionKey, rowKey: 'claim', data: JSON.stringify(value) };
  await claimsTable().updateEntity(entity, 'Merge');
}

const done = (answers: readonly Answer[]) =>
  answers.map(({ status, code }) => code ?? (status < 300 ? 'done' : String(status)));

test('CR-09 an operator’s DELETE that meets a redemption leaves its claim', async () => {
  const [one, other] = await Promise.all([credit(), credit()]);
  const subscription = newId();
  await claimsTable().createEntity({
    partitionKey: `azure-subscription|${subscription}`,
    rowKey: 'claim',
    data: JSON.stringify({
      partnerId: one.partnerId,
      holderId: `${one.benefitId}/${newId()}`,
      claimedAt: new Date().toISOString(),
    }),
    by: newId(),
  });
  const answers = await heldBack(free(subscription), deletesClaim, one.redeem(subscription));
  expect(done(answers)).toEqual(['SubscriptionAlreadyUsed', 'done']);
  expect(done([await other.redeem(subscription)()])).toEqual(['SubscriptionAlreadyUsed']);
}, 30_000);

test('CR-09 a redemption whose claim an operator deletes before its commit claims it again', async () => {
  const [one, other] = await Promise.all([credit(), credit()]);
  const subscription = newId();
  const answers = await heldBack(one.redeem(subscription), commits, free(subscription));
  expect(done(answers)).toEqual(['done', 'done']);
  expect(done([await other.redeem(subscription)()])).toEqual(['SubscriptionAlreadyUsed']);
}, 30_000);

test('CR-09 a form sent twice whose first commit is slow redeems once, and the other is AlreadyRedeemed', async () => {
  const [one, other] = await Promise.all([credit(), credit()]);
  const subscription = newId();
  const redeem = one.redeem(subscription);
  expect(done(await heldBack(redeem, commits, redeem))).toEqual(['AlreadyRedeemed', 'done']);
  expect(done([await redeem()])).toEqual(['AlreadyRedeemed']);
  expect(done([await other.redeem(subscription)()])).toEqual(['SubscriptionAlreadyUsed']);
}, 30_000);

test('PR-04 a tenant that one request drops and another keeps stays claimed', async () => {
  const [one, other, tenant] = [newId(), newId(), newId()];
  expect(done([await put(one, [tenant])()])).toEqual(['done']);
  expect(done(await heldBack(put(one), deletesClaim, put(one, [tenant])))).toEqual([
    'done',
    'done',
  ]);
  expect(done([await put(other, [tenant])()])).toEqual(['InvalidRequest']);
  expect(done([await put(one)(), await put(other, [tenant])()])).toEqual(['done', 'done']);
}, 30_000);

for (const registered of [false, true])
  test(`PR-04 a put that stalled before its commit gets no tenant that was taken over (${registered ? 'a change' : 'a registration'})`, async () => {
    const [one, other, tenant] = [newId(), newId(), newId()];
    if (registered) await put(one)();
    const answers = await heldBack(put(one, [tenant]), commits, async () => {
      await age(`tenant|${tenant}`);
      return put(other, [tenant])();
    });
    expect(done(answers)).toEqual(['InvalidRequest', 'done']);
    expect(done([await put(one, [tenant])()])).toEqual(['InvalidRequest']);
    expect(done([await put(one)(), await put(other)(), await put(one, [tenant])()])).toEqual([
      'done',
      'done',
      'done',
    ]);
  }, 30_000);

test('the directory lists no partner whose registration broke off, and all others as they are', async () => {
  const [one, other] = [newId(), newId()];
  const listed = async (search: string) => {
    const { body } = await setup.must('listPartners', { query: { search }, token: setup.operator });
    return body.value.map(({ id }: { id: string }) => id);
  };
  const name = `Name ${one.slice(0, 8)}`;
  expect((await put(other, [], name)()).status).toBe(201);
  const breakOff = async (command: () => Promise<Answer>) => {
    proxy.decide((request) => (commits(request) ? 'refuse' : 'pass'));
    expect((await command()).status).toBe(503);
    proxy.decide(() => 'pass');
  };
  await breakOff(put(one, [], name));
  expect(await listed(name)).toEqual([other]);
  await breakOff(put(other, [], `Other ${name}`));
  expect(await listed('Other Name')).toEqual([]);
  expect(await listed(name)).toEqual([other]);
  expect((await put(one, [], name)()).status).toBe(201);
  expect(await listed(name)).toEqual([one, other].toSorted());
  expect((await put(other, [], `Other ${name}`)()).status).toBe(200);
  expect(await listed('Other Name')).toEqual([other]);
}, 60_000);
