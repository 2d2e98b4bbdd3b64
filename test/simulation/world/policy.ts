/** Who goes on and what fails, as a run's choices have it. */
import type { Choices } from '../engine/choices.ts';
import { faults, type Fault, type Policy, type Request, type Task } from '../engine/scheduler.ts';

/** How often each fault is, of all faults. */
const shares: Record<Exclude<Fault, 'none'>, number> = {
  refused: 3,
  lost: 3,
  retried: 5,
  late: 3,
  echoed: 1,
  'killed-before': 1,
  'killed-after': 1,
  frozen: 1,
};

/** What can happen to each kind of request. An email is not sent again by its SDK, and its time-out is short. */
const possible: Record<Request['kind'], ReadonlySet<Fault>> = {
  read: new Set<Fault>(['refused', 'killed-before', 'frozen']),
  write: new Set<Fault>(faults),
  mail: new Set<Fault>(['refused', 'lost', 'killed-before', 'killed-after']),
  wait: new Set<Fault>(['killed-before']),
};

const minute = 60_000;
const freezes = [70_000, 20 * minute, 50 * minute];

/** How often a request is disturbed, in a run with none, few or many faults. */
export const faultRates = [0, 0.01, 0.05] as const;

/** Chances for everything, from a run's choices. */
export function chancePolicy(choices: Choices, rate: number): Policy {
  const all = Object.values(shares).reduce((sum, share) => sum + share, 0);
  const weights = faults.map((fault) =>
    fault === 'none' ? 1 - rate : (rate * shares[fault]) / all,
  );
  let last: Task | undefined;
  return {
    next(runnable) {
      // The task that went on last comes first: to go on with it is the calm choice.
      const same = runnable.findIndex(({ task }) => task === last);
      const choice = choices.among('order', runnable.length, 0.4);
      const index = same > 0 && choice <= same ? (choice === 0 ? same : choice - 1) : choice;
      const next = runnable[index]!;
      last = next.task;
      return next;
    },
    fault({ kind }) {
      const fault = faults[choices.weighted('faults', weights)]!;
      return possible[kind].has(fault) ? fault : 'none';
    },
    freeze: () => freezes[choices.among('faults', freezes.length)]!,
    orphan: () => (['never', 'now', 'late'] as const)[choices.among('faults', 3)]!,
    random: choices.random,
  };
}
