import { Cron } from 'croner';
import type { TestClock } from '../clock.ts';
import { requiredText } from './bindings.ts';
import type { RegisteredFunction } from './core-types.ts';
import type { Invoker } from './invoke.ts';

export type Timers = {
  /** Runs a timer now; rejects with what it threw. At most one run of a timer at a time, others wait. */
  run(name: string): Promise<void>;
  /**
   * To be called when the clock has been moved: the timers with an occurrence since then, the one whose
   * last occurrence is the earliest first. They are from now on reckoned as dealt with, run or not.
   */
  takeDue(): string[];
  start(): void;
  stop(): void;
};

type Timer = {
  fn: RegisteredFunction;
  cron: Cron;
  /** Milliseconds on the test clock; Infinity when the schedule never comes again. */
  next: number;
  last: number | undefined;
  tail: Promise<void>;
};

/** Never sleep longer than this, so that a clock file moved by another process is noticed. */
const longestSleep = 1_000;

/**
 * The timers of the app, on the test clock, by NCRONTAB schedules of six fields in UTC. An occurrence that
 * comes while the timer is running is passed over, as on the real host; what was missed while the host was
 * down is not made up for (this host keeps no schedule monitor).
 */
export function createTimers(
  functions: readonly RegisteredFunction[],
  clock: TestClock,
  invoker: Invoker,
  onError: (name: string, error: unknown) => void,
): Timers {
  const timers = new Map<string, Timer>();
  for (const fn of functions) {
    const cron = parseSchedule(fn);
    timers.set(fn.name, {
      fn,
      cron,
      next: nextAfter(cron, clock.now()),
      last: undefined,
      tail: Promise.resolve(),
    });
  }
  let sleeping: NodeJS.Timeout | undefined;
  let stopped = false;

  async function invoke(timer: Timer): Promise<void> {
    const now = clock.now();
    const iso = (instant: number): string => new Date(instant).toISOString();
    const json = JSON.stringify({
      Schedule: { AdjustForDST: false },
      ScheduleStatus: {
        Last: timer.last === undefined ? '0001-01-01T00:00:00' : iso(timer.last),
        Next: iso(Math.min(nextAfter(timer.cron, now), 8.64e15)),
        LastUpdated: iso(timer.last ?? now),
      },
      IsPastDue: false,
    });
    timer.last = now;
    await invoker.invoke(timer.fn, {
      data: { json },
      metadata: { TimerTrigger: { string: iso(now) } },
    });
  }

  function run(timer: Timer): Promise<void> {
    const result = timer.tail.then(() => invoke(timer));
    timer.tail = result.catch(() => undefined);
    return result;
  }

  function tick(): void {
    const now = clock.now();
    for (const timer of timers.values()) {
      if (timer.next > now) continue;
      timer.next = Number.POSITIVE_INFINITY;
      run(timer)
        .catch((error: unknown) => onError(timer.fn.name, error))
        .finally(() => {
          timer.next = nextAfter(timer.cron, clock.now());
          schedule();
        });
    }
    schedule();
  }

  function schedule(): void {
    if (stopped || timers.size === 0) return;
    clearTimeout(sleeping);
    const soonest = Math.min(...[...timers.values()].map((timer) => timer.next));
    const wait = Math.max(0, Math.min(soonest - clock.now(), longestSleep));
    sleeping = setTimeout(tick, wait);
  }

  return {
    async run(name) {
      const timer = timers.get(name);
      if (!timer) throw new Error(`There is no timer "${name}".`);
      await run(timer);
    },
    takeDue() {
      const now = clock.now();
      const due = [...timers.values()].filter((timer) => timer.next <= now);
      const lastBefore = new Map(
        due.map((timer) => [timer, timer.cron.previousRuns(1, new Date(now))[0]?.getTime() ?? 0]),
      );
      for (const timer of due) timer.next = nextAfter(timer.cron, now);
      const order = (timer: Timer): number => lastBefore.get(timer) ?? 0;
      return due
        .sort((a, b) => order(a) - order(b) || a.fn.name.localeCompare(b.fn.name, 'en'))
        .map((timer) => timer.fn.name);
    },
    start() {
      for (const timer of timers.values()) {
        if (timer.fn.trigger['runOnStartup'] === true) timer.next = clock.now();
      }
      schedule();
    },
    stop() {
      stopped = true;
      clearTimeout(sleeping);
    },
  };
}

/** The instant of the next occurrence strictly after `instant`, both in milliseconds. */
function nextAfter(cron: Cron, instant: number): number {
  return cron.nextRun(new Date(instant))?.getTime() ?? Number.POSITIVE_INFINITY;
}

function parseSchedule(fn: RegisteredFunction): Cron {
  const schedule = requiredText(fn.trigger, 'schedule');
  try {
    // NCRONTAB wants both day fields to match; cron is content with either.
    return new Cron(schedule, {
      mode: '6-part',
      timezone: 'Etc/UTC',
      domAndDow: true,
      paused: true,
    });
  } catch (error) {
    throw new Error(
      `Timer "${fn.name}": "${schedule}" is no NCRONTAB schedule of six fields (${String(error)}).`,
      { cause: error },
    );
  }
}
