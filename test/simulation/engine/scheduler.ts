/**
 * One thing at a time: every request to storage, queues and the mail service, and every wait, stops until the policy
 * says that it goes on, and how it fails. Nothing else interrupts code, so the policy decides the whole interleaving.
 */
import { asStorageFault } from '../../../src/platform/storage-faults.ts';
import { settled, surroundings, type Surroundings } from './virtual-time.ts';

/**
 * A process of the app. Its clock is `skew` milliseconds off; while frozen nothing in it goes on; `deaths` counts how
 * often it was started anew.
 */
export type Instance = { name: string; skew: number; frozenUntil: number; deaths: number };

/** How a task ended. `cut`: its process died, so that nobody was answered. */
export type Ending<T = unknown> =
  { as: 'done'; value: T } | { as: 'failed'; error: unknown } | { as: 'cut' };

/** One invocation: of an HTTP function, a queue function or a timer. */
export type Task = {
  name: string;
  instance: Instance;
  /** The client's command that it carries out, if any. */
  command: object | undefined;
  /** How many requests wait for their turn. */
  waiting: number;
  /** How many requests it has made. */
  made: number;
  killed: boolean;
  ending: Ending | undefined;
};

/**
 * What happens to a request. `refused`: never arrives; its sender is told that storage cannot be reached. `lost`: is
 * done, and its sender is told so all the same. `retried`: is done, its answer is lost, and the SDK sends it again.
 * `late`: its sender is told that storage cannot be reached, and later it is done. `echoed`: is done, and later once
 * more. `killed-before`, `killed-after`: the process dies. `frozen`: the process stops for minutes before it.
 */
export const faults = [
  'none',
  'refused',
  'lost',
  'retried',
  'late',
  'echoed',
  'killed-before',
  'killed-after',
  'frozen',
] as const;
export type Fault = (typeof faults)[number];

/** A request that waits for its turn. Without `answer` its sender is gone: it is done late. */
export type Request = {
  task: Task;
  label: string;
  kind: 'read' | 'write' | 'mail' | 'wait';
  /** Which of its task's requests it is, from 1. */
  number: number;
  /** Not before this time. */
  from: number;
  /** Sent again by the SDK: nothing more happens to it. */
  again: boolean;
  perform(): unknown;
  answer?: { resolve(value: unknown): void; reject(error: unknown): void };
};

export type Policy = {
  /** Which goes on; there is at least one. */
  next(runnable: readonly Request[]): Request;
  fault(request: Request): Fault;
  /** How long a process that freezes stops, in milliseconds. */
  freeze(): number;
  /** What becomes of a write that a process had sent when it died. */
  orphan(request: Request): 'never' | 'now' | 'late';
  /** Chance for the code that runs. */
  random: () => number;
};

type Around = Surroundings & { task: Task };

const millisecondsAStep = 3;

export type Scheduler = ReturnType<typeof createScheduler>;

/** Makes a scheduler whose time begins at `start`. `trace` is told of every step. */
export function createScheduler(
  start: number,
  policyAtFirst: Policy,
  trace?: (line: string) => void,
) {
  let time = start;
  let policy = policyAtFirst;
  let pending: Request[] = [];
  let live: { task: Task; ended: () => void }[] = [];
  let steps = 0;

  const unreachable = () => asStorageFault({ name: 'TimeoutError' });
  const now = (instance: Instance) => time + instance.skew;
  const readyAt = ({ from, task, answer }: Request) =>
    // What has left a process does not freeze with it.
    answer ? Math.max(from, task.instance.frozenUntil) : from;

  function current(): Task {
    const around = surroundings.getStore() as Around | undefined;
    if (!around) throw new Error('A request was made outside of the simulation');
    return around.task;
  }

  /** Has something done when its turn comes. */
  function request<T>(label: string, kind: Request['kind'], perform: () => T, from = 0) {
    const task = current();
    if (task.killed) return new Promise<T>(() => undefined);
    task.waiting += 1;
    if (kind !== 'wait') task.made += 1;
    return new Promise<T>((resolve, reject) => {
      const answer = { resolve: resolve as (value: unknown) => void, reject };
      pending.push({ task, label, kind, number: task.made, from, again: false, perform, answer });
    });
  }

  /** Starts an invocation; `ended` is told how it ended. */
  function spawn<T>(
    instance: Instance,
    name: string,
    work: () => Promise<T>,
    ended: (ending: Ending<T>) => void = () => undefined,
    command?: object,
  ): Task {
    const task: Task = {
      ...{ name, instance, command },
      ...{ waiting: 0, made: 0, killed: false, ending: undefined },
    };
    const around: Around = {
      task,
      now: () => now(instance),
      random: () => policy.random(),
      wait: (milliseconds) =>
        request(
          `wait ${Math.round(milliseconds)} ms`,
          'wait',
          () => undefined,
          time + milliseconds,
        ),
    };
    const entry = { task, ended: () => ended(task.ending as Ending<T>) };
    live.push(entry);
    const end = (ending: Ending<T>) => {
      if (task.killed) return;
      task.ending = ending;
      live = live.filter((one) => one !== entry);
      trace?.(`${task.name} (${instance.name}) ${ending.as}${describe(ending)}`);
      entry.ended();
    };
    trace?.(`${name} (${instance.name}) begins at ${new Date(now(instance)).toISOString()}`);
    void surroundings.run(around, work).then(
      (value) => end({ as: 'done', value }),
      (error: unknown) => end({ as: 'failed', error }),
    );
    return task;
  }

  /** Ends a process: all it was doing is dropped, and some of what it had sent is done all the same. */
  function kill(instance: Instance): void {
    trace?.(`${instance.name} dies`);
    instance.deaths += 1;
    instance.frozenUntil = 0;
    const dropped = live.filter(({ task }) => task.instance === instance);
    live = live.filter(({ task }) => task.instance !== instance);
    for (const { task } of dropped) task.killed = true;
    const own = pending.filter(({ task, answer }) => answer && task.instance === instance);
    for (const { task } of own) task.killed = true;
    pending = pending.filter((one) => !own.includes(one));
    for (const one of own.filter(({ kind }) => kind === 'write' || kind === 'mail')) {
      const fate = policy.orphan(one);
      if (fate === 'now') perform(one, 'after its process died');
      if (fate === 'late') later(one);
    }
    for (const { task, ended } of dropped) {
      task.ending = { as: 'cut' };
      ended();
    }
  }

  function perform(one: Request, how: string): unknown {
    trace?.(`  ${one.task.name} #${one.number}: ${one.label}${how && ` (${how})`}`);
    return one.perform();
  }

  function later(one: Request): void {
    const { answer: _gone, ...rest } = one;
    pending.push({ ...rest, again: true, from: time });
  }

  /** Does one thing. False when there is nothing left to do. */
  async function step(): Promise<boolean> {
    await quiet();
    if (pending.length === 0) return false;
    let runnable = pending.filter((one) => readyAt(one) <= time);
    if (runnable.length === 0) {
      time = Math.min(...pending.map(readyAt));
      runnable = pending.filter((one) => readyAt(one) <= time);
    }
    const one = policy.next(runnable);
    carryOut(one);
    return true;
  }

  function carryOut(one: Request): void {
    pending.splice(pending.indexOf(one), 1);
    time += millisecondsAStep;
    steps += 1;
    const { task, answer } = one;
    const fault = !answer || one.again ? 'none' : policy.fault(one);
    if (fault === 'frozen') {
      task.instance.frozenUntil = time + policy.freeze();
      trace?.(`${task.instance.name} freezes before #${one.number} of ${task.name}`);
      pending.push(one);
      return;
    }
    if (fault === 'killed-before') {
      kill(task.instance);
      return;
    }
    if (fault === 'retried') {
      attempt(one, 'its answer is lost; the SDK sends it again');
      pending.push({ ...one, again: true, from: time + 100 });
      return;
    }
    task.waiting -= answer ? 1 : 0;
    if (fault === 'refused' || fault === 'late') {
      trace?.(`  ${task.name} #${one.number}: ${one.label} (${fault})`);
      if (fault === 'late') later(one);
      answer?.reject(unreachable());
      return;
    }
    const outcome = attempt(one, fault === 'none' ? (one.answer ? '' : 'late') : fault);
    if (fault === 'killed-after') {
      kill(task.instance);
      return;
    }
    if (fault === 'echoed') later(one);
    if (fault === 'lost') answer?.reject(unreachable());
    else if ('error' in outcome) answer?.reject(outcome.error);
    else answer?.resolve(outcome.value);
  }

  function attempt(one: Request, how: string): { value: unknown } | { error: unknown } {
    try {
      return { value: perform(one, how) };
    } catch (error) {
      return { error };
    }
  }

  /** Waits until every task waits for its turn, or has ended. */
  async function quiet(): Promise<void> {
    do await settled();
    while (live.some(({ task }) => task.waiting === 0));
  }

  return {
    /** The invocation that runs. */
    current,
    request,
    spawn,
    kill,
    step,
    quiet,
    now,
    /** The true time, in milliseconds. */
    time: () => time,
    steps: () => steps,
    /** Lets time pass in which nothing happens. */
    advance(milliseconds: number): void {
      // What was sent arrives within seconds, or never.
      for (const one of pending.filter(({ answer }) => !answer)) carryOut(one);
      time += milliseconds;
      trace?.(`--- ${new Date(time).toISOString()}`);
    },
    /** When the next thing can be done; Infinity when there is none. */
    nextAt: () => Math.min(Infinity, ...pending.map(readyAt)),
    /** The next request of a task. */
    nextOf: (task: Task): Request | undefined => pending.find((one) => one.task === task),
    /** How many invocations are under way. */
    live: () => live.length,
    use(other: Policy): void {
      policy = other;
    },
    trace,
  };
}

function describe(ending: Ending): string {
  if (ending.as !== 'failed') return '';
  const { refusal, name, message } = ending.error as {
    refusal?: { code: string };
    name: string;
    message: string;
  };
  return `: ${refusal?.code ?? `${name} ${message}`}`;
}
