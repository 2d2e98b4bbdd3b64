import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deterministicId, newId } from '../../src/platform/ids.ts';

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[48][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('PR-01 a derived id is a GUID, and never changes from one release to the next', () => {
  expect(deterministicId('membership', 'a', '2026-01-15')).toBe(
    '6aa34703-8399-88e7-96ac-09dd4204b151',
  );
  expect(newId()).toMatch(guid);
  expect(newId()).not.toBe(newId());
});

test('PR-01 the same parts give the same id, any other parts another', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      expect(deterministicId(...one)).toMatch(guid);
      expect(deterministicId(...one) === deterministicId(...other)).toBe(same);
    }),
  );
  expect(deterministicId('ab', 'c')).not.toBe(deterministicId('a', 'bc'));
});
