/** Plans that take long to work out (KEY-13): counted in steps, done in turns, and few of a caller at a time. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { planBounds, oneAfterTheOther } from '../../src/cloud-services/plan-queue.ts';
import { stateLimit } from '../../src/cloud-services/plan-choice.ts';
import { statesInOneGo } from '../../src/cloud-services/plan-search.ts';
import { planInSteps, planOf } from '../../src/cloud-services/plan.ts';
import { newId } from '../../src/platform/ids.ts';
import { finishInTurns } from '../../src/platform/parallel.ts';
import { countedTurns } from '../billing/support/counted-turns.ts';
import { keyOf, partner, subscriptionOf, today } from '../cloud-services/fixtures.ts';
import { takeAccount } from '../support/azurite.ts';
import { startInProcess, type InProcessApp } from '../support/in-process.ts';
import { programme, type Programme } from '../support/programme.ts';

let app: InProcessApp;
let setup: Programme;

beforeAll(async () => {
  app = await startInProcess({ storage: await takeAccount(inject('storage')) });
  setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
}, 60_000);

afterAll(() => app.stop());

/** A plan that no key can grant, so that every way is tried, with keys of as many sizes. */
function hopeless(sizes: number) {
  const subscription = subscriptionOf();
  return {
    target: { subscription },
    keys: Array.from({ length: sizes }, (_, index) =>
      keyOf({ ref: `benefit-${index + 10}/1`, licenses: 100 + index * 7 }),
    ),
    wish: { endDate: '2199-01-01' },
    partner,
    subscriptions: [subscription],
    today,
  };
}

function stepsOf(sizes: number): number {
  const steps = planInSteps(hopeless(sizes));
  let count = 1;
  while (!steps.next().done) count += 1;
  return count;
}

test('KEY-13 the longest exact plan pauses often, and a hundred keys of a hundred sizes take no more steps', () => {
  expect(stepsOf(12)).toBeGreaterThanOrEqual(stateLimit / statesInOneGo);
  expect(stepsOf(100)).toBeLessThanOrEqual(200);
});

test('KEY-13 others have their turn while a plan is worked out, which is the same plan', async () => {
  const turns = countedTurns();
  const task = hopeless(12);
  expect(await finishInTurns(planInSteps(task), turns)).toEqual(planOf(task));
  // Its clock moves on by a millisecond a step, and a turn is due every 20.
  expect(turns.given()).toBeGreaterThanOrEqual(5);
});

test('KEY-13 of plans at the same moment one is worked out at a time, whatever becomes of the one before', async () => {
  let underWay = 0;
  let most = 0;
  const results = await Promise.allSettled(
    [1, 2, 3].map((n) =>
      oneAfterTheOther(async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        if (n === 2) throw new Error('broken');
        return n;
      }),
    ),
  );
  expect(most).toBe(1);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('KEY-13 a caller has two plans at a time, and others theirs', async () => {
  const one = await setup.partner();
  const other = await setup.partner();
  const ask = ({ partnerId, admin }: typeof one) =>
    app.call('planSubscription', {
      params: { partnerId, subscriptionId: newId() },
      body: { productKeys: ['x'], wish: { licenses: 1 } },
      token: admin,
    });
  const answers = await Promise.all([...Array.from({ length: 5 }, () => ask(one)), ask(other)]);
  const refused = answers.filter(({ code }) => code === 'TooManyRequests');
  // Nothing is there to plan for: those that are let through find that out.
  expect(answers.filter(({ status }) => status === 404)).toHaveLength(planBounds.ofCaller + 1);
  expect(refused).toHaveLength(3);
  expect(Number(refused[0]?.headers['Retry-After'])).toBeGreaterThan(0);
  expect(answers[5]?.status).toBe(404);
  // Once they are answered the next is let through.
  expect((await ask(one)).status).toBe(404);
});
