/**
 * Chooses keys for a plan (KEY-13): by the exact search where its states are few enough, and beyond that by the
 * best of a few bounded tries, telling which of the two it was.
 */
import { isBetter, search, stateCount } from './plan-search.ts';
import type { Candidate, KeyGroup, SearchTask } from './plan-search.ts';
import { addedEndPacked, extendedEndPacked } from './plan-time.ts';
import type { PackedDate } from './plan-time.ts';
import type { KeyFacts } from './state.ts';
import { largestExtension } from './subscription-time.ts';

/** A key that can be used, and where it stands in the caller's list. */
export type UsableKey = { keyIndex: number; facts: KeyFacts };

/** Put the key in by adding (or activating, where nothing is active), or by extending. */
export type KeyUseStep = { key: UsableKey; add: boolean };

/** The uses that grant the wish, or the latest end with the wished licences, if those can be had. */
export type Found =
  { uses: KeyUseStep[]; candidate: Candidate } | { latestEnd: PackedDate | undefined };

/**
 * As many states as twelve keys of different sizes make. Searching them takes about a third of a second, with a pause
 * every few milliseconds.
 */
export const stateLimit = 3 ** 12;
/** For each selection beyond that. */
const boundedStateLimit = 3 ** 10;

/**
 * The best uses of the keys by `isBetter`. `complete` is false where there were too many states to look at all.
 * Keys of the same size are used in the order given. Pauses as `search` does.
 */
export function* chooseUses(
  usable: readonly UsableKey[],
  task: SearchTask,
): Generator<undefined, { found: Found; complete: boolean }> {
  if (stateCount(grouped(usable).map(groupSize)) <= stateLimit) {
    return { found: yield* searchAmong(usable, task), complete: true };
  }
  const tries: Found[] = [];
  for (const selection of selections(usable)) tries.push(yield* searchAmong(selection, task));
  tries.push(yield* useAll(usable, task));
  return { found: bestOf(tries), complete: false };
}

function* searchAmong(usable: readonly UsableKey[], task: SearchTask): Generator<undefined, Found> {
  const groups = grouped(usable);
  const found = yield* search(groups.map(groupSize), task);
  if ('latestEnd' in found) return found;
  const next = groups.map((group) => group.values());
  const uses = found.steps.map(({ group, add }) => {
    const key = next[group]?.next().value;
    if (key === undefined) throw new Error('The plan uses more keys than there are');
    return { key, add };
  });
  return { uses, candidate: found.candidate };
}

/** Keys of the same size together, small ones first; within a group the order is kept. */
function grouped(usable: readonly UsableKey[]): UsableKey[][] {
  const groups = Map.groupBy(usable, ({ facts }) => facts.licenses);
  return [...groups.entries()].sort(([one], [other]) => one - other).map(([, keys]) => keys);
}

function groupSize(group: readonly UsableKey[]): KeyGroup {
  return { licenses: group[0]?.facts.licenses ?? 0, count: group.length };
}

/** The largest keys, the smallest, and those that run out first: as many of each as the limit allows. */
function selections(usable: readonly UsableKey[]): UsableKey[][] {
  const bySize = usable.toSorted((one, other) => other.facts.licenses - one.facts.licenses);
  return [bySize, bySize.toReversed(), usable].map((ordered) => {
    const selection: UsableKey[] = [];
    for (const key of ordered) {
      if (stateCount(grouped([...selection, key]).map(groupSize)) <= boundedStateLimit) {
        selection.push(key);
      }
    }
    return selection;
  });
}

/**
 * Adds the largest keys until there are enough licences and extends with the rest, so that no wish fails only
 * because it takes more keys than a selection holds; then leaves out, largest first, what it does not need.
 */
function* useAll(usable: readonly UsableKey[], task: SearchTask): Generator<undefined, Found> {
  let kept = usable.toSorted((one, other) => other.facts.licenses - one.facts.licenses);
  let best = addThenExtend(kept, task);
  for (const key of kept) {
    const fewer = kept.filter((other) => other !== key);
    const found = addThenExtend(fewer, task);
    yield;
    if ('latestEnd' in found) continue;
    kept = fewer;
    best = found;
  }
  return best;
}

function addThenExtend(keys: readonly UsableKey[], task: SearchTask): Found {
  const uses: KeyUseStep[] = [];
  let { licenses, end } = task;
  let spent = 0;
  for (const key of keys) {
    const size = key.facts.licenses;
    const add = licenses < task.wishedLicenses;
    if (!add && size > largestExtension(licenses)) continue;
    end = add
      ? addedEndPacked(task.today, end, licenses, size)
      : extendedEndPacked(end, licenses, size);
    if (add) licenses += size;
    spent += size;
    uses.push({ key, add });
  }
  if (licenses < task.wishedLicenses) return { latestEnd: undefined };
  if (end < task.wishedEnd) return { latestEnd: end };
  return { uses, candidate: { spent, keys: uses.length, end } };
}

function bestOf(all: readonly Found[]): Found {
  return all.reduce((best, found) => {
    if ('latestEnd' in found) {
      if (!('latestEnd' in best) || (best.latestEnd ?? 0) >= (found.latestEnd ?? 0)) return best;
      return found;
    }
    if ('latestEnd' in best || isBetter(found.candidate, best.candidate)) return found;
    return best;
  });
}
