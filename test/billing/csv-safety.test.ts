import fc from 'fast-check';
import { expect, test } from 'vitest';

import { neutraliseFormula, toCells } from '../../src/billing/csv-safety.ts';

test.each([
  '=1+1',
  '+1',
  '-2+3',
  '@SUM(A1)',
  '\t=1',
  '\tText',
  '\rText',
  '\nText',
  ' =1',
  '   -1',
  '\u00a0=1',
  '\u200b=1',
  '\ufeff@A1',
  '\u0000=1',
  '＝1+1',
  '＋1',
  '－1',
  '＠SUM(A1)',
])('ACO-02 %j is made harmless', (text) => {
  expect(neutraliseFormula(text)).toBe(`'${text}`);
});

test.each([
  '',
  'Contoso',
  'a=b',
  'x@y.example',
  "'=1",
  '1-2',
  '/subscriptions/1',
  '{"a":"=1"}',
  ' Contoso',
])('ACO-02 %j stays as it is', (text) => {
  expect(neutraliseFormula(text)).toBe(text);
});

test('PEC-08 numbers stay numbers, text beside them does not become a formula', () => {
  const row = { Name: '-400.00', Total: '-400.00' };
  expect(toCells(row, ['Total', 'Name', 'Missing'], new Set(['Total']))).toEqual([
    '-400.00',
    "'-400.00",
    '',
  ]);
});

test('ACO-02 making a text harmless twice is the same as once', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const once = neutraliseFormula(text);
      expect(neutraliseFormula(once)).toBe(once);
      expect(/^\s*[=+\-@]/.test(once)).toBe(false);
    }),
  );
});
