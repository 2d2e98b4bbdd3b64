/** A refused command leaves nothing written: everything in storage is the same before and after. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { takeAccount } from '../support/azurite.ts';
import { startInProcess, type Answer, type InProcessApp } from '../support/in-process.ts';
import { day, programme, type Programme } from '../support/programme.ts';
import { dumpStorage } from '../support/storage-dump.ts';

let app: InProcessApp;
let setup: Programme;

beforeAll(async () => {
  app = await startInProcess({ storage: await takeAccount(inject('storage')) });
  setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
}, 60_000);

afterAll(() => app.stop());

type World = Awaited<ReturnType<typeof world>>;

/** A partner with two monthly and two bulk credits, nobody holding any, and two users. */
async function world() {
  const { partnerId, admin } = await setup.partner();
  const silver = await setup.membership(partnerId, 'legacy-silver');
  const [gold, core, launch] = await Promise.all(
    ['legacy-gold', 'success-core', 'launch'].map((type) => setup.membership(partnerId, type)),
  );
  const [ana, ben] = await Promise.all(
    ['ana@contoso.com', 'ben@contoso.com'].map((email) => setup.user(partnerId, email)),
  );
  const first = ({ benefitIds }: { benefitIds: string[] }) => benefitIds[0]!;
  const bulk = first(core!);
  return {
    partnerId,
    admin,
    membershipId: silver.id,
    monthly: first(silver),
    otherMonthly: first(gold!),
    bulk,
    otherBulk: first(launch!),
    ana: ana!,
    ben: ben!,
    assign: (benefitId: string, body: object, headers: Record<string, string> = {}) =>
      app.call('assignCredit', { params: { partnerId, benefitId }, body, headers, token: admin }),
    onCredit: (name: string, benefitId: string, token = admin) =>
      app.call(name, { params: { partnerId, benefitId }, token }),
    held: (benefitId: string, userId: string) =>
      setup.assigned(partnerId, admin, benefitId, userId),
    eTag: async (benefitId: string) =>
      (await setup.must('getBenefit', { params: { partnerId, benefitId }, token: admin })).headers[
        'ETag'
      ]!,
  };
}

const redeem = (token: string, azureSubscriptionId: string) =>
  app.call('redeemCredit', { params: { token }, body: { azureSubscriptionId } });

const operatorPuts = (partnerId: string, body: object, headers: Record<string, string> = {}) =>
  app.call('putPartner', { params: { partnerId }, body, headers, token: setup.operator });

/** Brings a partner to where a command is refused, and returns that command. */
type Refused = (w: World) => Promise<() => Promise<Answer>>;

const refusals: [rule: string, code: string, Refused][] = [
  [
    'CR-06 a monthly credit of another user, no version named',
    'AlreadyAssigned',
    async (w) => {
      await w.held(w.monthly, w.ana);
      return () => w.assign(w.monthly, { userId: w.ben });
    },
  ],
  [
    'CR-06 a stale version named',
    'PreconditionFailed',
    async (w) => {
      const stale = await w.eTag(w.monthly);
      await w.held(w.monthly, w.ana);
      return () => w.assign(w.monthly, { userId: w.ben }, { 'if-match': stale });
    },
  ],
  [
    'CR-06 a sixth reassignment',
    'ReassignmentLimitReached',
    async (w) => {
      for (let made = 0; made < 6; made += 1)
        await w.assign(
          w.monthly,
          { userId: made % 2 ? w.ana : w.ben },
          { 'if-match': await w.eTag(w.monthly) },
        );
      const eTag = await w.eTag(w.monthly);
      return () => w.assign(w.monthly, { userId: w.ben }, { 'if-match': eTag });
    },
  ],
  [
    'CR-05 a second monthly credit for one user',
    'UserHasActiveCredit',
    async (w) => {
      await w.held(w.monthly, w.ana);
      return () => w.assign(w.otherMonthly, { userId: w.ana });
    },
  ],
  [
    'CR-05 a second bulk credit for one user',
    'UserHasActiveCredit',
    async (w) => {
      await w.held(w.bulk, w.ana);
      return () => w.assign(w.otherBulk, { userId: w.ana });
    },
  ],
  [
    'CR-07 a bulk credit that somebody holds, to another',
    'ReassignmentNotAllowed',
    async (w) => {
      await w.held(w.bulk, w.ana);
      const eTag = await w.eTag(w.bulk);
      return () => w.assign(w.bulk, { userId: w.ben }, { 'if-match': eTag });
    },
  ],
  [
    'CR-07 taking a bulk credit away',
    'ReassignmentNotAllowed',
    async (w) => {
      await w.held(w.bulk, w.ana);
      return () => w.onCredit('unassignCredit', w.bulk);
    },
  ],
  [
    'CR-04 a user with a free mail address',
    'FreeEmailDomain',
    async (w) => {
      const userId = await setup.user(w.partnerId, 'ana@gmail.com');
      return () => w.assign(w.monthly, { userId });
    },
  ],
  [
    'CR-04 a new user with a free mail address is not added either',
    'FreeEmailDomain',
    async (w) => () =>
      w.assign(w.monthly, { newUser: { email: 'cleo@gmail.com', displayName: 'Cleo' } }),
  ],
  [
    'CR-04 a new user of another company',
    'OutsideCompanyDomains',
    async (w) => () =>
      w.assign(w.monthly, { newUser: { email: 'cleo@fabrikam.com', displayName: 'Cleo' } }),
  ],
  [
    'CR-03 a new user whose address the directory has',
    'UserExists',
    async (w) => () =>
      w.assign(w.monthly, { newUser: { email: 'ana@contoso.com', displayName: 'Ana' } }),
  ],
  [
    'CR-03 adding a user whose address the directory has',
    'UserExists',
    async (w) => () =>
      app.call('addUser', {
        params: { partnerId: w.partnerId },
        body: { email: 'ANA@contoso.com', displayName: 'Ana' },
        token: w.admin,
      }),
  ],
  [
    'CR-03 changing an address to one that another user has',
    'UserExists',
    async (w) => () =>
      app.call('changeUser', {
        params: { partnerId: w.partnerId, userId: w.ana },
        body: { email: 'ben@contoso.com' },
        token: w.admin,
      }),
  ],
  [
    'CR-04 changing a holder’s address to a free one',
    'FreeEmailDomain',
    async (w) => {
      await w.held(w.monthly, w.ana);
      return () =>
        app.call('changeUser', {
          params: { partnerId: w.partnerId, userId: w.ana },
          body: { email: 'ana@gmail.com' },
          token: w.admin,
        });
    },
  ],
  [
    'CR-08 a mail for nobody',
    'NotAssigned',
    async (w) => () => w.onCredit('sendAssignmentMail', w.bulk),
  ],
  [
    'CR-08 an email that is still waiting, sent again',
    'TooManyRequests',
    async (w) => {
      await w.held(w.bulk, w.ana);
      return () => w.onCredit('sendAssignmentMail', w.bulk);
    },
  ],
  ['CR-03 an unknown user', 'NotFound', async (w) => () => w.assign(w.bulk, { userId: newId() })],
  ['an unknown benefit', 'NotFound', async (w) => () => w.assign(newId(), { userId: w.ana })],
  [
    'PR-06 another partner’s credit',
    'NotFound',
    async (w) => {
      const other = await setup.partner();
      return () =>
        app.call('assignCredit', {
          params: { partnerId: w.partnerId, benefitId: w.monthly },
          body: { userId: w.ana },
          token: other.admin,
        });
    },
  ],
  [
    'PR-05 a role that may not assign',
    'Forbidden',
    async (w) => {
      const agent = await app.tokenFor({ roles: ['AdminAgent'], partner: w.partnerId });
      return () =>
        app.call('assignCredit', {
          params: { partnerId: w.partnerId, benefitId: w.monthly },
          body: { userId: w.ana },
          token: agent,
        });
    },
  ],
  ['a body that names nobody', 'InvalidRequest', async (w) => () => w.assign(w.monthly, {})],
  [
    'CR-12 assigning an expired credit',
    'BenefitExpired',
    async (w) => {
      const { benefitIds } = await setup.membership(w.partnerId, 'launch', day(-400));
      return () => w.assign(benefitIds[0]!, { userId: w.ana });
    },
  ],
  [
    'PR-02 renewing an ended membership',
    'BenefitExpired',
    async (w) => {
      const { id } = await setup.membership(w.partnerId, 'launch', day(-400));
      return () =>
        app.call('renewMembership', {
          params: { partnerId: w.partnerId, membershipId: id },
          token: setup.operator,
        });
    },
  ],
  [
    'PR-01 awarding beside an unknown membership',
    'NotFound',
    async (w) => () =>
      app.call('awardBenefit', {
        params: { partnerId: w.partnerId },
        body: {
          membershipId: newId(),
          kind: 'azure-bulk',
          amount: { amount: '1.00', currency: 'USD' },
        },
        token: setup.operator,
      }),
  ],
  [
    'PR-01 a membership that starts tomorrow',
    'InvalidRequest',
    async (w) => () =>
      app.call('startMembership', {
        params: { partnerId: w.partnerId },
        body: { type: 'launch', startDate: day(1) },
        token: setup.operator,
      }),
  ],
  [
    'PR-01 withdrawing a credit that somebody holds',
    'AlreadyAssigned',
    async (w) => {
      await w.held(w.monthly, w.ana);
      return () => w.onCredit('revokeBenefit', w.monthly, setup.operator);
    },
  ],
  [
    'PR-04 a tenant that another partner has',
    'InvalidRequest',
    async (w) => () =>
      operatorPuts(newId(), {
        displayName: 'Mallory',
        domains: ['mallory.com'],
        tenantIds: [newId(), w.partnerId],
      }),
  ],
  [
    'PR-01 a partner’s stale version',
    'PreconditionFailed',
    async (w) => () =>
      operatorPuts(
        w.partnerId,
        { displayName: 'Contoso Two', domains: ['contoso.com'], tenantIds: [newId()] },
        { 'if-match': '"7"' },
      ),
  ],
  [
    'CR-09 a credit redeemed already',
    'AlreadyRedeemed',
    async (w) => {
      const link = await w.held(w.monthly, w.ana);
      await redeem(link, newId());
      return () => redeem(link, newId());
    },
  ],
  [
    'CR-09 an Azure subscription that another partner’s credit was redeemed on',
    'SubscriptionAlreadyUsed',
    async (w) => {
      const other = await world();
      const azureSubscriptionId = newId();
      await redeem(await other.held(other.bulk, other.ana), azureSubscriptionId);
      const link = await w.held(w.bulk, w.ana);
      return () => redeem(link, azureSubscriptionId);
    },
  ],
  [
    'CR-09 a subscription on which the credit’s former holder redeemed it',
    'SubscriptionAlreadyUsed',
    async (w) => {
      const azureSubscriptionId = newId();
      await redeem(await w.held(w.monthly, w.ana), azureSubscriptionId);
      await w.onCredit('unassignCredit', w.monthly);
      const link = await w.held(w.monthly, w.ben);
      return () => redeem(link, azureSubscriptionId);
    },
  ],
  [
    'CR-08 the link of an assignment that was taken away',
    'LinkNoLongerValid',
    async (w) => {
      const link = await w.held(w.monthly, w.ana);
      await w.onCredit('unassignCredit', w.monthly);
      return () => redeem(link, newId());
    },
  ],
  [
    'a request id that was used for another request',
    'RepeatabilityConflict',
    async (w) => {
      const repeatable = {
        'repeatability-request-id': newId(),
        'repeatability-first-sent': new Date().toUTCString(),
      };
      await w.assign(w.monthly, { userId: w.ana }, repeatable);
      return () => w.assign(w.bulk, { userId: w.ana }, repeatable);
    },
  ],
];

test.for(refusals)('%s: %s, and nothing is written', async ([, code, arrange]) => {
  const command = await arrange(await world());
  const before = await dumpStorage(app.storage);
  const answer = await command();
  expect(answer.code, JSON.stringify(answer.body)).toBe(code);
  if (code === 'TooManyRequests') expect(answer.headers['Retry-After']).toMatch(/^[1-9]\d*$/);
  expect(await dumpStorage(app.storage)).toEqual(before);
});

test('CR-03 naming the present holder is no refusal, and writes nothing either', async () => {
  const w = await world();
  await w.held(w.monthly, w.ana);
  const before = await dumpStorage(app.storage);
  expect((await w.assign(w.monthly, { userId: w.ana })).status).toBe(200);
  expect(await dumpStorage(app.storage)).toEqual(before);
});
