/**
 * The search behind the plan (KEY-13): which keys to add, which to extend with, and in which order.
 *
 * What makes it small. After some keys are used, only three things matter for the rest: which keys those were,
 * how many licences there are, and the end date. The licences follow from which of them were added. And for the
 * same keys added and the same extended with, the latest end date is best: extending and adding both give a
 * date that is never earlier for a later one, and the cap looks at licences only. So one date for each way of
 * splitting keys into unused, extended and added is enough, 3^n states instead of n! · 3^n sequences, and
 * keys of the same size are counted instead of told apart. Nothing is lost: the optimum over all orders is found.
 */
import { largestExtension } from './subscription-time.ts';
import { addedEndPacked, extendedEndPacked } from './plan-time.ts';
import type { PackedDate } from './plan-time.ts';

/** Keys of one size: how many there are. */
export type KeyGroup = { licenses: number; count: number };

/** Where the search starts and what it must reach. No subscription: 0 licences ending today. */
export type SearchTask = {
  licenses: number;
  end: PackedDate;
  today: PackedDate;
  wishedLicenses: number;
  wishedEnd: PackedDate;
};

/** One step: a key of that group, put in by adding (opening the subscription if it is the first) or extending. */
export type SearchStep = { group: number; add: boolean };

/** What a plan is judged by: key licences spent, keys used, and the end that results. */
export type Candidate = { spent: number; keys: number; end: PackedDate };

/** The best plan, or how far one can get: the latest end with the wished licences, if they can be had. */
export type SearchResult =
  { steps: SearchStep[]; candidate: Candidate } | { latestEnd: PackedDate | undefined };

/** How many states the groups make; every group multiplies by (n + 1)(n + 2) ÷ 2, a single key by 3. */
export function stateCount(groups: readonly KeyGroup[]): number {
  return groups.reduce((product, { count }) => product * splits(count), 1);
}

/**
 * Whether one plan that grants the wish beats another: fewest key licences spent (each is worth 12 licence-months,
 * all of which the subscription keeps, so fewest spent is least beyond the wish); then fewest keys; then the later
 * end.
 */
export function isBetter(one: Candidate, other: Candidate): boolean {
  if (one.spent !== other.spent) return one.spent < other.spent;
  if (one.keys !== other.keys) return one.keys < other.keys;
  return one.end > other.end;
}

/** How many states are visited in one go: some milliseconds' work. */
export const statesInOneGo = 5_000;

/**
 * Finds the best steps by `isBetter`, over every choice of keys, of what to do with each, and of their order.
 * What is still equal is decided by the order of the groups. Visits every state at most once. Pauses after every
 * `statesInOneGo`, for whoever has others to serve.
 */
export function* search(
  groups: readonly KeyGroup[],
  task: SearchTask,
): Generator<undefined, SearchResult> {
  const strides: number[] = [];
  let states = 1;
  for (const { count } of groups) {
    strides.push(states);
    states *= splits(count);
  }
  // The latest end found for each state, 0 where it cannot be reached, and the step that led there.
  const ends = new Int32Array(states);
  const lastStep = new Int16Array(states);
  const extended = new Array<number>(groups.length).fill(0);
  const added = new Array<number>(groups.length).fill(0);
  ends[0] = task.end;
  let best: (Candidate & { state: number }) | undefined;
  let latestEnd: PackedDate | undefined;

  const reach = (state: number, end: PackedDate, step: number) => {
    if (end <= (ends[state] ?? 0)) return;
    ends[state] = end;
    lastStep[state] = step;
  };

  const visit = (state: number) => {
    const end = ends[state] ?? 0;
    if (end === 0) return;
    let licenses = task.licenses;
    let spent = 0;
    let keys = 0;
    for (let g = 0; g < groups.length; g += 1) {
      const size = groups[g]?.licenses ?? 0;
      const addedHere = added[g] ?? 0;
      const usedHere = addedHere + (extended[g] ?? 0);
      licenses += addedHere * size;
      spent += usedHere * size;
      keys += usedHere;
    }
    // Using more keys never beats what is already found for fewer licences spent.
    if (best !== undefined && spent > best.spent) return;
    if (licenses >= task.wishedLicenses) {
      if (latestEnd === undefined || end > latestEnd) latestEnd = end;
      const found = { state, spent, keys, end };
      if (end >= task.wishedEnd && (best === undefined || isBetter(found, best))) best = found;
    }
    for (let g = 0; g < groups.length; g += 1) {
      const { licenses: size, count } = groups[g] ?? { licenses: 0, count: 0 };
      const usedExtending = extended[g] ?? 0;
      if (usedExtending + (added[g] ?? 0) === count) continue;
      const stride = strides[g] ?? 0;
      reach(state + stride, addedEndPacked(task.today, end, licenses, size), g * 2 + 1);
      if (size <= largestExtension(licenses)) {
        const extendStride = stride * (count + 1 - usedExtending);
        reach(state + extendStride, extendedEndPacked(end, licenses, size), g * 2);
      }
    }
  };

  // A function of its own: a loop inside a generator is not optimized while it runs.
  const visitAll = (from: number, before: number) => {
    for (let state = from; state < before; state += 1) {
      if (state > 0) advance(groups, extended, added);
      visit(state);
    }
  };
  for (let from = 0; from < states; from += statesInOneGo) {
    visitAll(from, Math.min(from + statesInOneGo, states));
    yield;
  }
  if (best === undefined) return { latestEnd };
  const { state: goal, ...candidate } = best;
  return { steps: stepsTo(goal), candidate };

  function stepsTo(goal: number): SearchStep[] {
    const steps: SearchStep[] = [];
    const left = decode(groups, goal);
    for (let state = goal; state > 0;) {
      const step = lastStep[state] ?? 0;
      const group = step >> 1;
      const add = step % 2 === 1;
      steps.push({ group, add });
      const stride = strides[group] ?? 0;
      if (add) {
        state -= stride;
      } else {
        const usedExtending = (left[group] ?? 0) - 1;
        left[group] = usedExtending;
        state -= stride * ((groups[group]?.count ?? 0) + 1 - usedExtending);
      }
    }
    return steps.reverse();
  }
}

/** In how many ways n keys of one size split into unused, extended with and added. */
function splits(count: number): number {
  return ((count + 1) * (count + 2)) / 2;
}

/**
 * Moves (extended, added) of each group on to the next state, as an odometer: within a group, all numbers added
 * for none extended with, then for one, and so on. That order makes every step lead to a later state.
 */
function advance(groups: readonly KeyGroup[], extended: number[], added: number[]): void {
  for (let g = 0; g < groups.length; g += 1) {
    const count = groups[g]?.count ?? 0;
    const e = extended[g] ?? 0;
    const a = added[g] ?? 0;
    if (e + a < count) {
      added[g] = a + 1;
      return;
    }
    added[g] = 0;
    if (e < count) {
      extended[g] = e + 1;
      return;
    }
    extended[g] = 0;
  }
}

/** How many keys of each group a state has extended with. */
function decode(groups: readonly KeyGroup[], state: number): number[] {
  let rest = state;
  return groups.map(({ count }) => {
    let index = rest % splits(count);
    rest = (rest - index) / splits(count);
    let extended = 0;
    for (; index > count - extended; extended += 1) index -= count + 1 - extended;
    return extended;
  });
}
