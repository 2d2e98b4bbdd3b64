/** What operators see of settlement, through the app's own handlers. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createRuntime } from '../../src/platform/runtime.ts';
import { readConfig } from '../../src/platform/config.ts';
import { newId } from '../../src/platform/ids.ts';
import { writeAhead } from '../../src/platform/schedule.ts';
import { recordFailure } from '../../src/settlement/stuck.ts';
import { scheduleSchema } from '../../src/platform/schedule.ts';
import { startInProcess, type InProcessApp } from '../support/in-process.ts';
import { takeAccount } from '../support/azurite.ts';
import { day } from '../support/programme.ts';

let app: InProcessApp;
let token: string;

beforeAll(async () => {
  app = await startInProcess({ storage: await takeAccount(inject('storage')) });
  token = await app.tokenFor({ roles: ['ProgramOperator'] });
});
afterAll(() => app.stop());

const timer = (name: string) => app.functions.get(name)!.handler({}, {});

test('CR-15 operators see what is due, overdue and stuck, the last runs and the queues, and can retry', async () => {
  const runtime = createRuntime(readConfig(process.env));
  const rows = [day(), day(-3), day(-3), day(1)].map((date) => ({
    date,
    partnerId: newId(),
    kind: 'benefit' as const,
    id: newId(),
  }));
  await writeAhead(runtime, rows);
  await timer('lapsemonthlycredits');
  await timer('expirebenefits');
  const first = await app.call('getSettlement', { token });
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({
    due: { shards: 1, rows: 1 },
    overdue: { rows: 2 },
    more: false,
    oldestDue: day(-3),
    stuck: { value: [], more: false },
    mailBacklog: 0,
    poisonMessages: 0,
  });
  expect(first.body.lastRuns).toMatchObject([
    { timer: 'expireBenefits', shards: expect.any(Number) },
    { timer: 'lapseMonthlyCredits', finishedAt: expect.any(String) },
  ]);

  const due = { from: day(-3), before: day(-2) };
  const page = await runtime.tables.pageAcross('schedule', scheduleSchema, due, { size: 1 });
  const failing = page.rows.map((row) => ({ ...row, value: { ...row.value, attempts: 2 } }));
  await recordFailure(runtime, failing, new TypeError('a@contoso.com'), runtime.clock.now());
  const { body } = await app.call('getSettlement', { token });
  const [stuck] = body.stuck.value;
  expect(stuck).toMatchObject({ reason: 'TypeError', attempts: 3 });
  expect(JSON.stringify(body)).not.toContain('contoso');
  expect(body.overdue.rows).toBe(1);

  const retry = () => app.call('retryStuck', { params: { stuckId: stuck.id }, token });
  expect((await retry()).status).toBe(202);
  expect((await retry()).code).toBe('NotFound');
  expect((await app.call('getSettlement', { token })).body.due.rows).toBe(2);
});

test('PR-04 nobody but operators sees it', async () => {
  const admin = await app.tokenFor({ roles: ['GlobalAdmin'], partner: newId() });
  expect((await app.call('getSettlement', { token: admin })).status).toBe(403);
  const options = { params: { stuckId: newId() }, token: admin };
  expect((await app.call('retryStuck', options)).status).toBe(403);
});
