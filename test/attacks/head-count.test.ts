/** How many users and customers a partner can have, and that no race and no way round gets past it. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import {
  countRow,
  countRows,
  mostOf,
  readHeadCount,
  type Counted,
} from '../../src/platform/head-count.ts';
import { newId } from '../../src/platform/ids.ts';
import { createTableStore, type TableStore } from '../../src/platform/table-store.ts';
import { takeAccount } from '../support/azurite.ts';
import { startInProcess, type Answer, type InProcessApp } from '../support/in-process.ts';
import { programme, type Programme } from '../support/programme.ts';

let app: InProcessApp;
let setup: Programme;
let tables: TableStore;

beforeAll(async () => {
  app = await startInProcess({ storage: await takeAccount(inject('storage')) });
  setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
  tables = createTableStore({ connectionString: app.storage }, '');
}, 60_000);

afterAll(() => app.stop());

type Partner = Awaited<ReturnType<Programme['partner']>>;

/** A partner who has so many users, or customers, less than there can be: room in that many rows of the count. */
async function partnerWithRoomFor(room: number, counted: Counted): Promise<Partner> {
  const partner = await setup.partner();
  const full = mostOf[counted] / countRows;
  const writes = Array.from({ length: countRows }, (_, share) => ({
    op: 'insert' as const,
    ...countRow(counted, share, share < room ? full - 1 : full),
  }));
  await tables.commit('partners', partner.partnerId, writes, 'seed');
  return partner;
}

async function counted({ partnerId }: Partner, what: Counted): Promise<number> {
  const { rows } = await readHeadCount({ tables }, partnerId, what);
  return rows.reduce((sum, { value }) => sum + value.count, 0);
}

const add = ({ partnerId, admin }: Partner, email: string, headers = {}) =>
  app.call('addUser', {
    params: { partnerId },
    body: { email, displayName: 'Ana' },
    token: admin,
    headers,
  });

const erase = ({ partnerId, admin }: Partner, userId: string) =>
  app.call('eraseUser', { params: { partnerId, userId }, token: admin });

const assignNew = ({ partnerId, admin }: Partner, benefitId: string, email: string) =>
  app.call('assignCredit', {
    params: { partnerId, benefitId },
    body: { newUser: { email, displayName: 'Ana' } },
    token: admin,
  });

const facts = { displayName: 'Fabrikam', agreement: [], transacting: [], access: [] };

const put = ({ partnerId }: Partner, customerId: string, displayName = 'Fabrikam') =>
  app.call('putCustomer', {
    params: { partnerId, customerId },
    body: { ...facts, displayName },
    token: setup.operator,
  });

/** How often each status or refusal was answered. */
function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, code } of answers)
    counts[code ?? status] = (counts[code ?? status] ?? 0) + 1;
  return counts;
}

test('CR-03 of 20 users added at the same moment where 5 have room, 5 are added', async () => {
  const partner = await partnerWithRoomFor(5, 'users');
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => add(partner, `user${i}@contoso.com`)),
  );
  expect(tally(answers)).toEqual({ 201: 5, UserLimitReached: 15 });
  expect(await counted(partner, 'users')).toBe(mostOf.users);
  const { body } = await setup.must('listUsers', {
    params: { partnerId: partner.partnerId },
    token: partner.admin,
  });
  expect(body.value).toHaveLength(5);
});

test('CR-03 users added with a credit count too, in races as well, and who is refused leaves nothing', async () => {
  const partner = await partnerWithRoomFor(2, 'users');
  const { id } = await setup.membership(partner.partnerId, 'launch');
  const benefits = await Promise.all(
    Array.from({ length: 6 }, () => setup.award(partner.partnerId, id, 'azure-bulk')),
  );
  const answers = await Promise.all(
    benefits.map((benefitId, i) => assignNew(partner, benefitId, `user${i}@contoso.com`)),
  );
  expect(tally(answers)).toEqual({ 200: 2, UserLimitReached: 4 });
  const refused = benefits.filter((_, i) => answers[i]!.status !== 200);
  const { body } = await setup.must('getBenefit', {
    params: { partnerId: partner.partnerId, benefitId: refused[0]! },
    token: partner.admin,
  });
  expect(body.assignment).toBeNull();
  expect(await counted(partner, 'users')).toBe(mostOf.users);
});

test('CR-03 with a full directory a known address is UserExists, and the present holder can still be named', async () => {
  const partner = await partnerWithRoomFor(1, 'users');
  const { benefitIds } = await setup.membership(partner.partnerId, 'launch');
  const benefitId = benefitIds[0]!;
  expect((await assignNew(partner, benefitId, 'ana@contoso.com')).status).toBe(200);
  expect((await add(partner, 'Ana+x@contoso.com')).code).toBe('UserExists');
  expect((await assignNew(partner, benefitId, 'ana@contoso.com')).status).toBe(200);
  const { code, body } = await add(partner, 'ben@contoso.com');
  expect([code, body.error.message]).toEqual([
    'UserLimitReached',
    expect.stringContaining('10000 users'),
  ]);
});

test('PR-07 an erased user makes room for one other, however often it is erased', async () => {
  const partner = await partnerWithRoomFor(1, 'users');
  const { body } = await add(partner, 'ana@contoso.com');
  expect((await add(partner, 'ben@contoso.com')).code).toBe('UserLimitReached');
  const erased = await Promise.all(Array.from({ length: 5 }, () => erase(partner, body.id)));
  expect(tally(erased)).toEqual({ 204: 5 });
  expect((await erase(partner, newId())).status).toBe(204);
  expect(await counted(partner, 'users')).toBe(mostOf.users - 1);
  const answers = [await add(partner, 'ben@contoso.com'), await add(partner, 'cleo@contoso.com')];
  expect(tally(answers)).toEqual({ 201: 1, UserLimitReached: 1 });
});

test('CR-03 a repeated request counts once', async () => {
  const partner = await setup.partner();
  const headers = {
    'repeatability-request-id': newId(),
    'repeatability-first-sent': new Date().toUTCString(),
  };
  for (let n = 0; n < 2; n += 1)
    expect((await add(partner, 'ana@contoso.com', headers)).status).toBe(201);
  expect(await counted(partner, 'users')).toBe(1);
});

test('PEC-01 of 12 customers put at the same moment where 3 have room, 3 are put; known ones still change', async () => {
  const partner = await partnerWithRoomFor(3, 'customers');
  const ids = Array.from({ length: 12 }, () => newId());
  const answers = await Promise.all(ids.map((id) => put(partner, id)));
  expect(tally(answers)).toEqual({ 201: 3, CustomerLimitReached: 9 });
  expect(await counted(partner, 'customers')).toBe(mostOf.customers);
  const [known] = ids.filter((_, i) => answers[i]!.status === 201);
  expect((await put(partner, known!, 'Renamed')).status).toBe(200);
  expect((await put(partner, newId())).code).toBe('CustomerLimitReached');
});

test('one partner’s count is nobody else’s', async () => {
  await partnerWithRoomFor(0, 'users');
  const other = await setup.partner();
  expect((await add(other, 'ana@contoso.com')).status).toBe(201);
  expect((await put(other, newId())).status).toBe(201);
});
