import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { addDays, daysBetween } from '../../src/platform/calendar.ts';
import { applyKey } from '../../src/cloud-services/outcome.ts';
import { planOf } from '../../src/cloud-services/plan.ts';
import type { Wish } from '../../src/cloud-services/plan.ts';
import { isBetter, stateCount } from '../../src/cloud-services/plan-search.ts';
import {
  addedEndPacked,
  extendedEndPacked,
  packDate,
  unpackDate,
} from '../../src/cloud-services/plan-time.ts';
import type { Terms } from '../../src/cloud-services/state.ts';
import { activatedEnd, addedEnd, extendedEnd } from '../../src/cloud-services/subscription-time.ts';
import {
  anyDate,
  anyLicenses,
  at,
  benefitOf,
  codeOf,
  keyOf,
  run,
  sealed,
  subscriptionOf,
  today,
  worldOf,
} from './fixtures.ts';
import { newProduct, none, stepsOf, taskOf } from './plan-tasks.ts';

// Properties on a machine with much else to do: a generous limit, which nothing waits for.
vi.setConfig({ testTimeout: 30_000 });

test('KEY-13 licences wished for: the fewest key licences that suffice are added', () => {
  const plan = planOf(taskOf([100, 30, 25, 60], { licenses: 150 }));
  expect(stepsOf(plan).toSorted()).toEqual([
    [1, 'add-licenses'],
    [2, 'add-licenses'],
  ]);
  expect(plan).toMatchObject({ feasible: true, complete: true, result: { licenses: 155 } });
});

test('KEY-13 a date wished for: the fewest key licences that reach it extend', () => {
  const plan = planOf(taskOf([100, 25, 50], { endDate: '2027-04-22' }));
  expect(plan.steps).toEqual([
    { keyIndex: 1, action: 'extend', licenses: 100, endDate: '2027-04-22' },
  ]);
  expect(stepsOf(planOf(taskOf([100, 25, 50], { endDate: '2027-04-23' })))).toEqual([
    [2, 'extend'],
  ]);
});

test('KEY-13 both: every key is used where it serves the wish', () => {
  const plan = planOf(taskOf([100, 100], { licenses: 200, endDate: '2027-12-01' }));
  expect(plan.result).toEqual({ licenses: 200, endDate: '2027-12-22' });
  expect(stepsOf(plan)).toEqual([
    [0, 'add-licenses'],
    [1, 'extend'],
  ]);
});

test('KEY-13 of ways that spend the same the one with the fewest keys is best', () => {
  expect(stepsOf(planOf(taskOf([50, 50, 100], { licenses: 200 })))).toEqual([[2, 'add-licenses']]);
});

test('KEY-13 a key too large to extend with fits once licences were added', () => {
  const small = subscriptionOf({ licenses: 1 });
  const plan = planOf(taskOf([8, 2], { endDate: '2029-06-01' }, small));
  expect(stepsOf(plan)).toEqual([
    [1, 'add-licenses'],
    [0, 'extend'],
  ]);
});

test('KEY-13 where there is no active subscription, the first key activates', () => {
  const sizes = [100, 25];
  const wish = { licenses: 20, endDate: '2028-01-01' };
  expect(stepsOf(planOf(none([25, 60], { licenses: 80 })))).toEqual([
    [0, 'activate'],
    [1, 'add-licenses'],
  ]);
  const ended = subscriptionOf({ endDate: today });
  const plan = planOf(taskOf([...sizes, 10], wish, ended));
  expect(stepsOf(plan)).toEqual([
    [1, 'activate'],
    [2, 'extend'],
  ]);
  expect(plan.result).toEqual({ licenses: 25, endDate: '2028-04-16' });
  expect(planOf(none([25], {})).steps).toHaveLength(1);
});

test('KEY-13 a wish that is granted already needs no key', () => {
  const plan = planOf(taskOf([100], { licenses: 100, endDate: '2027-01-22' }));
  expect(plan).toEqual({
    feasible: true,
    steps: [],
    result: { licenses: 100, endDate: '2027-01-22' },
    complete: true,
    unusable: [],
  });
});

test('KEY-13 why it cannot be done: what is the most that can be had', () => {
  const reason = (sizes: number[], wish: Wish) => {
    const plan = planOf(taskOf(sizes, wish));
    expect(plan).toMatchObject({ feasible: false, steps: [], result: { licenses: 100 } });
    return plan.reason;
  };
  expect(reason([25, 30], { licenses: 156 })).toContain('has 155 licences, fewer than the 156');
  expect(reason([100], { endDate: '2030-01-01' })).toContain('the latest end date is 2028-01-22');
  expect(reason([100], { licenses: 150, endDate: '2027-07-01' })).toContain(
    'at least 150 licences, the latest end date is 2027-06-22',
  );
  expect(reason([], { licenses: 101 })).toContain('None of the keys');
});

test('KEY-13 a plan that cannot be, or may not be the best, says so in whole sentences', () => {
  const reason = (sizes: number[], wish: Wish) => planOf(taskOf(sizes, wish)).reason;
  expect(reason([], { licenses: 101 })).toBe('None of the keys can be used for this subscription.');
  expect(reason([25, 30], { licenses: 156 })).toBe(
    'With all usable keys added the subscription has 155 licences, fewer than the 156 wished for.',
  );
  expect(reason([100], { endDate: '2030-01-01' })).toBe(
    'With these keys and at least 1 licences, the latest end date is 2028-01-22.',
  );
});

test('KEY-13 an empty wish on a running subscription is granted, on none it takes a key', () => {
  expect(planOf(taskOf([5], {}))).toMatchObject({ feasible: true, steps: [] });
  expect(planOf(taskOf([5], { licenses: 0 }))).toMatchObject({ feasible: true, steps: [] });
  expect(planOf(none([5], { licenses: 0 })).steps).toEqual([
    { keyIndex: 0, action: 'activate', licenses: 5, endDate: '2027-11-22' },
  ]);
  expect(planOf(none([], {}))).toEqual({
    feasible: false,
    steps: [],
    result: null,
    reason: 'None of the keys can be used for this subscription.',
    complete: true,
    unusable: [],
  });
});

test('KEY-13 keys that cannot be used are passed over and named', () => {
  const task = taskOf([50], { licenses: 150 });
  const [good] = task.keys;
  const keys = [
    'malformed' as const,
    'unknown' as const,
    keyOf({ spent: true }),
    keyOf({ activateBy: today }),
    keyOf({ productId: 'power-bi-pro' }),
    good ?? 'unknown',
    good ?? 'unknown',
  ];
  const unusable = [
    { keyIndex: 0, code: 'MalformedProductKey' },
    { keyIndex: 1, code: 'UnknownProductKey' },
    { keyIndex: 2, code: 'KeyAlreadyRedeemed' },
    { keyIndex: 3, code: 'ActivationDeadlinePassed' },
    { keyIndex: 4, code: 'WrongProduct' },
    { keyIndex: 6, code: 'KeyAlreadyRedeemed' },
  ];
  const plan = planOf({ ...task, keys });
  expect(plan).toMatchObject({ feasible: true, unusable });
  expect(stepsOf(plan)).toEqual([[5, 'add-licenses']]);
  const forNew = planOf({ ...task, keys, target: newProduct, subscriptions: [] });
  expect(forNew.unusable).toEqual(unusable);
});

test('KEY-13 an ended subscription cannot be planned for where a newer one is active', () => {
  const ended = subscriptionOf({ id: 'old', endDate: today });
  const task = {
    ...taskOf([50], { licenses: 50 }, ended),
    subscriptions: [ended, subscriptionOf()],
  };
  expect(planOf(task)).toMatchObject({
    feasible: false,
    result: null,
    unusable: [{ keyIndex: 0, code: 'SubscriptionActive' }],
  });
});

test('KEY-13 of equal keys the one that runs out first is used', () => {
  const task = taskOf([50, 50, 50], { licenses: 150 });
  const keys = task.keys.map((key, index) =>
    typeof key === 'string' ? key : { ...key, activateBy: `2027-0${5 - index}-01` },
  );
  expect(stepsOf(planOf({ ...task, keys }))).toEqual([[2, 'add-licenses']]);
});

test('KEY-13 keys of one size are used by when they run out, however they are listed', () => {
  const task = taskOf([25, 25, 25, 25], { endDate: '2027-10-22' });
  const months = ['03', '05', '02', '04'];
  const keys = task.keys.map((key, index) =>
    typeof key === 'string' ? key : { ...key, activateBy: `2027-${months[index]}-01` },
  );
  expect(stepsOf(planOf({ ...task, keys }))).toEqual([
    [2, 'extend'],
    [0, 'extend'],
    [3, 'extend'],
  ]);
});

test('KEY-13 centuries are leap years every fourth time only', () => {
  const monthOn = (date: string) => unpackDate(extendedEndPacked(packDate(date), 12, 1));
  expect([monthOn('2000-01-31'), monthOn('2100-01-31')]).toEqual(['2000-02-29', '2100-02-28']);
});

test('KEY-13 of equal keys that run out together the first in the list is used', () => {
  expect(stepsOf(planOf(taskOf([50, 50, 50], { licenses: 200 })))).toEqual([
    [0, 'add-licenses'],
    [1, 'add-licenses'],
  ]);
});

/** Every sequence of every choice of keys, by the functions that redeem uses. */
function bruteForce(sizes: number[], wish: Wish, present: Terms | null) {
  let best: { spent: number; keys: number; endDate: string } | undefined;
  let latestEnd: string | undefined;
  const visit = (terms: Terms | null, left: number[], spent: number) => {
    const keys = sizes.length - left.length;
    if (terms !== null && terms.licenses >= (wish.licenses ?? 0)) {
      if (latestEnd === undefined || terms.endDate > latestEnd) latestEnd = terms.endDate;
      const order =
        best &&
        (spent - best.spent || keys - best.keys || daysBetween(terms.endDate, best.endDate));
      if (terms.endDate >= (wish.endDate ?? '') && (order === undefined || order < 0)) {
        best = { spent, keys, endDate: terms.endDate };
      }
    }
    for (const [index, size] of left.entries()) {
      for (const action of ['activate', 'extend', 'add-licenses'] as const) {
        const applied = applyKey(action, terms, size, today);
        if ('result' in applied) visit(applied.result, left.toSpliced(index, 1), spent + size);
      }
    }
  };
  visit(present, sizes, 0);
  return { best, latestEnd };
}

const anyWish: fc.Arbitrary<Wish> = fc.record({
  licenses: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
  endDate: fc.option(
    fc.integer({ min: 1, max: 2500 }).map((days) => addDays(today, days)),
    { nil: undefined },
  ),
});
const smallKeys = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 }),
  fc.array(fc.constantFrom(5, 10, 15, 20), { maxLength: 4 }),
);
const anyPresent = fc.option(
  fc.record({ licenses: fc.integer({ min: 1, max: 25 }), days: fc.integer({ min: 1, max: 700 }) }),
  { nil: null },
);

test('KEY-13 the plan is the best of all sequences of all choices of keys', () => {
  fc.assert(
    fc.property(smallKeys, anyWish, anyPresent, (sizes, wish, present) => {
      const subscription =
        present && subscriptionOf({ ...present, endDate: addDays(today, present.days) });
      const plan = planOf(subscription ? taskOf(sizes, wish, subscription) : none(sizes, wish));
      const { best, latestEnd } = bruteForce(sizes, wish, subscription);
      expect(plan.complete).toBe(true);
      expect(plan.feasible).toBe(best !== undefined);
      if (best === undefined) {
        if (latestEnd !== undefined && sizes.length > 0) expect(plan.reason).toContain(latestEnd);
        return;
      }
      const used = plan.steps.map(({ keyIndex }) => sizes[keyIndex] ?? NaN);
      const spent = used.reduce((sum, size) => sum + size, 0);
      expect({ spent, keys: used.length, endDate: plan.result?.endDate }).toEqual(best);
      expect(plan.result?.licenses).toBeGreaterThanOrEqual(wish.licenses ?? 1);
    }),
    { numRuns: 150 },
  );
});

test('KEY-13 redeeming the steps gives exactly what the plan promised', () => {
  const sizes = fc.array(anyLicenses, { minLength: 1, maxLength: 7 });
  const wish = fc.record({
    licenses: fc.option(fc.integer({ min: 1, max: 1500 }), { nil: undefined }),
    endDate: fc.option(
      fc.integer({ min: 1, max: 2500 }).map((days) => addDays(today, days)),
      { nil: undefined },
    ),
  });
  fc.assert(
    fc.property(sizes, wish, fc.boolean(), (licenses, wished, open) => {
      const plan = planOf(open ? taskOf(licenses, wished) : none(licenses, wished));
      if (!plan.feasible) return;
      const benefits = licenses.map((size, index) =>
        benefitOf({ id: `benefit-${index}`, licenses: size }),
      );
      const world = worldOf(benefits, open ? [subscriptionOf()] : []);
      for (const { keyIndex, action, licenses: after, endDate } of plan.steps) {
        const id = `benefit-${keyIndex}`;
        run(world, { type: 'get-key', fresh: sealed(id) }, at(today), id);
        const expected = { licenses: after, endDate };
        const request = { action, expected };
        const redeem = { type: 'redeem', issue: 1, request, newSubscriptionId: 'new' } as const;
        expect(codeOf(run(world, redeem, at(today), id))).toBeUndefined();
        expect(world.subscriptions).toMatchObject([expected]);
      }
      const [result] = world.subscriptions;
      expect(result).toMatchObject(plan.result ?? {});
      expect(result?.licenses).toBeGreaterThanOrEqual(wished.licenses ?? 1);
      expect((result?.endDate ?? '') >= (wished.endDate ?? '')).toBe(true);
    }),
    { numRuns: 250 },
  );
});

test('KEY-13 how many states there are, and which of two plans is better', () => {
  expect(stateCount([])).toBe(1);
  expect(stateCount([{ licenses: 5, count: 1 }])).toBe(3);
  expect(
    stateCount([
      { licenses: 5, count: 2 },
      { licenses: 9, count: 3 },
    ]),
  ).toBe(60);
  const plan = { spent: 10, keys: 2, end: 100 };
  const better = (change: Partial<typeof plan>) => isBetter({ ...plan, ...change }, plan);
  expect(better({})).toBe(false);
  expect(better({ spent: 9, keys: 3, end: 1 })).toBe(true);
  expect(better({ spent: 11, keys: 1, end: 200 })).toBe(false);
  expect(better({ keys: 1, end: 1 })).toBe(true);
  expect(better({ keys: 3, end: 200 })).toBe(false);
  expect(better({ end: 101 })).toBe(true);
});

test('KEY-13 fifty keys of the same size are searched wholly too', () => {
  const plan = planOf(
    taskOf(new Array<number>(50).fill(25), { licenses: 600, endDate: '2028-01-01' }),
  );
  expect(plan).toMatchObject({ feasible: true, complete: true });
  const used = plan.steps.map(({ keyIndex }) => keyIndex);
  expect(new Set(used).size).toBe(used.length);
});

test('KEY-13 the search counts time exactly as redeeming does', () => {
  fc.assert(
    fc.property(anyDate, fc.nat({ max: 4000 }), anyLicenses, anyLicenses, (day, days, a, c) => {
      const end = addDays(day, days);
      expect(unpackDate(packDate(end))).toBe(end);
      expect(unpackDate(extendedEndPacked(packDate(end), a, c))).toBe(extendedEnd(end, a, c));
      expect(unpackDate(addedEndPacked(packDate(day), packDate(end), a, c))).toBe(
        addedEnd(day, end, a, c),
      );
      expect(unpackDate(addedEndPacked(packDate(day), packDate(day), 0, c))).toBe(
        activatedEnd(day),
      );
    }),
    { numRuns: 1000 },
  );
  const big = 1_000_000;
  expect(unpackDate(extendedEndPacked(packDate(today), big, big - 1))).toBe(
    extendedEnd(today, big, big - 1),
  );
  expect(unpackDate(addedEndPacked(packDate(today), packDate('2100-03-01'), big - 1, big))).toBe(
    addedEnd(today, '2100-03-01', big - 1, big),
  );
});
