import fc from 'fast-check';
import { expect, test } from 'vitest';

import { dailyUsageColumns } from '../../src/billing/data/daily-usage-columns.ts';
import { contentOf, identityOf, ratingOrderOf } from '../../src/billing/line-identity.ts';
import {
  computedColumns,
  inputColumns,
  packLine,
  readUsageLine,
  scopeOf,
  unpackLine,
} from '../../src/billing/usage-line.ts';
import type { ImportContext } from '../../src/billing/usage-line.ts';
import { checkHeader, columnName, parseJsonLine } from '../../src/billing/usage-source.ts';
import { context, customerId, machine, usageLine, usageRow } from './examples.ts';

function rejectOf(changes: Readonly<Record<string, unknown>>, more: Partial<ImportContext> = {}) {
  const read = readUsageLine(usageRow(changes), 7, { ...context, ...more });
  return 'reject' in read ? read.reject : undefined;
}

test('ACO-05 every column is either kept or computed', () => {
  expect(inputColumns).toHaveLength(49);
  expect(new Set([...inputColumns, ...computedColumns])).toEqual(new Set(dailyUsageColumns));
});

test('ACO-05 a header has the 55 columns, each once, in any order', () => {
  const [first, ...rest] = dailyUsageColumns;
  expect(checkHeader(dailyUsageColumns)).toBeUndefined();
  expect(checkHeader([...rest, ` ${first}`])).toBeUndefined();
  expect(checkHeader([`\ufeff${first}`, ...rest])).toBeUndefined();
  expect(columnName('\ufeffPartnerId ')).toBe('PartnerId');
  expect(checkHeader(rest)).toContain('Missing: "PartnerId"');
  expect(checkHeader([...dailyUsageColumns, 'Colour'])).toContain('Unknown: "Colour"');
  expect(checkHeader([...dailyUsageColumns, first])).toContain('Given twice: "PartnerId"');
  expect(checkHeader([])).toContain('and 45 more');
  expect(checkHeader(['x'.repeat(1_000_000)])?.length).toBeLessThan(1_000);
});

test('ACO-05 a good line is brought to one form', () => {
  const line = usageLine({
    CustomerId: ` ${customerId.toUpperCase()} `,
    UsageDate: '2026-11-05T00:00:00Z',
    UnitPrice: '8.680E-01',
    Quantity: '029.0',
    PricingCurrency: '',
    PCToBCExchangeRate: '',
    BillingPreTaxTotal: 'whatever',
  });
  expect(line).toEqual(usageLine());
});

test.each([
  [{ Colour: 'red' }, 'UnknownColumn'],
  [{ Tags: { env: 'x' } }, 'MalformedLine'],
  [{ Tags: 'x'.repeat(8_001) }, 'ValueTooLong'],
  [{ ResourceURI: `/${'x'.repeat(2_048)}` }, 'ValueTooLong'],
  [{ ProductName: 'x'.repeat(2_049) }, 'ValueTooLong'],
  [{ MeterId: 'x'.repeat(257) }, 'ValueTooLong'],
  [
    { Tags: 'x'.repeat(8_000), AdditionalInfo: 'x'.repeat(8_000), ServiceInfo1: 'x'.repeat(8_000) },
    'ValueTooLong',
  ],
  [{ MeterId: ' ' }, 'MissingValue'],
  [{ Quantity: null }, 'MissingValue'],
  [{ PartnerId: customerId }, 'WrongPartner'],
  [{ CustomerId: '00000000-0000-4000-8000-000000000000' }, 'UnknownCustomer'],
  [{ UsageDate: '11/5/2026' }, 'InvalidDate'],
  [{ UsageDate: '2026-11-31' }, 'InvalidDate'],
  [{ UsageDate: '2026-11-05T25:00:00Z' }, 'InvalidDate'],
  [{ UsageDate: '2026-11-30T23:00:00-05:00' }, 'InvalidDate'],
  [{ UsageDate: '2026-10-31' }, 'WrongMonth'],
  [{ UsageDate: '2026-12-01' }, 'WrongMonth'],
  [{ Quantity: '1,5' }, 'InvalidNumber'],
  [{ UnitPrice: 'free' }, 'InvalidNumber'],
  [{ Quantity: '1e400' }, 'NumberTooLarge'],
  [{ Quantity: '9'.repeat(400) }, 'NumberTooLarge'],
  [{ Quantity: '1e12', UnitPrice: '1e12' }, 'NumberTooLarge'],
  [{ Quantity: '-1' }, 'NegativeNumber'],
  [{ UnitPrice: '-0.01' }, 'NegativeNumber'],
  [{ PCToBCExchangeRate: '0' }, 'InvalidNumber'],
  [{ BillingCurrency: 'XQQ' }, 'UnknownCurrency'],
  [{ BillingCurrency: 'EUR', PCToBCExchangeRate: '' }, 'MissingValue'],
])('ACO-05 %o is rejected as %s', (changes, code) => {
  expect(rejectOf(changes)).toMatchObject({
    line: 7,
    code,
    message: expect.stringMatching(/\.$/) as string,
  });
});

test('ACO-05 a line in another currency than the month’s is rejected, naming both', () => {
  const reject = rejectOf(
    { BillingCurrency: 'EUR', PCToBCExchangeRate: '0.9' },
    { billingCurrency: 'USD' },
  );
  expect(reject).toMatchObject({
    code: 'MixedCurrency',
    message: expect.stringContaining('USD') as string,
  });
  expect(rejectOf({ BillingCurrency: 'usd' }, { billingCurrency: 'USD' })).toBeUndefined();
});

test('ACO-05 JSON lines say the same as CSV rows, numbers digit by digit', () => {
  const text = JSON.stringify(usageRow())
    .replace('"0.868"', '0.86812345678901234567')
    .replace('"29"', '29');
  const row = parseJsonLine(text);
  expect(row).toMatchObject({ UnitPrice: '0.86812345678901234567', Quantity: '29' });
  expect(contentOf(usageLine(row ?? {}))).toBe(
    contentOf(usageLine({ UnitPrice: '0.86812345678901234567' })),
  );
});

test.each(['', '[]', '1', 'null', '{"a":', '"x"'])('ACO-05 %s is no JSON row', (text) => {
  expect(parseJsonLine(text)).toBeUndefined();
});

test('ACO-05 a row named __proto__ changes nothing but its own line', () => {
  const row = parseJsonLine('{"__proto__":{"PartnerId":"x"}}') ?? {};
  expect(readUsageLine(row, 1, context)).toMatchObject({ reject: { code: 'UnknownColumn' } });
  expect({}).not.toHaveProperty('PartnerId');
});

test.each([
  'CustomerId',
  'EntitlementId',
  'ResourceURI',
  'MeterId',
  'UsageDate',
  'ProductId',
  'SkuId',
  'AvailabilityId',
  'ChargeType',
  'BenefitId',
] as const)('ACO-05 %s is part of a line’s identity', (column) => {
  expect(identityOf({ ...usageLine(), [column]: 'other' })).not.toBe(identityOf(usageLine()));
});

test('ACO-05 letter case is not part of a line’s identity, what it says is not either', () => {
  expect(identityOf(usageLine({ ResourceURI: machine.toUpperCase() }))).toBe(
    identityOf(usageLine()),
  );
  expect(identityOf(usageLine({ Quantity: '30', Tags: 'x' }))).toBe(identityOf(usageLine()));
  expect(identityOf(usageLine({ SkuId: '1', AvailabilityId: '2' }))).not.toBe(
    identityOf(usageLine({ SkuId: '12', AvailabilityId: '' })),
  );
});

test('ACO-05 content tells a changed line from the same one in another spelling', () => {
  expect(contentOf(usageLine({ Quantity: 29, UnitPrice: '0.86800' }))).toBe(contentOf(usageLine()));
  expect(contentOf(usageLine({ CreditType: 'Azure Credit Applied' }))).toBe(contentOf(usageLine()));
  expect(contentOf(usageLine({ Quantity: '30' }))).not.toBe(contentOf(usageLine()));
});

test('ACO-05 lines are rated by date, whatever their identity', () => {
  const order = ['2026-11-30', '2026-11-01', '2026-11-09'].map((UsageDate) =>
    ratingOrderOf(usageLine({ UsageDate })),
  );
  expect(order.toSorted().map((key) => key.slice(0, 10))).toEqual([
    '2026-11-01',
    '2026-11-09',
    '2026-11-30',
  ]);
  expect(order[0]).toMatch(/^2026-11-30\|[0-9a-f]{32}$/);
});

test('ACO-05 a packed line is unpacked as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...inputColumns), fc.string()), (cells) => {
      const line = usageLine({
        Tags: cells['Tags'] ?? '',
        AdditionalInfo: cells['AdditionalInfo'] ?? '',
      });
      expect(unpackLine(packLine(line))).toEqual(line);
    }),
  );
  expect(Object.values(packLine(usageLine()))).not.toContain('');
  expect(() => unpackLine({ x: '1' })).toThrow(TypeError);
});

test('PEC-01 a line’s scope is its resource, else its resource group, else its subscription', () => {
  const entitlement = '/subscriptions/3a2b1c00-0000-4000-8000-000000000001';
  expect(scopeOf(usageLine())).toBe(machine);
  expect(scopeOf(usageLine({ ResourceURI: '' }))).toBe(`${entitlement}/resourceGroups/web`);
  expect(scopeOf(usageLine({ ResourceURI: 'vm1', ResourceGroup: '' }))).toBe(entitlement);
});

test('ACO-05 whatever a row holds, reading it gives a line or a reject and never throws', () => {
  const anything = fc.dictionary(fc.constantFrom(...dailyUsageColumns, 'Other'), fc.anything());
  fc.assert(
    fc.property(anything, (changes) => {
      const read = readUsageLine({ ...usageRow(), ...changes }, 3, context);
      expect('line' in read || read.reject.message.length < 400).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('ACO-05 the longest cells that are taken: 2,048 characters of a ResourceURI, 256 of an ID, 8,000 of tags', () => {
  const longest = {
    ResourceURI: `/${'x'.repeat(2_047)}`,
    MeterId: 'x'.repeat(256),
    Tags: 'x'.repeat(8_000),
  };
  expect(usageLine(longest)).toMatchObject(longest);
});
