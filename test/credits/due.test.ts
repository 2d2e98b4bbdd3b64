/** When a credit next needs the sweep, and which notice of its end is due (CR-15, CR-17). */
import { expect, test } from 'vitest';
import { nextDueDate } from '../../src/credits/due.ts';
import { endingNotice, noticeDueAt, withEndTold } from '../../src/credits/ending-notice.ts';
import { settle } from '../../src/credits/settle.ts';
import { at, creditOf } from './credit.ts';

const told = (stage: 30 | 7 | 1 | 0, end = '2027-01-15') => ({ end, stage });

test('CR-17 notices fall due 30, 7 and 1 days before the end, and when it has come', () => {
  let { state } = creditOf('2026-01-15');
  expect(endingNotice(state, at('2026-12-15T23:59'))).toBeUndefined();
  for (const [stage, date] of [
    [30, '2026-12-16'],
    [7, '2027-01-08'],
    [1, '2027-01-14'],
    [0, '2027-01-15'],
  ] as const) {
    expect(noticeDueAt(state)).toBe(at(date));
    expect(endingNotice(state, at(date))).toEqual({ notice: told(stage), send: true });
    state = withEndTold(state, told(stage));
    expect(state.toldOfEnd).toEqual(told(stage));
  }
  expect(noticeDueAt(state)).toBeUndefined();
});

test('CR-14 CR-17 there is a point in telling of an end until 90 days after it', () => {
  const { state } = creditOf('2026-01-15');
  expect(endingNotice(state, at('2027-04-14T23:59'))).toEqual({ notice: told(0), send: true });
  expect(endingNotice(state, at('2027-04-15'))).toEqual({ notice: told(0), send: false });
});

test('CR-17 what was due before the award is not told of, and of a withdrawn credit nothing is', () => {
  const credit = creditOf('2027-01-10');
  expect(noticeDueAt(credit.state)).toBe(at('2027-01-14'));
  credit.send('2027-01-10', { type: 'revoke' });
  expect(noticeDueAt(credit.state)).toBeUndefined();
  expect(endingNotice(credit.state, at('2027-01-15'))).toBeUndefined();
  expect(nextDueDate(credit.state)).toBeUndefined();
});

test('PR-02 CR-17 an end that was moved is told of again', () => {
  const credit = creditOf('2026-01-20');
  credit.assign('2026-01-20', 'ana');
  credit.redeem('2026-01-20', 's1');
  const state = withEndTold(credit.state, told(0));
  const moved = { ...state, membershipEnd: '2027-02-15' };
  expect(noticeDueAt(moved)).toBe(at('2027-01-16'));
});

test('CR-15 CR-17 a credit stands in the schedule under what comes first: its month’s end, its end or a notice', () => {
  const credit = creditOf('2026-01-15');
  expect(nextDueDate(credit.state)).toBe('2026-12-16');
  expect(nextDueDate(withEndTold(credit.state, told(1)))).toBe('2027-01-15');
  credit.assign('2026-01-16', 'ana');
  credit.redeem('2026-01-16', 's1');
  expect(nextDueDate(credit.state)).toBe('2026-02-01');
  const { state } = settle(credit.state, at('2027-01-15'));
  expect(nextDueDate(state)).toBe('2026-12-16');
  expect(nextDueDate(withEndTold(state, told(0)))).toBeUndefined();
});
