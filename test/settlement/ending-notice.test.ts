/** Which notice of a credit's end is due when (CR-17). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextDueDate } from '../../src/credits/due.ts';
import { endingNotice, noticeDueAt, withEndTold } from '../../src/credits/ending-notice.ts';
import { settle } from '../../src/credits/settle.ts';
import type { CreditState } from '../../src/credits/state.ts';
import { addDays, startOfDay } from '../../src/platform/calendar.ts';
import { creditOf } from '../credits/credit.ts';
import { at } from './world.ts';

/** A bulk credit of the year 2026-01-15 to 2027-01-15, awarded when it begins. */
const bulk = () => creditOf('2026-01-15', { kind: 'azure-bulk' });

const due = (state: CreditState, now: string) => {
  const found = endingNotice(settle(state, at(now)).state, at(now));
  return found && `${found.notice.stage}${found.send ? '' : ' pointless'}`;
};

test('CR-17 notices are due 30, 7 and 1 days before the end, to the instant, and when it has come', () => {
  let { state } = bulk();
  expect(due(state, '2026-12-15T23:59')).toBeUndefined();
  const days = [
    ['2026-12-16', '30'],
    ['2027-01-08', '7'],
    ['2027-01-14', '1'],
    ['2027-01-15', '0'],
  ] as const;
  for (const [day, stage] of days) {
    expect(noticeDueAt(state)).toBe(at(day));
    expect(due(state, day)).toBe(stage);
    state = withEndTold(state, { end: '2027-01-15', stage: Number(stage) as 30 });
    expect(due(state, `${day}T23:59`)).toBeUndefined();
  }
  expect(noticeDueAt(state)).toBeUndefined();
});

test('CR-17 of several that were missed only the latest is sent', () => {
  const { state } = bulk();
  expect(due(state, '2027-01-10')).toBe('7');
  expect(due(state, '2027-02-10')).toBe('0');
});

test('CR-17 90 days after the end nothing is sent any more', () => {
  const { state } = bulk();
  expect(due(state, '2027-04-14T23:59')).toBe('0');
  expect(due(state, '2027-04-15')).toBe('0 pointless');
});

test('CR-17 what was due before the award is never sent', () => {
  const { state } = creditOf('2027-01-10T10:00', { kind: 'azure-bulk' });
  expect(due(state, '2027-01-10T10:00')).toBeUndefined();
  expect(due(state, '2027-01-14')).toBe('1');
});

test('CR-17 a moved end begins anew', () => {
  const credit = creditOf('2026-01-15');
  credit.assign('2026-06-10', 'ana');
  credit.redeem('2026-06-10', 'subscription');
  const told = withEndTold(credit.state, { end: '2027-01-15', stage: 7 });
  expect(due(told, '2027-01-10')).toBeUndefined();
  const renewed = { ...told, membershipEnd: '2028-01-15' };
  expect(noticeDueAt(renewed)).toBe(at('2027-06-10'));
});

test('CR-17 nobody is told of a credit that was withdrawn', () => {
  const credit = bulk();
  credit.send('2026-06-01', { type: 'revoke' });
  expect(noticeDueAt(credit.state)).toBeUndefined();
  expect(nextDueDate(credit.state)).toBeUndefined();
});

test('CR-15 law: settled and told on its due dates, a credit is never due between them, and comes to an end', () => {
  const awarded = fc.integer({ min: 0, max: 400 });
  fc.assert(
    fc.property(awarded, fc.boolean(), (days, redeems) => {
      const start = addDays('2026-01-15', Math.min(days, 300));
      const credit = creditOf(start);
      if (redeems) {
        credit.assign(start, 'ana');
        credit.redeem(start, 'subscription');
      }
      let { state } = credit;
      for (let steps = 0; steps < 40; steps += 1) {
        const date = nextDueDate(state);
        if (date === undefined) return;
        const before = new Date(Date.parse(startOfDay(date)) - 1).toISOString();
        if (before >= state.provisionedAt) {
          expect(settle(state, before).state).toBe(state);
          expect(endingNotice(state, before)).toBeUndefined();
        }
        const settled = settle(state, startOfDay(date)).state;
        const ending = endingNotice(settled, startOfDay(date));
        state = ending ? withEndTold(settled, ending.notice) : settled;
        expect(nextDueDate(state) ?? '9999').not.toBe(date);
      }
      throw new Error('It never comes to an end');
    }),
    { numRuns: 300 },
  );
});
