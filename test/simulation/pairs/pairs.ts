/**
 * Every pair of commands with a fault at every request: the first runs up to its n-th request, which fails in one of
 * the ways there are; then the second runs as a whole; then the first goes on, and is sent again where its client does
 * not know what came of it.
 */
import { checkAtRest } from '../checks/final.ts';
import type { Fault, Policy, Request, Task } from '../engine/scheduler.ts';
import { generator } from '../engine/choices.ts';
import { asClient, baseAt } from '../world/base.ts';
import type { Issued } from '../world/clients.ts';
import type { Options } from '../world/system.ts';
import { createWorld, type Violation } from '../world/world.ts';
import { groupsOf, type Step } from './steps.ts';
import { stageOf } from './stage.ts';

/** What happens at the n-th request: nothing (the other just comes between), or a fault. */
export const pairFaults = ['none', 'refused', 'lost', 'retried', 'late', 'killed-after'] as const;
export type PairFault = (typeof pairFaults)[number];

export type Pair = {
  first: Step;
  second: Step;
  fault: PairFault;
  /** At which of the first one's requests. */
  request: number;
  /** Whether the first one names itself, so that it can be sent again. */
  named: boolean;
};

/** A pair in words, by which it can be found again. */
export const nameOf = ({ first, second, fault, request, named }: Pair) =>
  `${first.name}${named ? ' (named)' : ''} × ${second.name}: ${fault} at request ${request}`;

export type PairOptions = {
  known?: ReadonlySet<string>;
  tampering?: Options['tampering'];
  trace?: (line: string) => void;
  /** Only every `parts`-th pair of steps, from the `part`-th on. */
  part?: { part: number; parts: number };
};

export type PairResult = {
  violation: Violation | undefined;
  known: Violation[];
  /** Whether the first command had so many requests. */
  reached: boolean;
};

const minute = 60_000;
const base = await baseAt('mid-month');

/** All groups of steps, on the base world. */
export const groups = groupsOf(stageOf(base));

/** Runs a pair. */
export async function runPair(pair: Pair, options: PairOptions = {}): Promise<PairResult> {
  const again: Issued[] = [];
  let favourite: Task | undefined;
  const firsts: Task[] = [];
  const strike = { done: false };
  const random = generator(1);
  const policy: Policy = {
    next: (runnable) => runnable.find(({ task }) => task === favourite) ?? runnable[0]!,
    fault(request): Fault {
      if (strike.done || !firsts.includes(request.task) || request.number !== pair.request)
        return 'none';
      strike.done = true;
      return applies(pair.fault, request) ? pair.fault : 'none';
    },
    freeze: () => 0,
    orphan: () => 'never',
    random,
  };
  const world = createWorld({
    from: base,
    policy,
    skews: [0, 0],
    known: options.known,
    tampering: options.tampering,
    trace: options.trace,
    told(issued) {
      if (issued.told === 'unknown' && issued.request && issued.tries < 3) again.push(issued);
    },
  });
  const { system, host, clients } = world;
  const { scheduler, queues, instances } = system;
  const [one, other] = instances as [(typeof instances)[0], (typeof instances)[0]];

  /** Starts a step; what a message leads to is left for later. */
  function begin(step: Step, instance: typeof one, named: boolean): Task[] {
    if (!('host' in step))
      return [
        clients.send(
          asClient(system, random, () => clients.decide(step, named)),
          instance,
        ),
      ];
    if (step.host === 'sweep') return [host.runTimer('expireBenefits', instance)];
    return queues.visible().map((message) => host.consume(message, instance));
  }

  async function whole(step: Step): Promise<void> {
    for (favourite of begin(step, other, false))
      while (!favourite.ending && (await scheduler.step()));
    if (!('host' in step)) return;
    for (const message of queues.visible()) {
      favourite = host.consume(message, other);
      while (!favourite.ending && (await scheduler.step()));
    }
  }

  /** Until nothing is left to do. */
  async function toTheEnd(): Promise<void> {
    do {
      while (await scheduler.step());
      for (const issued of again.splice(0)) clients.send(issued, other);
      for (const message of queues.visible()) host.consume(message, other);
    } while (scheduler.live() > 0 || again.length > 0);
  }

  firsts.push(...begin(pair.first, one, pair.named).slice(0, 1));
  const [first] = firsts;
  favourite = first;
  while (first && !strike.done && !first.ending) {
    await scheduler.quiet();
    if (pair.fault === 'none' && scheduler.nextOf(first)?.number === pair.request) {
      strike.done = true;
      break;
    }
    if (!(await scheduler.step())) break;
  }
  const reached = strike.done;
  if (reached) {
    await whole(pair.second);
    favourite = first;
    await toTheEnd();
    for (const wait of [6 * minute, 16 * minute]) {
      scheduler.advance(wait);
      host.runTimer('redeliverNotices', other);
      await toTheEnd();
    }
    checkAtRest(system, world.violate, true);
  }
  return { violation: world.violation(), known: world.known(), reached };
}

/** A read can only be refused. */
function applies(fault: PairFault, { kind }: Request): boolean {
  return kind === 'write' || fault === 'refused' || fault === 'none';
}

/**
 * Whether to send the first one with a name. Its client repeats it only then, which matters where it was told nothing
 * certain; where it was told something, it does without, and one request record less is in the way.
 */
function namings(first: Step, fault: PairFault): boolean[] {
  if ('host' in first || !first.repeatable) return [false];
  if (fault === 'retried') return [true, false];
  return [fault !== 'none'];
}

/** Goes through all pairs of a group, each with every fault at every request; `found` is told of each violation. */
export async function runGroup(
  steps: readonly Step[],
  found: (pair: Pair, violation: Violation) => void,
  options: PairOptions = {},
): Promise<number> {
  const { part, parts } = options.part ?? { part: 1, parts: 1 };
  let runs = 0;
  const both = steps.flatMap((first) => steps.map((second) => ({ first, second })));
  for (const { first, second } of both.filter((_, i) => i % parts === part - 1))
    for (const fault of pairFaults)
      for (const named of namings(first, fault))
        for (let request = 1; ; request += 1) {
          const pair = { first, second, fault, request, named };
          const { violation, known, reached } = await runPair(pair, options);
          if (!reached) break;
          runs += 1;
          for (const one of [...known, ...(violation ? [violation] : [])]) found(pair, one);
        }
  return runs;
}
