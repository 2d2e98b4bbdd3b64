import fc from 'fast-check';
import { expect, test } from 'vitest';

import { dailyUsageColumns } from '../../src/billing/data/daily-usage-columns.ts';
import { formatDecimal, fromMinorUnits } from '../../src/billing/decimal.ts';
import { contentOf, identityOf, ratingOrderOf } from '../../src/billing/line-identity.ts';
import {
  computedColumns,
  costOf,
  inputColumns,
  longestLine,
  packLine,
  readUsageLine,
  scopeOf,
  unpackLine,
} from '../../src/billing/usage-line.ts';
import type { ImportContext } from '../../src/billing/usage-line.ts';
import { largestAmount } from '../../src/platform/money.ts';
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

const said = (changes: Readonly<Record<string, unknown>>, more: Partial<ImportContext> = {}) =>
  rejectOf(changes, more)?.message;

test.each([
  [{ Colour: 'red' }, 'There is no column "Colour".'],
  [{ ['x'.repeat(61)]: 'red' }, `There is no column "${'x'.repeat(60)}".`],
  [{ Tags: {} }, 'Tags must be text or a number.'],
  [
    { MeterId: 'x'.repeat(257) },
    'MeterId is too long: it has at most 256 characters, and a line at most 24000.',
  ],
  [{ MeterId: '' }, 'MeterId is blank.'],
  [{ PartnerId: customerId }, 'PartnerId is that of another partner.'],
  [
    { CustomerId: `C${'x'.repeat(99)}` },
    `Customer c${'x'.repeat(59)} is not known. Put its facts first.`,
  ],
  [{ UsageDate: 'x' }, 'UsageDate must be YYYY-MM-DD or an RFC 3339 instant.'],
  [{ UsageDate: '2026-12-01' }, 'UsageDate 2026-12-01 is not in 2026-11.'],
  [
    { BillingCurrency: 'EUR', PCToBCExchangeRate: '' },
    'PCToBCExchangeRate is blank, but the currencies differ.',
  ],
  [{ PCToBCExchangeRate: 'x' }, 'PCToBCExchangeRate is not a number: use digits and a point.'],
  [
    { UnitPrice: '1e20' },
    'UnitPrice has too many digits: at most 15 before the point and 30 after it.',
  ],
  [
    { Quantity: '-1' },
    'Quantity is negative. To correct usage, send the line again with its right values.',
  ],
  [
    { PCToBCExchangeRate: '-1' },
    expect.stringMatching(/^PCToBCExchangeRate is negative/) as string,
  ],
  [{ PCToBCExchangeRate: '0.0' }, 'PCToBCExchangeRate is zero.'],
  [{ PricingCurrency: 'XQQ' }, 'A currency is not a known ISO 4217 code.'],
  [
    { UnitPrice: '1e12', Quantity: '1e12' },
    'UnitPrice × Quantity is beyond what one line may cost.',
  ],
])('ACO-05 of %o it says what is wrong: %s', (changes, message) => {
  expect(said(changes)).toEqual(message);
});

test('ACO-05 two currencies in a month are told apart by name', () => {
  expect(said({ BillingCurrency: 'eur' }, { billingCurrency: 'USD' })).toBe(
    'BillingCurrency is EUR, but this month is billed in USD.',
  );
});

test.each([
  'PartnerId',
  'CustomerId',
  'UsageDate',
  'EntitlementId',
  'MeterId',
  'UnitPrice',
  'Quantity',
  'BillingCurrency',
])('ACO-05 a line without %s is rejected, whatever else is wrong with it', (column) => {
  for (const blank of [undefined, null, '', '  ']) {
    const changes = { PartnerId: 'x', UsageDate: 'x', Quantity: 'x', [column]: blank };
    expect(said(changes)).toBe(`${column} is blank.`);
  }
});

test('ACO-05 the first thing wrong is told: partner, customer, date, numbers, currencies', () => {
  let changes: Record<string, unknown> = {
    PartnerId: 'x',
    CustomerId: 'x',
    UsageDate: 'x',
    PricingCurrency: 'XQQ',
    PCToBCExchangeRate: '',
    Quantity: 'x',
  };
  const codes: (string | undefined)[] = [];
  const { PartnerId, CustomerId } = usageRow();
  for (const right of [
    {},
    { PartnerId },
    { CustomerId },
    { UsageDate: '2026-10-01' },
    { UsageDate: '2026-11-01' },
    { PCToBCExchangeRate: '1' },
    { Quantity: '1' },
    { PricingCurrency: 'USD' },
  ]) {
    changes = { ...changes, ...right };
    codes.push(rejectOf(changes)?.code);
  }
  expect(codes).toEqual([
    'WrongPartner',
    'UnknownCustomer',
    'InvalidDate',
    'WrongMonth',
    'MissingValue',
    'InvalidNumber',
    'UnknownCurrency',
    undefined,
  ]);
});

test.each([
  ['2026-11-05', '2026-11-05'],
  ['2026-11-05T00:00:00', '2026-11-05'],
  ['2026-11-05T23:59:59z', '2026-11-05'],
  ['2026-11-05T02:00:00+02:00', '2026-11-05'],
])('ACO-05 a usage date of %s is %s', (text, date) => {
  expect(usageLine({ UsageDate: text }).UsageDate).toBe(date);
});

test.each(['2026-11-05T01:00:00+02:00', '2026-11-05T00:00:00+02', '2026-11-05 noon', '2026-11-5x'])(
  'ACO-05 %s is no usage date',
  (UsageDate) => {
    expect(rejectOf({ UsageDate })?.code).toBe('InvalidDate');
  },
);

test('ACO-05 PEC-05 currencies and exchange rates are completed where they are blank', () => {
  const rate = (changes: Readonly<Record<string, unknown>>) => {
    const line = usageLine(changes);
    return [line.PricingCurrency, line.BillingCurrency, line.PCToBCExchangeRate];
  };
  expect(rate({ PricingCurrency: 'usd', PCToBCExchangeRate: '' })).toEqual(['USD', 'USD', '1']);
  expect(rate({ PricingCurrency: '', BillingCurrency: 'eur' })).toEqual(['EUR', 'EUR', '1']);
  expect(rate({ BillingCurrency: 'eur', PCToBCExchangeRate: '0.90' })).toEqual([
    'USD',
    'EUR',
    '0.9',
  ]);
});

test('ACO-05 PEC-05 a line may cost what an amount may be, in either currency, and no cent more', () => {
  const code = (UnitPrice: string, PCToBCExchangeRate = '1') =>
    rejectOf({ UnitPrice, Quantity: '1', PCToBCExchangeRate })?.code;
  const most = formatDecimal(fromMinorUnits(largestAmount, 2));
  const more = formatDecimal(fromMinorUnits(largestAmount + 1, 2));
  expect(code(most)).toBeUndefined();
  expect(code(more)).toBe('NumberTooLarge');
  expect(code(most, '1.1')).toBe('NumberTooLarge');
  expect(code(more, '0.1')).toBe('NumberTooLarge');
});

test.each(['PartnerId', 'CustomerId', 'EntitlementId', 'SubscriptionId', 'MeterId', 'UsageDate'])(
  'ACO-05 %s has at most 256 characters',
  (column) => {
    expect(said({ [column]: 'x'.repeat(257) })).toMatch(/at most 256 characters/);
  },
);

test.each(['ProductId', 'SkuId', 'AvailabilityId', 'ChargeType', 'BenefitId'])(
  'ACO-05 %s is an ID too, of at most 256 characters',
  (column) => {
    expect(rejectOf({ [column]: 'x'.repeat(256) })).toBeUndefined();
    expect(said({ [column]: 'x'.repeat(257) })).toMatch(/at most 256 characters/);
  },
);

test.each([
  ['Tags', 8_000],
  ['AdditionalInfo', 8_000],
  ['ServiceInfo1', 8_000],
  ['ServiceInfo2', 8_000],
  ['MeterName', 2_048],
])('ACO-05 %s has at most %i characters', (column, most) => {
  expect(rejectOf({ [column]: 'x'.repeat(most) })).toBeUndefined();
  expect(rejectOf({ [column]: 'x'.repeat(most + 1) })?.code).toBe('ValueTooLong');
});

test('ACO-05 a line has at most 24,000 characters, blanks around its cells aside', () => {
  const row = usageRow({ Tags: '', AdditionalInfo: '', ServiceInfo1: '', ServiceInfo2: '' });
  const used = Object.values(row).reduce<number>((sum, value) => sum + String(value).length, 0);
  const rest = longestLine - used - 16_000;
  const fill = (length: number) => ({
    Tags: 'x'.repeat(8_000),
    AdditionalInfo: 'x'.repeat(8_000),
    ServiceInfo1: ` ${'x'.repeat(length)} `,
  });
  expect(longestLine).toBe(24_000);
  expect(rejectOf(fill(rest))).toBeUndefined();
  expect(rejectOf(fill(rest + 1))?.code).toBe('ValueTooLong');
});

test('ACO-05 what a stored line lacks is blank, and a broken one is told of', () => {
  expect(unpackLine({ MeterId: 'm' })).toMatchObject({ MeterId: 'm', Tags: '' });
  expect(() => unpackLine({ x: '1' })).toThrow(
    'A stored usage line is broken: There is no column "x".',
  );
});

test.each([
  ['/SUBSCRIPTIONS/1', '/SUBSCRIPTIONS/1'],
  ['/subscriptions/', '/subscriptions/3a2b1c00-0000-4000-8000-000000000001/resourceGroups/web'],
  ['x/subscriptions/1', '/subscriptions/3a2b1c00-0000-4000-8000-000000000001/resourceGroups/web'],
])('PEC-01 the scope of usage of the resource %s is %s', (ResourceURI, scope) => {
  expect(scopeOf(usageLine({ ResourceURI }))).toBe(scope);
});

test('ACO-05 numbers and booleans of JSON lines are taken as their text', () => {
  expect(usageLine({ Tags: true, ServiceInfo1: 0 })).toMatchObject({
    Tags: 'true',
    ServiceInfo1: '0',
  });
});

test('PEC-05 the cost of a line is its price by its quantity, exactly', () => {
  expect(formatDecimal(costOf(usageLine()))).toBe('25.172');
});

test('ACO-05 an identity is of the ten columns in their places', () => {
  const swapped = { ...usageLine(), SkuId: 'DZH318Z0BPS6', ProductId: '0001' };
  expect(identityOf(swapped)).not.toBe(identityOf(usageLine()));
  expect(identityOf(usageLine())).toMatch(/^[0-9a-f]{32}$/);
  expect(contentOf(usageLine())).toMatch(/^[0-9a-f]{32}$/);
  expect(ratingOrderOf(usageLine())).toBe(`2026-11-05|${identityOf(usageLine())}`);
});

test('ACO-05 the longest cells that are taken: 2,048 characters of a ResourceURI, 256 of an ID, 8,000 of tags', () => {
  const longest = {
    ResourceURI: `/${'x'.repeat(2_047)}`,
    MeterId: 'x'.repeat(256),
    Tags: 'x'.repeat(8_000),
  };
  expect(usageLine(longest)).toMatchObject(longest);
});
