/** Plans of more keys than a search takes in at a glance (KEY-13). Too slow to be run on every mutant. */
import { expect, test, vi } from 'vitest';
import { planInSteps, planOf } from '../../src/cloud-services/plan.ts';
import type { Plan, Wish } from '../../src/cloud-services/plan.ts';
import { taskOf } from './plan-tasks.ts';

// Searches on a machine with much else to do: a generous limit, which nothing waits for.
vi.setConfig({ testTimeout: 30_000 });

const twelve = [7, 11, 19, 23, 31, 43, 57, 71, 89, 113, 131, 157];

test('KEY-13 twelve different keys are searched wholly, in any order of the list alike', () => {
  const wish = { licenses: 300, endDate: '2028-06-15' };
  const plan = planOf(taskOf(twelve, wish));
  const reversed = planOf(taskOf(twelve.toReversed(), wish));
  expect(plan).toMatchObject({ feasible: true, complete: true });
  expect(plan.result?.licenses).toBeGreaterThanOrEqual(300);
  expect(reversed.result).toEqual(plan.result);
  const spent = plan.steps.reduce((sum, { keyIndex }) => sum + (twelve[keyIndex] ?? 0), 0);
  const reversedSpent = reversed.steps.map(({ keyIndex }) => twelve.toReversed()[keyIndex] ?? 0);
  expect(reversedSpent.reduce((sum, size) => sum + size, 0)).toBe(spent);
});

test('KEY-13 a plan is searched in goes, so that others have their turn meanwhile', () => {
  const goes = (sizes: number[]) => {
    const steps = planInSteps(taskOf(sizes, { licenses: 101 }));
    let count = 0;
    while (steps.next().done !== true) count += 1;
    return count;
  };
  expect(goes([1])).toBe(1);
  // Nine keys make 19,683 states, 5,000 in a go.
  expect(goes(twelve.slice(0, 9))).toBe(4);
});

const many = Array.from({ length: 30 }, (_, index) => 10 + 7 * index);
const spentBy = (plan: Plan) =>
  plan.steps.reduce((sum, { keyIndex }) => sum + (many[keyIndex] ?? NaN), 0);

test('KEY-13 of the bounded tries the best is taken, and keys that are not needed are left out', () => {
  // No single key has 41 licences; 10 and 31 do, or 17 and 24.
  const small = planOf(taskOf(many, { licenses: 141 }));
  expect([spentBy(small), small.steps.length]).toEqual([41, 2]);
  const large = planOf(taskOf(many, { licenses: 313 }));
  expect([spentBy(large), large.steps.length]).toEqual([213, 1]);
  const most = many.reduce((sum, size) => sum + size, 0);
  const allButTheSmallest = planOf(taskOf(many, { licenses: 100 + most - 10 }));
  expect([spentBy(allButTheSmallest), allButTheSmallest.complete]).toEqual([most - 10, false]);
});

test('KEY-13 beyond the search a plan adds until there are enough licences and extends with the rest', () => {
  const wish = { licenses: 2_000, endDate: '2027-10-20' };
  const plan = planOf(taskOf(many, wish));
  const actions = plan.steps.map(({ action }) => action);
  expect(actions).toEqual(actions.toSorted());
  expect(plan.result?.licenses).toBeGreaterThanOrEqual(2_000);
  expect((plan.result?.endDate ?? '') >= wish.endDate).toBe(true);
  const tooMany = planOf(taskOf(many, { ...wish, endDate: '2035-01-01' }));
  expect(tooMany).toMatchObject({ feasible: false, complete: false });
});

test('KEY-13 a plan of too many keys says that it may not be the best, and what was tried', () => {
  const reason = (sizes: number[], wish: Wish) => planOf(taskOf(sizes, wish)).reason;
  expect(reason(many, { licenses: 700 })).toBe(
    'There are too many keys to try all ways: this plan grants the wish, but a better one may exist.',
  );
  expect(reason(many, { licenses: 1, endDate: '2999-01-01' })).toMatch(
    /^With the keys tried \(there are too many to try all ways\) and at least 1 licences, the latest end date is 20\d\d-\d\d-\d\d\.$/,
  );
});

test('KEY-13 beyond twelve different keys the search is bounded and says so', () => {
  const plan = planOf(taskOf(many, { licenses: 700, endDate: '2028-01-01' }));
  expect(plan).toMatchObject({ feasible: true, complete: false });
  expect(plan.reason).toContain('too many keys');
  const hopeless = planOf(taskOf(many, { endDate: '2999-01-01' }));
  expect(hopeless).toMatchObject({ feasible: false, complete: false });
  expect(hopeless.reason).toContain('too many to try all ways');
});

test('KEY-13 a wish that takes more keys than can be searched is still found where all of them grant it', () => {
  const all = many.reduce((sum, size) => sum + size, 100);
  const plan = planOf(taskOf(many, { licenses: all }));
  expect(plan).toMatchObject({ feasible: true, complete: false, result: { licenses: all } });
  const time = planOf(taskOf(many, { licenses: 2000, endDate: '2027-10-20' }));
  expect(time).toMatchObject({ feasible: true, complete: false });
  expect(time.steps.length).toBeGreaterThan(10);
});
