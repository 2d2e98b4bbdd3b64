/** Three partners with memberships, users and credits in every state, made by the app itself at one calm instance. */
import { assignCredit } from '../../../src/credits/assignment-service.ts';
import { linkIdOf, signLink } from '../../../src/credits/link-token.ts';
import { redeemByLink } from '../../../src/credits/redemption-service.ts';
import { getProductKey } from '../../../src/cloud-services/key-service.ts';
import { startMembership } from '../../../src/partners/memberships-service.ts';
import { putPartner } from '../../../src/partners/partners-service.ts';
import { addUser } from '../../../src/partners/users-service.ts';
import type { CommandCall } from '../../../src/platform/http/endpoint.ts';
import { newId } from '../../../src/platform/ids.ts';
import { asOperator } from '../commands/ask.ts';
import { generator } from '../engine/choices.ts';
import type { Policy } from '../engine/scheduler.ts';
import { surroundings } from '../engine/virtual-time.ts';
import { createHost } from './host.ts';
import { createSystem, type Snapshot, type System } from './system.ts';

/** One after the other, and nothing fails. */
export function calmPolicy(random: () => number): Policy {
  return {
    next: (runnable) => runnable[0]!,
    fault: () => 'none',
    freeze: () => 0,
    orphan: () => 'never',
    random,
  };
}

/** Carries something out on the first instance, with nothing beside it. */
export async function calmly<T>(system: System, name: string, work: () => Promise<T>): Promise<T> {
  const { scheduler, instances } = system;
  const answer = Promise.withResolvers<T>();
  let ended = false;
  scheduler.spawn(instances[0]!, name, work, (ending) => {
    ended = true;
    if (ending.as === 'done') answer.resolve(ending.value);
    else answer.reject(ending.as === 'failed' ? ending.error : new Error(`${name} was cut off`));
  });

  while (!ended) await scheduler.step();
  return answer.promise;
}

/** Moments worth being at, two seconds before something changes. All memberships begin on 5 December 2026. */
export const moments = {
  'mid-month': '2026-12-15T12:00:00.000Z',
  'month end': '2026-12-31T23:59:58.000Z',
  'end in 30 days': '2027-11-04T23:59:58.000Z',
  'membership end': '2027-12-04T23:59:58.000Z',
} as const;
export type Moment = keyof typeof moments;

const began = Date.parse('2026-12-05T10:00:00.000Z');
const bases = new Map<Moment, Promise<Snapshot>>();

/** The world at a moment. Made once a process. */
export function baseAt(moment: Moment): Promise<Snapshot> {
  let base = bases.get(moment);
  if (!base) bases.set(moment, (base = make(moment)));
  return base;
}

async function make(moment: Moment): Promise<Snapshot> {
  const before = Object.keys(moments)[Object.keys(moments).indexOf(moment) - 1] as
    Moment | undefined;
  const from = before ? await baseAt(before) : await found();
  const random = generator(99);
  const system = createSystem({ from, policy: calmPolicy(random), skews: [0] });
  const host = createHost(system, failed);
  const { scheduler } = system;
  const until = Date.parse(moments[moment]);
  // The timers run at each month's beginning on the way, as they would.
  for (;;) {
    const next = startOfNextMonth(scheduler.time()) + 15 * 60_000;
    if (next >= until) break;
    scheduler.advance(next - scheduler.time());
    await sweep(system, host);
  }
  scheduler.advance(until - scheduler.time());
  return system.snapshot();
}

const startOfNextMonth = (time: number): number => {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
};

function failed(what: string, error: unknown): void {
  throw new Error(`${what} failed while the base was made`, { cause: error });
}

async function sweep(system: System, host: ReturnType<typeof createHost>): Promise<void> {
  const { scheduler, queues, instances } = system;
  host.runTimer('expireBenefits', instances[0]!);
  do {
    while (await scheduler.step());
    for (const message of queues.visible()) host.consume(message, instances[0]!);
  } while (scheduler.live() > 0);
}

async function found(): Promise<Snapshot> {
  const random = generator(7);
  const empty = { time: began, tables: new Map(), lastTag: 0, messages: [], accepted: [] };
  const system = createSystem({ from: empty, policy: calmPolicy(random), skews: [0] });
  const host = createHost(system, failed);
  const runtime = host.runtimeOf(system.instances[0]!);
  const call = (): CommandCall => ({
    runtime,
    now: runtime.clock.now(),
    actor: asOperator,
    ifMatch: undefined,
    repeatability: undefined,
    requestId: 'base',
  });

  async function partner(name: string, types: readonly string[]) {
    const partnerId = newId();
    const input = { displayName: name, domains: ['contoso.com'], contacts: ['ops@contoso.com'] };
    await putPartner(call(), partnerId, input);
    const users = [];
    for (const user of ['ana', 'ben', 'cy'])
      users.push(
        await addUser(call(), partnerId, { email: `${user}@contoso.com`, displayName: user }),
      );
    const benefits: string[] = [];
    for (const type of types) {
      const terms = type.startsWith('legacy') ? ('mpn' as const) : undefined;
      const input = { type, startDate: '2026-12-05', ...(terms ? { terms } : {}) };
      const { terms: years } = await startMembership(call(), partnerId, input);
      benefits.push(...years[0]!.benefitIds);
    }
    return { partnerId, users: users.map(({ id }) => id), benefits };
  }

  type Made = Awaited<ReturnType<typeof partner>>;

  async function assigned({ partnerId, users, benefits }: Made, benefit: number, user: number) {
    const benefitId = benefits[benefit]!;
    const userId = users[user]!;
    const { assignment } = await assignCredit(call(), partnerId, benefitId, { userId });
    return { partnerId, benefitId, linkId: linkIdOf(assignment!) };
  }

  async function redeemed(made: Made, benefit: number, user: number) {
    const target = await assigned(made, benefit, user);
    const token = signLink(runtime.config.linkSigningKeys, target);
    await redeemByLink(call(), token, newId());
  }

  await calmly(system, 'base', async () => {
    // Benefits in the catalogue's order: of an action pack and of launch a credit, then a product.
    const first = await partner('Contoso', ['action-pack', 'launch', 'legacy-silver']);
    await redeemed(first, 0, 0);
    await assigned(first, 2, 1);
    const second = await partner('Fabrikam', ['action-pack', 'success-expanded']);
    await assigned(second, 0, 0);
    await redeemed(second, 2, 1);
    const third = await partner('Tailspin', ['launch', 'action-pack']);
    await redeemed(third, 0, 0);
    await getProductKey(call(), third.partnerId, third.benefits[1]!);
    await getProductKey(call(), third.partnerId, third.benefits[3]!);
  });
  // The emails go out.
  do {
    for (const message of system.queues.visible()) host.consume(message, system.instances[0]!);
    while (await system.scheduler.step());
  } while (system.queues.visible().length > 0);
  return system.snapshot();
}

/** Chooses and looks in the name of clients: outside of any process, with the run's own chance. */
export function asClient<T>(system: System, random: () => number, work: () => T): T {
  const around = {
    now: system.scheduler.time,
    random,
    wait: () => Promise.reject(new Error('Clients wait for nothing')),
  };
  return surroundings.run(around, work);
}
