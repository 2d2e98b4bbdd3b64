/** One run: a world, clients who do what the script says, faults, and in the end healing and a look at everything. */
import {
  addMonths,
  startOfDay,
  startOfMonth,
  monthOf,
  nextMonth,
} from '../../../src/platform/calendar.ts';
import { checkAtRest } from '../checks/final.ts';
import { createSight, type Ask, type Focus, type Pick, type Sight } from '../commands/ask.ts';
import { commandMakers, commands, commandWeights, contests } from '../commands/all.ts';
import type { Choices } from '../engine/choices.ts';
import { asClient, baseAt, calmPolicy, moments, type Moment } from './base.ts';
import type { Issued } from './clients.ts';
import { chancePolicy, faultRates } from './policy.ts';
import type { Options } from './system.ts';
import { createWorld, type Violation } from './world.ts';

export type Result = {
  violation: Violation | undefined;
  /** Violations of rules that are known to be broken, the first of each. */
  known: Violation[];
  steps: number;
  commands: number;
  /** How many months partners lived, all together. */
  partnerMonths: number;
};

export type RunOptions = {
  choices: Choices;
  /** Guards that are switched off. */
  tampering?: Options['tampering'];
  /** Rules whose violations are counted, and the run goes on. */
  known?: ReadonlySet<string>;
  trace?: ((line: string) => void) | undefined;
};

const second = 1_000;
const minute = 60 * second;
const day = 24 * 60 * minute;
const monthMilliseconds = 30.4 * day;
const skews = [0, 0, 900, -900, 2_000, -2_000];

class Stop extends Error {}

/** Lives one run through. */
export async function simulate(options: RunOptions): Promise<Result> {
  const { choices, trace } = options;
  const of = <T>(list: readonly T[], calm = 0): T =>
    list[choices.among('script', list.length, calm)]!;
  const moment = of(Object.keys(moments) as Moment[]);
  const rate = faultRates[choices.weighted('script', [1, 3, 2])]!;
  const shortPages = choices.among('script', 4) === 1;
  const again: { issued: Issued; from: number }[] = [];
  const world = createWorld({
    from: await baseAt(moment),
    policy: chancePolicy(choices, rate),
    skews: [of(skews), of(skews)],
    known: options.known,
    tampering: options.tampering,
    trace,
    pageSize: shortPages
      ? (most: number) => Math.min(most, choices.among('order', 4) + 1)
      : undefined,
    told(issued) {
      if (issued.told === 'unknown' && issued.request && issued.tries < 5 && issued.underWay === 0)
        again.push({ issued, from: scheduler.time() + second });
    },
  });
  const { system, host, clients } = world;
  const { scheduler, queues, instances } = system;
  const began = scheduler.time();

  const pick: Pick = {
    of: (list) => (list.length === 0 ? undefined : list[choices.among('script', list.length)]),
    chance: (oneIn) => choices.among('script', oneIn) === oneIn - 1,
  };
  const instance = () => instances[choices.among('script', instances.length)]!;
  let focus: Focus = { partnerId: system.tables.partitionsOf('partners')[0]!, credit: 0, user: 0 };

  /** Does one thing that can be done now; false when there is none. */
  async function step(): Promise<boolean> {
    await scheduler.quiet();
    if (world.violation()) throw new Stop();
    const ready = scheduler.nextAt() <= scheduler.time() + 5 * second;
    const messages = queues.visible();
    if (messages.length > 0 && (!ready || choices.among('order', 6, 0.3) === 1)) {
      const kept = choices.among('faults', 40, 0.8) === 1;
      const message = messages[choices.among('order', messages.length)]!;
      // A queue gives a message at least once.
      if (rate > 0 && choices.among('faults', 5, 0.5) === 1)
        queues.put(message.queue, message.text, 0);
      host.consume(message, instance(), kept && rate > 0);
      return true;
    }
    const due = again.findIndex(({ from }) => from <= scheduler.time());
    if (due >= 0 && (!ready || choices.among('order', 4) === 1)) {
      const { issued } = again.splice(due, 1)[0]!;
      if (issued.told === 'unknown') clients.send(issued, instance());
      return true;
    }
    return ready && scheduler.step();
  }

  /** Lets everything come to its end. */
  async function toTheEnd(): Promise<void> {
    for (;;) {
      while (await step());
      const next = Math.min(scheduler.nextAt(), ...again.map(({ from }) => from));
      if (next === Infinity) return;
      if (next > scheduler.time()) scheduler.advance(next - scheduler.time());
    }
  }

  /** Lets time pass. Only a process that is frozen still has something under way then. */
  async function leap(milliseconds: number): Promise<void> {
    if (milliseconds > 60 * minute) {
      await toTheEnd();
      again.length = 0;
    } else if (milliseconds > second) while (await step());
    await scheduler.quiet();
    scheduler.advance(milliseconds);
  }

  /** Until shortly before something changes. */
  function untilAnEdge(): number {
    const now = new Date(scheduler.time()).toISOString();
    const edges = [
      startOfMonth(nextMonth(monthOf(now))),
      startOfDay(addMonths('2026-12-05', 12)),
      startOfDay(addMonths('2026-12-05', 24)),
    ].map((edge) => Date.parse(edge) - 2 * second - scheduler.time());
    const near = edges.filter((left) => left > 0 && left < 40 * day);
    return near.length > 0 ? of(near) : 5 * minute;
  }

  function ask(make: (sight: Sight) => Ask | undefined, by: Pick = pick): Ask | undefined {
    return asClient(system, choices.random, () => {
      const now = new Date(scheduler.time()).toISOString();
      return make(createSight(system.tables, by, focus, now));
    });
  }

  /** Several clients at the same moment, who all want the same things. */
  function contest(): void {
    const names = of(contests);
    const same = choices.among('script', 60);
    const narrow: Pick = {
      of: (list) => (list.length === 0 ? undefined : list[same % list.length]),
      chance: () => false,
    };
    const others = choices.among('script', 2) === 1;
    for (let i = 0; i < 2 + choices.among('script', 2); i += 1) {
      // What holds across partners is fought for by several of them.
      if (others) focus = { ...focus, partnerId: of(system.tables.partitionsOf('partners')) };
      const asked = ask(commands[of(names)], narrow);
      if (!asked) continue;
      const named = pick.chance(3);
      clients.send(
        asClient(system, choices.random, () => clients.decide(asked, named)),
        instance(),
      );
    }
  }

  async function item(): Promise<void> {
    // 0 is nothing at all, so that a failing run can be made simpler.
    const what = choices.weighted('script', [1, 2, 2, 2, 1, 2, 11, 6]);
    if (what === 6 || what === 1) {
      const asked = ask(commandMakers[choices.weighted('script', commandWeights)]!);
      if (!asked) return;
      const issued = asClient(system, choices.random, () => clients.decide(asked, pick.chance(2)));
      clients.send(issued, instance(), rate > 0 && choices.among('faults', 30, 0.8) === 1);
      // Sent twice: under one name it is one command, without it is two.
      if (what === 1) {
        const twin = issued.request
          ? issued
          : asClient(system, choices.random, () => clients.decide(asked, false));
        clients.send(twin, instance());
      }
    } else if (what === 2) {
      focus = {
        partnerId: of(system.tables.partitionsOf('partners')),
        credit: choices.among('script', 4),
        user: choices.among('script', 3),
      };
    } else if (what === 7) contest();
    else if (what === 3)
      await leap(of([second, 70 * second, 6 * minute, 20 * minute, 55 * minute]));
    else if (what === 4) await leap(of([untilAnEdge(), day, 3 * day]));
    else if (what === 5)
      host.runTimer(
        of(['redeliverNotices', 'expireBenefits', 'lapseMonthlyCredits'] as const),
        instance(),
      );
  }

  async function heal(): Promise<void> {
    trace?.('=== healing');
    scheduler.use(calmPolicy(choices.random));
    for (const one of instances) one.frozenUntil = 0;
    await toTheEnd();
    for (const issued of clients.all())
      if (
        issued.told === 'unknown' &&
        issued.request &&
        scheduler.time() - Date.parse(issued.request.firstSent) < day / 2
      )
        clients.send(issued, instances[0]!);
    await toTheEnd();
    // Days later, since a reminder that missed today's email waits for tomorrow's.
    for (const wait of [16 * minute, day, day, day, day]) {
      scheduler.advance(wait);
      host.runTimer('redeliverNotices', instances[0]!);
      await toTheEnd();
      if (wait < day || !isOverdue()) continue;
      host.runTimer('expireBenefits', instances[0]!);
      await toTheEnd();
    }
    await settleQueues();
    // What was written ahead of a commit that never came is cleared away once no commit can follow.
    scheduler.advance(16 * minute);
    host.runTimer('redeliverNotices', instances[0]!);
    await toTheEnd();
    checkAtRest(system, world.violate, rate === 0);
  }

  /** Whether a sweep has something to do. */
  function isOverdue(): boolean {
    const tomorrow = new Date(scheduler.time() + day).toISOString().slice(0, 10);
    return system.tables.partitionsOf('schedule').some((partition) => partition < tomorrow);
  }

  async function settleQueues(): Promise<void> {
    for (let i = 0; i < 50 && queues.messages().length > 0; i += 1) {
      scheduler.advance(Math.max(second, queues.nextVisibleAt() - scheduler.time()));
      await toTheEnd();
    }
  }

  try {
    const items = 12 + choices.among('script', 30);
    for (let i = 0; i < items; i += 1) {
      await item();
      const steps = choices.among('order', 14);
      for (let s = 0; s < steps && (await step()); s += 1);
    }
    await toTheEnd();
    await heal();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  const months = (scheduler.time() - began) / monthMilliseconds;
  return {
    violation: world.violation(),
    known: world.known(),
    steps: scheduler.steps(),
    commands: clients.all().length,
    partnerMonths: months * system.tables.partitionsOf('partners').length,
  };
}
