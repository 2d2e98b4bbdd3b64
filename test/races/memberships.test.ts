/** Starting and renewing at the same moment: a set is awarded once, a year is added once. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { takeAccount } from '../support/azurite.ts';
import { startInProcess, type InProcessApp } from '../support/in-process.ts';
import { day, programme, type Programme } from '../support/programme.ts';

let app: InProcessApp;
let setup: Programme;

beforeAll(async () => {
  app = await startInProcess({ storage: await takeAccount(inject('storage')) });
  setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
}, 60_000);

afterAll(() => app.stop());

const times = (count: number) => Array.from({ length: count }, (_, i) => i);

async function benefitsOf(partnerId: string, token: string): Promise<number> {
  const { body } = await setup.must('listBenefits', { params: { partnerId }, token });
  return body.value.length;
}

async function running() {
  const { partnerId, admin } = await setup.partner();
  const { id, benefitIds } = await setup.membership(partnerId, 'action-pack');
  const userId = await setup.user(partnerId, 'ana@contoso.com');
  await setup.assigned(partnerId, admin, benefitIds[0]!, userId);
  const params = { partnerId, membershipId: id };
  const renew = (headers: Record<string, string> = {}) =>
    app.call('renewMembership', { params, headers, token: setup.operator });
  const years = async () => {
    const { body } = await setup.must('listMemberships', { params: { partnerId }, token: admin });
    return Number(String(body.value[0].endDate).slice(0, 4)) - Number(day().slice(0, 4));
  };
  return { partnerId, admin, renew, years };
}

test('PR-01 ten starts of the same membership at once award one set, and all are told of it', async () => {
  const { partnerId, admin } = await setup.partner();
  const answers = await Promise.all(
    times(10).map(() => setup.membership(partnerId, 'success-core')),
  );
  expect(new Set(answers.map(({ benefitIds }) => benefitIds.join())).size).toBe(1);
  expect(await benefitsOf(partnerId, admin)).toBe(answers[0]!.benefitIds.length);
}, 30_000);

test('PR-02 ten renewals at once: one year for each that is told it renewed, the others are told they lost', async () => {
  const { partnerId, admin, renew, years } = await running();
  const before = await benefitsOf(partnerId, admin);
  const codes = (await Promise.all(times(10).map(() => renew()))).map(({ code }) => code ?? 'done');
  const done = codes.filter((code) => code === 'done').length;
  expect(done).toBeGreaterThan(0);
  expect(codes.filter((code) => code === 'ConcurrentChange')).toHaveLength(10 - done);
  expect(await years()).toBe(1 + done);
  expect(await benefitsOf(partnerId, admin)).toBe((1 + done) * before);
}, 30_000);

test('PR-02 one renewal sent ten times under one request id renews once, and all are told of it', async () => {
  const { renew, years } = await running();
  const headers = {
    'repeatability-request-id': newId(),
    'repeatability-first-sent': new Date().toUTCString(),
  };
  const answers = await Promise.all(times(10).map(() => renew(headers)));
  expect(answers.map(({ status }) => status)).toEqual(times(10).map(() => 200));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(await years()).toBe(2);
}, 30_000);

test('PR-04 a tenant that ten partners claim at once belongs to one', async () => {
  const tenant = newId();
  const answers = await Promise.all(
    times(10).map(() =>
      app.call('putPartner', {
        params: { partnerId: newId() },
        body: { displayName: 'Contoso', domains: ['contoso.com'], tenantIds: [tenant] },
        token: setup.operator,
      }),
    ),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ code }) => code === 'InvalidRequest')).toHaveLength(9);
}, 30_000);
