/**
 * The slots of the mail service shared between partners, simulated: two instances of the app, minute by minute on a clock that stands still in between. Slots are counted, nothing is timed.
 */
import { afterAll, expect, test, vi } from 'vitest';
import type { Instant } from '../../src/platform/calendar.ts';
import { newId } from '../../src/platform/ids.ts';
import { inParallel } from '../../src/platform/parallel.ts';
import { deliver } from '../../src/notices/deliver.ts';
import { memoryRuntime } from '../support/memory-runtime.ts';
import { assign, someNotice, startPostOn, subjects, type TestNotice } from './support/outbox.ts';

const minute = 60_000;
const open: { close(): Promise<void> }[] = [];
afterAll(() => Promise.all(open.map((server) => server.close())));

/** The mail service of an hour, as two instances use it. */
async function startTown(settings: Record<string, string>) {
  const post = await startPostOn(memoryRuntime, settings);
  open.push(post.mail);
  let now = Date.parse('2026-11-22T09:00:20.000Z');
  const clock = { now: (): Instant => new Date(now).toISOString() };
  const instances = [post.another(), post.another()].map((runtime) => ({ ...runtime, clock }));
  const waiting: { notice: TestNotice; from: Instant }[] = [];
  const [first] = instances;

  return {
    /** Emails accepted so far, by partner. */
    sent: (partnerId: string) =>
      post.mail.accepted.filter(({ id }) => partners.get(id) === partnerId).length,
    total: () => post.mail.accepted.length,

    /** Owes emails: they come behind all that wait already. */
    async owe(partnerId: string, count: number) {
      const notices = Array.from({ length: count }, () => someNotice(partnerId));
      await inParallel(notices, 8, (notice) => assign(first!, notice));
      for (const notice of notices) {
        partners.set(notice.noticeId, partnerId);
        waiting.push({ notice, from: clock.now() });
      }
    },

    /** Handles every message that can be seen now, in the order in which they come, sixteen at a time. */
    async handle() {
      const seen = waiting
        .filter(({ from }) => from <= clock.now())
        .toSorted((one, other) => one.from.localeCompare(other.from));
      let turn = 0;
      await inParallel(seen, 16, async (message) => {
        const { notice } = message;
        turn += 1;
        const outcome = await deliver(instances[turn % 2]!, notice, subjects, () => now);
        const done = outcome !== 'put-back';
        if (done) waiting.splice(waiting.indexOf(message), 1);
        else message.from = (await post.notice(notice)).nextAttemptAt;
      });
    },

    /** Moves on to the middle of a later minute, when all that woke in it have come. */
    moveOn(minutes = 1) {
      now += minutes * minute;
    },
  };
}

const partners = new Map<string, string>();

/** What the app logs, event by event. */
function logged() {
  const events: { event: string; [field: string]: unknown }[] = [];
  for (const level of ['info', 'warn'] as const)
    vi.spyOn(console, level).mockImplementation((line: string) => {
      events.push(JSON.parse(line) as (typeof events)[number]);
    });
  return events;
}

test('CR-08 one partner’s 250 emails delay the first email of another by no slot, in any minute of the hour', async () => {
  const town = await startTown({ MAIL_PER_MINUTE: '30', MAIL_PER_HOUR: '100' });
  const events = logged();
  const busy = newId();
  await town.owe(busy, 250);
  const perMinute: number[] = [];
  for (let passed = 0; passed < 6; passed += 1) {
    const before = town.sent(busy);
    const other = newId();
    await town.owe(other, 1);
    await town.handle();
    perMinute.push(town.sent(busy) - before);
    expect(town.sent(other), `the newcomer of minute ${passed}`).toBe(1);
    town.moveOn();
  }
  // Four fifths of each minute, and of the hour as far as others leave it.
  expect(perMinute.slice(0, 3)).toEqual([24, 24, 24]);
  expect(town.sent(busy)).toBeLessThanOrEqual(80);
  expect(town.sent(busy)).toBeGreaterThan(70);

  const putBack = events.filter(({ event }) => event === 'noticePutBack');
  expect(new Set(putBack.map(({ code }) => code))).toEqual(new Set(['MinuteFull', 'HourFull']));
  expect(events.filter(({ event }) => event === 'mailQuotaUsedUp')).toMatchObject([
    { hour: '2026-11-22T09', perHour: 100, partnerId: busy, sentOfPartner: town.sent(busy) },
  ]);

  // The next hour is shared in the same way, and everything is sent in the end.
  const inFirstHour = town.sent(busy);
  town.moveOn(60);
  await town.handle();
  expect(town.sent(busy) - inFirstHour).toBe(24);
  for (let hours = 0; town.sent(busy) < 250; hours += 1) {
    expect(hours).toBeLessThan(5);
    for (let passed = 0; passed < 5; passed += 1) {
      town.moveOn();
      await town.handle();
    }
    town.moveOn(55);
  }
  vi.restoreAllMocks();
}, 120_000);

test('CR-08 partners that want more than there is get the same, and whoever had nothing comes first', async () => {
  const town = await startTown({ MAIL_PER_MINUTE: '12', MAIL_PER_HOUR: '10000' });
  const all = Array.from({ length: 4 }, () => newId());
  for (const partner of all) await town.owe(partner, 40);
  const late = newId();
  let waits = 0;
  for (let passed = 0; passed < 12; passed += 1) {
    if (passed === 3) await town.owe(late, 1);
    if (passed >= 3 && town.sent(late) === 0) waits += 1;
    const before = town.total();
    await town.handle();
    expect(town.total() - before).toBeLessThanOrEqual(12);
    town.moveOn();
  }
  expect(town.sent(late)).toBe(1);
  expect(waits).toBeLessThanOrEqual(2);
  const shares = all.map((partner) => town.sent(partner));
  expect(Math.max(...shares)).toBeLessThanOrEqual(2 * Math.min(...shares));
}, 120_000);

test.each([
  [1, 1],
  [2, 1],
  [3, 2],
  [5, 4],
  [10, 8],
  [30, 24],
])('CR-08 of %i slots a partner alone gets %i', async (perMinute, share) => {
  const town = await startTown({ MAIL_PER_MINUTE: String(perMinute), MAIL_PER_HOUR: '1000' });
  const busy = newId();
  await town.owe(busy, perMinute + 1);
  await town.handle();
  expect(town.sent(busy)).toBe(share);
});
