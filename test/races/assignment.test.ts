/** Fifty administrators at the same moment: of assignments that exclude each other exactly one happens. */
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

const racers = Array.from({ length: 50 }, (_, i) => i);

function codesOf(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, code } of answers)
    counts[code ?? status] = (counts[code ?? status] ?? 0) + 1;
  return counts;
}

/** The partner's notices, and the messages that were put on the queue meanwhile. */
async function mailsOf(partnerId: string) {
  const { partners } = await dumpStorage(app.storage);
  return partners!.filter((row) => row.startsWith(`${partnerId} notice|`)).length;
}

async function raceForOneCredit(type: string) {
  const { partnerId, admin } = await setup.partner();
  const { benefitIds } = await setup.membership(partnerId, type);
  const params = { partnerId, benefitId: benefitIds[0]! };
  const users = await Promise.all(racers.map((i) => setup.user(partnerId, `user${i}@contoso.com`)));
  const { result: answers, requests } = await app.record(() =>
    Promise.all(
      users.map((userId) => app.call('assignCredit', { params, body: { userId }, token: admin })),
    ),
  );
  const messages = requests.filter(({ path }) => path.includes('/notices/messages')).length;
  const { body } = await setup.must('getBenefit', { params, token: admin });
  const { body: eligible } = await setup.must('listEligibleUsers', {
    params,
    query: { maxpagesize: '100' },
    token: admin,
  });
  return { answers, messages, body, eligible, mails: await mailsOf(partnerId) };
}

test('CR-06 50 assignments of one monthly credit: one winner, one mail, no reassignment used', async () => {
  const { answers, messages, body, mails } = await raceForOneCredit('action-pack');
  expect(codesOf(answers)).toEqual({ 200: 1, AlreadyAssigned: 49 });
  const winner = answers.find(({ status }) => status === 200)!;
  expect(body.assignment).toMatchObject({ userId: winner.body.assignment.userId });
  expect(body.reassignments.used).toBe(0);
  expect({ mails, messages }).toEqual({ mails: 1, messages: 1 });
}, 60_000);

test('CR-07 50 assignments of one bulk credit: one winner, one mail', async () => {
  const { answers, messages, body, mails } = await raceForOneCredit('launch');
  expect(codesOf(answers)).toEqual({ 200: 1, ReassignmentNotAllowed: 49 });
  const winner = answers.find(({ status }) => status === 200)!;
  expect(body.assignment).toMatchObject({ userId: winner.body.assignment.userId });
  expect({ mails, messages }).toEqual({ mails: 1, messages: 1 });
}, 60_000);

test('CR-05 50 bulk credits to one user at once: one holds, one mail', async () => {
  const { partnerId, admin } = await setup.partner();
  const memberships = await Promise.all(
    ['launch', 'success-core'].map((type) => setup.membership(partnerId, type)),
  );
  const credits = memberships.map(({ benefitIds }) => benefitIds[0]!);
  while (credits.length < 50)
    credits.push(await setup.award(partnerId, memberships[credits.length % 2]!.id, 'azure-bulk'));
  const userId = await setup.user(partnerId, 'ana@contoso.com');
  const answers = await Promise.all(
    credits.map((benefitId) =>
      app.call('assignCredit', {
        params: { partnerId, benefitId },
        body: { userId },
        token: admin,
      }),
    ),
  );
  expect(codesOf(answers)).toEqual({ 200: 1, UserHasActiveCredit: 49 });
  const { body } = await setup.must('listBenefits', {
    params: { partnerId },
    query: { assignedTo: userId },
    token: admin,
  });
  expect(body.value).toHaveLength(1);
  expect(await mailsOf(partnerId)).toBe(1);
}, 60_000);

test('CR-03 50 credits to the same new user at once: the user is added once', async () => {
  const { partnerId, admin } = await setup.partner();
  const { id, benefitIds } = await setup.membership(partnerId, 'launch');
  const credits = [benefitIds[0]!];
  while (credits.length < 20) credits.push(await setup.award(partnerId, id, 'azure-bulk'));
  const newUser = { email: 'cleo@contoso.com', displayName: 'Cleo' };
  const answers = await Promise.all(
    credits.map((benefitId) =>
      app.call('assignCredit', {
        params: { partnerId, benefitId },
        body: { newUser },
        token: admin,
      }),
    ),
  );
  expect(codesOf(answers)).toEqual({ 200: 1, UserExists: 19 });
  const { body } = await setup.must('listUsers', { params: { partnerId }, token: admin });
  expect(body.value).toHaveLength(1);
}, 60_000);

test('one request sent ten times at once is carried out once; each answer says so or names the race', async () => {
  const { partnerId, admin } = await setup.partner();
  const { benefitIds } = await setup.membership(partnerId, 'action-pack');
  const userId = await setup.user(partnerId, 'ana@contoso.com');
  const params = { partnerId, benefitId: benefitIds[0]! };
  const headers = {
    'repeatability-request-id': newId(),
    'repeatability-first-sent': new Date().toUTCString(),
  };
  const answers = await Promise.all(
    racers
      .slice(0, 10)
      .map(() => app.call('assignCredit', { params, body: { userId }, headers, token: admin })),
  );
  expect(codesOf(answers)).toEqual({ 200: 10 });
  expect(new Set(answers.map(({ body }) => body.assignment.id)).size).toBe(1);
  expect(await mailsOf(partnerId)).toBe(1);
}, 60_000);
