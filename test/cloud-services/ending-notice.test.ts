/** Which notice of a key's activate-by date or a subscription's end is due when (KEY-10, KEY-11). */
import { expect, test } from 'vitest';
import {
  keyEnding,
  nextNoticeDate,
  noticeOf,
  subscriptionEnding,
} from '../../src/cloud-services/ending-notice.ts';
import type { Ending } from '../../src/platform/ending-stages.ts';
import { at, benefitOf, subscriptionOf } from './fixtures.ts';

const due = (ending: Ending | undefined, date: string, time?: string) => {
  const found = noticeOf(ending, at(date, time));
  return found && `${found.notice.stage}${found.send ? '' : ' pointless'}`;
};
const midnight = '00:00:00.000';
const lastInstant = '23:59:59.999';

test('KEY-10 a key’s notices are due at 00:00Z, and from its activate-by date on none is sent', () => {
  const ending = keyEnding(benefitOf());
  expect(nextNoticeDate(ending)).toBe('2027-05-02');
  expect(due(ending, '2027-05-01', lastInstant)).toBeUndefined();
  expect(due(ending, '2027-05-02', midnight)).toBe('30');
  expect(due(ending, '2027-05-31', lastInstant)).toBe('1');
  expect(due(ending, '2027-06-01', midnight)).toBe('1 pointless');
  const told = { toldOfEnd: { end: '2027-06-01', stage: 1 } } as const;
  expect(nextNoticeDate(keyEnding({ ...benefitOf(), ...told }))).toBeUndefined();
});

test('KEY-10 what was due before the award is never sent', () => {
  const ending = keyEnding(benefitOf({ provisionedAt: at('2027-05-10') }));
  expect(due(ending, '2027-05-24')).toBeUndefined();
  expect(nextNoticeDate(ending)).toBe('2027-05-25');
});

test('KEY-11 a subscription’s last notice says that it has expired, until it is deleted', () => {
  const ending = subscriptionEnding(subscriptionOf());
  expect(due(ending, '2027-01-21', lastInstant)).toBe('1');
  expect(due(ending, '2027-01-22', midnight)).toBe('0');
  expect(due(ending, '2027-05-21', lastInstant)).toBe('0');
  expect(due(ending, '2027-05-22', midnight)).toBe('0 pointless');
});

test('KEY-12 nothing is due of a subscription that was undone', () => {
  expect(subscriptionEnding(subscriptionOf({ deletedAt: at('2026-11-01') }))).toBeUndefined();
});

test('KEY-10 of a key that is redeemed, or of a benefit that was withdrawn, nothing is due', () => {
  const benefit = benefitOf();
  const redemption = {
    at: at('2026-11-22'),
    action: 'activate',
    subscriptionId: 's',
    tenantId: 't',
    previous: null,
    result: { licenses: 1, endDate: '2027-11-22' },
  } as const;
  const key = {
    issuedAt: at('2026-11-21'),
    sealed: { hash: 'h', ciphertext: 'c' },
    redemption,
    replacedAt: null,
  };
  const waiting = { ...key, redemption: null };
  expect(keyEnding({ ...benefit, keys: [key] })).toBeUndefined();
  expect(keyEnding({ ...benefit, revokedAt: at('2026-11-22') })).toBeUndefined();
  expect(keyEnding({ ...benefit, keys: [waiting] })).toBeDefined();
  expect(keyEnding({ ...benefit, keys: [key, waiting] })).toBeDefined();
  expect(nextNoticeDate(undefined)).toBeUndefined();
  expect(noticeOf(undefined, at('2027-05-31'))).toBeUndefined();
});

test('KEY-10 KEY-11 what the notices of an end are worked out from', () => {
  const toldOfEnd = { end: '2027-01-22', stage: 7 } as const;
  expect(keyEnding({ ...benefitOf(), toldOfEnd })).toEqual({
    end: '2027-06-01',
    stages: [30, 7, 1],
    since: at('2026-06-01'),
    until: at('2027-06-01', midnight),
    told: toldOfEnd,
  });
  expect(subscriptionEnding({ ...subscriptionOf(), toldOfEnd })).toEqual({
    end: '2027-01-22',
    stages: [30, 7, 1, 0],
    since: at('2026-01-22', midnight),
    until: at('2027-05-22', midnight),
    told: toldOfEnd,
  });
});
