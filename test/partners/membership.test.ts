import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadCatalogue, membershipTypeOf } from '../../src/partners/catalogue.ts';
import {
  benefitsOf,
  bulkYear,
  membershipEnd,
  membershipId,
} from '../../src/partners/membership.ts';

const catalogue = await loadCatalogue();
const partnerId = '11111111-1111-4111-8111-111111111111';

function setOf(typeId: string, startDate: string, term: number) {
  const type = membershipTypeOf(catalogue, typeId);
  if (type === undefined) throw new Error(`No type ${typeId}`);
  const id = membershipId(partnerId, typeId, startDate);
  return benefitsOf(catalogue, type, { id, startDate, term });
}

test('PR-02 a membership ends a year after its start, and a year later for each renewal', () => {
  expect(membershipEnd('2026-01-15', 0)).toBe('2027-01-15');
  expect(membershipEnd('2026-01-15', 2)).toBe('2029-01-15');
});

test('PR-02 a membership of 29 February ends on the last of February, counted from its start', () => {
  expect([0, 1, 2, 3].map((renewals) => membershipEnd('2024-02-29', renewals))).toEqual([
    '2025-02-28',
    '2026-02-28',
    '2027-02-28',
    '2028-02-29',
  ]);
});

test('PR-01 the same membership awards the same ids on every retry; any other one awards others', () => {
  const once = setOf('success-core', '2026-01-15', 0);
  expect(setOf('success-core', '2026-01-15', 0)).toEqual(once);
  const ids = [
    once,
    setOf('success-core', '2026-01-15', 1),
    setOf('success-core', '2026-01-16', 0),
    setOf('success-expanded', '2026-01-15', 0),
  ].flatMap((set) => set.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
});

test('PR-01 the first set of a membership: a bulk credit for its year, products until its end', () => {
  const end = '2027-01-15';
  expect(setOf('success-core', '2026-01-15', 0)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        category: 'azure-credit',
        kind: 'azure-bulk',
        amountCents: 240_000,
        currency: 'USD',
        redeemBy: end,
        startDate: '2026-01-15',
        endDate: '2027-01-15',
      }),
      expect.objectContaining({
        category: 'cloud-service',
        productId: 'microsoft-365-e3',
        name: 'Microsoft 365 E3',
        licenses: 15,
        activateBy: end,
        usageRightsUntil: end,
      }),
    ]),
  );
});

test('PR-02 a renewal awards a set whose bulk year starts at the old end', () => {
  fc.assert(
    fc.property(
      fc
        .date({ min: new Date('2020-01-01'), max: new Date('2032-12-31'), noInvalidDate: true })
        .map((date) => date.toISOString().slice(0, 10)),
      fc.integer({ min: 1, max: 8 }),
      (startDate, term) => {
        const end = membershipEnd(startDate, term);
        for (const benefit of setOf('success-expanded', startDate, term)) {
          if (benefit.category !== 'azure-credit') continue;
          expect(benefit.startDate).toBe(membershipEnd(startDate, term - 1));
          expect(benefit.endDate).toBe(end);
          expect(benefit.redeemBy).toBe(end);
        }
      },
    ),
  );
});

test('CR-01 a monthly credit has no year of its own; the three other kinds have one as bulk has', () => {
  const [monthly] = setOf('action-pack', '2026-01-15', 0);
  expect(monthly).toMatchObject({ kind: 'azure-monthly', redeemBy: '2027-01-15' });
  expect(monthly).not.toHaveProperty('startDate');
  expect(monthly).not.toHaveProperty('endDate');
  const kinds = [
    'success-expanded',
    'solutions-partner-security',
    'solutions-partner-infrastructure',
  ];
  for (const type of kinds) {
    for (const benefit of setOf(type, '2026-01-15', 0)) {
      if (benefit.category === 'azure-credit') expect(benefit.endDate).toBe('2027-01-15');
    }
  }
});

test('PR-01 a single bulk award has a year from its own day', () => {
  expect(bulkYear('2026-05-03')).toEqual({ startDate: '2026-05-03', endDate: '2027-05-03' });
});
