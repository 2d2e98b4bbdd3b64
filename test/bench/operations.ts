/** Assign, redeem and list, through the registered handler in this process, against the floor of the bare SDK. */
import type { HttpResponseInit } from '@azure/functions';
import { startLocal } from '../../infra/local/stack.ts';
import { apiVersion } from '../../src/platform/http/api-version.ts';
import { newId } from '../../src/platform/ids.ts';
import {
  methodOf,
  pathOf,
  startInProcess,
  type Answer,
  type CallOptions,
  type InProcessApp,
} from '../support/in-process.ts';
import { programme } from '../support/programme.ts';
import { compare, medianOf, type Comparison } from './compare.ts';
import { createFloor, type Written } from './floor.ts';

type App = Pick<InProcessApp, 'call' | 'tokenFor' | 'env'>;

/** A partner with a credit and a user to give it to. */
async function assignable(setup: ReturnType<typeof programme>) {
  const { partnerId, admin } = await setup.partner();
  const { benefitIds } = await setup.membership(partnerId, 'launch');
  const userId = await setup.user(partnerId, 'ana@contoso.com');
  return { partnerId, admin, benefitId: benefitIds[0]!, userId };
}

async function partnerOfFifty(setup: ReturnType<typeof programme>) {
  const { partnerId, admin } = await setup.partner();
  const memberships = await Promise.all(
    ['launch', 'success-core'].map((type) => setup.membership(partnerId, type)),
  );
  for (let made = memberships.flatMap(({ benefitIds }) => benefitIds).length; made < 50; made += 1)
    await setup.award(partnerId, memberships[made % 2]!.id, 'azure-bulk');
  const query = { maxpagesize: '50' };
  return { partnerId, options: { params: { partnerId }, query, token: admin } };
}

function succeeded(answer: HttpResponseInit): void {
  if (answer.status !== 200) throw new Error(`Refused: ${JSON.stringify(answer.jsonBody)}`);
}

/** Compares the three operations; starts Azurite and the app in this process. */
export async function compareOperations(pairs: number): Promise<Record<string, Comparison>> {
  const app = await startInProcess();
  const setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
  const floor = createFloor(app.storage);
  const options = { pairs, warmUp: 10 };
  try {
    const one = await assignable(setup);
    const assignment = await floor.writtenBy(one.partnerId, () =>
      setup.assigned(one.partnerId, one.admin, one.benefitId, one.userId),
    );
    const assign = await compare(
      async () => {
        const { partnerId, admin, benefitId, userId } = await assignable(setup);
        const params = { partnerId, benefitId };
        const run = app.prepare('assignCredit', { params, body: { userId }, token: admin });
        return async () => succeeded(await run());
      },
      async () => {
        const { partnerId, benefitId, userId } = await assignable(setup);
        return () => floor.assign(partnerId, benefitId, userId, assignment);
      },
      options,
    );

    const redemption = await redemptionWritten();
    const redeem = await compare(
      async () => {
        const run = app.prepare('redeemCredit', await redeemable());
        return async () => succeeded(await run());
      },
      async () => {
        const { partnerId, benefitId, userId } = await assignable(setup);
        return () => floor.redeem(partnerId, benefitId, userId, redemption);
      },
      options,
    );

    const fifty = await partnerOfFifty(setup);
    const list = await compare(
      () => {
        const run = app.prepare('listBenefits', fifty.options);
        return async () => succeeded(await run());
      },
      () => () => floor.list(fifty.partnerId, 50),
      { ...options, warmUp: 40 },
    );
    return { assign, redeem, list };
  } finally {
    await app.stop();
  }

  async function redeemable() {
    const { partnerId, admin, benefitId, userId } = await assignable(setup);
    const token = await setup.assigned(partnerId, admin, benefitId, userId);
    return { params: { token }, body: { azureSubscriptionId: newId() } };
  }

  async function redemptionWritten(): Promise<Written> {
    const { partnerId, admin, benefitId, userId } = await assignable(setup);
    const token = await setup.assigned(partnerId, admin, benefitId, userId);
    const body = { azureSubscriptionId: newId() };
    return floor.writtenBy(partnerId, () =>
      setup.must('redeemCredit', { params: { token }, body }),
    );
  }
}

/** Medians (ms) of assign and list over HTTP, through the local Functions host: for information. */
export async function measureThroughHost(runs: number): Promise<{ assign: number; list: number }> {
  const stack = await startLocal({ build: false });
  try {
    const call = await callOverHttp(stack.baseUrl);
    const app: App = { call, tokenFor: (request) => stack.tokenFor(request), env: stack.env };
    const setup = programme(app, await stack.tokenFor({ roles: ['ProgramOperator'] }));
    const assign = await medianOf(async () => {
      const { partnerId, admin, benefitId, userId } = await assignable(setup);
      const params = { partnerId, benefitId };
      return () => setup.must('assignCredit', { params, body: { userId }, token: admin });
    }, runs);
    const fifty = await partnerOfFifty(setup);
    const list = await medianOf(() => () => setup.must('listBenefits', fifty.options), runs);
    return { assign, list };
  } finally {
    await stack.stop();
  }
}

/** `call` of the in-process app, over HTTP: the routes are those that this process has registered. */
async function callOverHttp(baseUrl: string): Promise<App['call']> {
  const { endpoints } = await import('../../src/platform/http/endpoint.ts');
  return async (
    name: string,
    { params = {}, query = {}, headers = {}, body, token }: CallOptions = {},
  ) => {
    const definition = endpoints().find((candidate) => candidate.name === name)!;
    const trigger = {
      methods: [definition.method],
      route: definition.route,
      type: 'httpTrigger',
      direction: 'in' as const,
    };
    const fn = { trigger } as unknown as Parameters<typeof pathOf>[0];
    const search = new URLSearchParams({ 'api-version': apiVersion, ...query });
    const response = await fetch(`${baseUrl}${pathOf(fn, params)}?${search.toString()}`, {
      method: methodOf(fn),
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        'content-type': 'application/json',
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = (text === '' ? {} : JSON.parse(text)) as { error?: { code: string } };
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: json,
      code: json.error?.code,
    } satisfies Answer;
  };
}
