/**
 * One line of daily usage as it comes in (ACO-05): checked and brought to its one normal form. The CSV parser and
 * the JSON-lines reader both end here.
 */
import { isDate, parseInstant } from '../platform/calendar.ts';
import type { DateOnly, Month } from '../platform/calendar.ts';
import { currencyDigits, largestAmount } from '../platform/money.ts';
import { dailyUsageColumns } from './data/daily-usage-columns.ts';
import type { DailyUsageColumn } from './data/daily-usage-columns.ts';
import { cut, decimal, formatDecimal, fromMinorUnits, parseDecimal, zero } from './decimal.ts';
import type { Decimal } from './decimal.ts';

/** Columns that rating computes. What a file says in them is not kept: our own daily file can be sent in again. */
export const computedColumns = [
  'BillingPreTaxTotal',
  'PricingPreTaxTotal',
  'EffectiveUnitPrice',
  'PartnerEarnedCreditPercentage',
  'CreditPercentage',
  'CreditType',
] as const satisfies readonly DailyUsageColumn[];

type ComputedColumn = (typeof computedColumns)[number];
export type InputColumn = Exclude<DailyUsageColumn, ComputedColumn>;

const computed: ReadonlySet<string> = new Set(computedColumns);
/** The 49 columns that are kept of a line, in the order of the file. */
export const inputColumns = dailyUsageColumns.filter(
  (column): column is InputColumn => !computed.has(column),
);

/**
 * A checked line: every kept column as text, blank where nothing was given. Partner and customer id are lower case, `UsageDate` is
 * YYYY-MM-DD, numbers are in plain digits, both currencies are known codes, the exchange rate is never blank.
 */
export type UsageLine = Readonly<Record<InputColumn, string>>;

/** Why a line was not taken. `line` is its physical number in the file; a CSV's header is line 1. */
export type Reject = { line: number; code: RejectCode; message: string };

export type RejectCode =
  | 'MalformedLine'
  | 'UnknownColumn'
  | 'MissingValue'
  | 'ValueTooLong'
  | 'WrongPartner'
  | 'UnknownCustomer'
  | 'InvalidDate'
  | 'WrongMonth'
  | 'InvalidNumber'
  | 'NumberTooLarge'
  | 'NegativeNumber'
  | 'UnknownCurrency'
  | 'MixedCurrency'
  | 'TooManyRejects';

/** What a line is checked against. */
export type ImportContext = {
  partnerId: string;
  month: Month;
  /** Whether the partner has a customer with this id (lower case). */
  isKnownCustomer: (customerId: string) => boolean;
  /** The billing currency of the partner's month, once a line has set it: one invoice, one currency. */
  billingCurrency?: string | undefined;
};

export type ReadLine = { line: UsageLine } | { reject: Reject };

const requiredColumns = [
  'PartnerId',
  'CustomerId',
  'UsageDate',
  'EntitlementId',
  'MeterId',
  'UnitPrice',
  'Quantity',
  'BillingCurrency',
] as const satisfies readonly InputColumn[];

/** The most characters in all kept cells of a line: a stored row has its limits. */
export const longestLine = 24_000;

/** What lines are told apart and summed by, but for the resource's own address. */
const ids: ReadonlySet<string> = new Set([
  'PartnerId',
  'CustomerId',
  'EntitlementId',
  'SubscriptionId',
  'MeterId',
  'UsageDate',
  'ProductId',
  'SkuId',
  'AvailabilityId',
  'ChargeType',
  'BenefitId',
] satisfies InputColumn[]);
/** What holds lists and objects of its own. */
const documents: ReadonlySet<string> = new Set([
  'Tags',
  'AdditionalInfo',
  'ServiceInfo1',
  'ServiceInfo2',
] satisfies InputColumn[]);

/** The most characters in a cell, by column; a ResourceURI has at most 2,048. */
const longestCell = new Map(
  inputColumns.map((column) => [
    column,
    ids.has(column) ? 256 : documents.has(column) ? 8_000 : 2_048,
  ]),
);

/**
 * Reads and checks one row (column name → cell; null, undefined and '' are blank, numbers and booleans are taken
 * as their text). The first thing wrong with it is what is reported, in this order: shape, partner, customer,
 * date, numbers, currencies. Negative prices and quantities are refused: a correction is a changed line.
 */
export function readUsageLine(
  row: Readonly<Record<string, unknown>>,
  lineNumber: number,
  context: ImportContext,
): ReadLine {
  const problem = (code: RejectCode, message: string): ReadLine => ({
    reject: { line: lineNumber, code, message },
  });
  const cells = readCells(row);
  if ('code' in cells) return problem(cells.code, cells.message);
  const line = cells.line;

  const blank = requiredColumns.find((column) => line[column] === '');
  if (blank !== undefined) return problem('MissingValue', `${blank} is blank.`);
  line.PartnerId = line.PartnerId.toLowerCase();
  line.CustomerId = line.CustomerId.toLowerCase();
  if (line.PartnerId !== context.partnerId.toLowerCase()) {
    return problem('WrongPartner', 'PartnerId is that of another partner.');
  }
  if (!context.isKnownCustomer(line.CustomerId)) {
    return problem(
      'UnknownCustomer',
      `Customer ${line.CustomerId.slice(0, 60)} is not known. Put its facts first.`,
    );
  }
  const date = readUsageDate(line.UsageDate);
  if (date === undefined) {
    return problem('InvalidDate', 'UsageDate must be YYYY-MM-DD or an RFC 3339 instant.');
  }
  line.UsageDate = date;
  if (!date.startsWith(`${context.month}-`)) {
    return problem('WrongMonth', `UsageDate ${date} is not in ${context.month}.`);
  }
  if (line.PCToBCExchangeRate === '' && pricedElsewhere(line)) {
    return problem('MissingValue', 'PCToBCExchangeRate is blank, but the currencies differ.');
  }
  const numbers = readNumbers(line);
  if (numbers !== undefined) return problem(numbers.code, numbers.message);
  const currencies = checkCurrencies(line, context.billingCurrency);
  if (currencies !== undefined) return problem(currencies.code, currencies.message);
  return { line };
}

/** Unit price × quantity, exact, in the pricing currency. */
export function costOf(line: UsageLine): Decimal {
  return decimal(line.UnitPrice).times(decimal(line.Quantity));
}

/**
 * Where a line's usage took place: its resource, or else its resource group or subscription. This is the scope on
 * which access is judged.
 */
export function scopeOf(line: UsageLine): string {
  if (/^\/subscriptions\/[^/]/i.test(line.ResourceURI)) return line.ResourceURI;
  const subscription = `/subscriptions/${line.EntitlementId}`;
  return line.ResourceGroup === ''
    ? subscription
    : `${subscription}/resourceGroups/${line.ResourceGroup}`;
}

/** A line as it is stored: blank columns are left out. */
export function packLine(line: UsageLine): Record<string, string> {
  const cells: Record<string, string> = {};
  for (const column of inputColumns) if (line[column] !== '') cells[column] = line[column];
  return cells;
}

/** Reads what `packLine` gave. Throws a TypeError on anything else. */
export function unpackLine(stored: Readonly<Record<string, string>>): UsageLine {
  const cells = readCells(stored);
  if ('code' in cells) throw new TypeError(`A stored usage line is broken: ${cells.message}`);
  return cells.line;
}

type Problem = { code: RejectCode; message: string };
type Cells = Record<InputColumn, string>;

const blankCells = Object.fromEntries(inputColumns.map((column) => [column, ''])) as Cells;

function readCells(row: Readonly<Record<string, unknown>>): { line: Cells } | Problem {
  const line = { ...blankCells };
  let length = 0;
  for (const [name, value] of Object.entries(row)) {
    if (!isInputColumn(name)) {
      if (computed.has(name)) continue;
      return { code: 'UnknownColumn', message: `There is no column "${name.slice(0, 60)}".` };
    }
    if (value === null || value === undefined) continue;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      return { code: 'MalformedLine', message: `${name} must be text or a number.` };
    }
    const text = String(value).trim();
    length += text.length;
    const most = longestCell.get(name) ?? 0;
    if (text.length > most || length > longestLine) {
      return {
        code: 'ValueTooLong',
        message: `${name} is too long: it has at most ${most} characters, and a line at most ${longestLine}.`,
      };
    }
    line[name] = text;
  }
  return { line };
}

const kept: ReadonlySet<string> = new Set(inputColumns);
function isInputColumn(name: string): name is InputColumn {
  return kept.has(name);
}

function readUsageDate(text: string): DateOnly | undefined {
  const date = text.slice(0, 10);
  if (text.length === 10) return isDate(text) ? text : undefined;
  // Files write the day as an instant too, with or without the Z; every instant is UTC.
  const instant = parseInstant(/(?:[Zz]|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
  return instant?.startsWith(date) === true ? date : undefined;
}

function pricedElsewhere({ PricingCurrency, BillingCurrency }: Cells): boolean {
  return PricingCurrency !== '' && PricingCurrency.toUpperCase() !== BillingCurrency.toUpperCase();
}

function readNumbers(line: Cells): Problem | undefined {
  line.PCToBCExchangeRate ||= '1';
  for (const column of ['UnitPrice', 'Quantity', 'PCToBCExchangeRate'] as const) {
    const value = parseDecimal(line[column]);
    if (value === 'not-a-number') {
      return {
        code: 'InvalidNumber',
        message: `${column} is not a number: use digits and a point.`,
      };
    }
    if (value === 'too-large') {
      return {
        code: 'NumberTooLarge',
        message: `${column} has too many digits: at most 15 before the point and 30 after it.`,
      };
    }
    if (value.lt(zero)) {
      return {
        code: 'NegativeNumber',
        message: `${column} is negative. To correct usage, send the line again with its right values.`,
      };
    }
    line[column] = formatDecimal(value);
  }
  return undefined;
}

function checkCurrencies(line: Cells, monthsCurrency: string | undefined): Problem | undefined {
  line.BillingCurrency = line.BillingCurrency.toUpperCase();
  line.PricingCurrency = line.PricingCurrency.toUpperCase() || line.BillingCurrency;
  const billingDigits = currencyDigits(line.BillingCurrency);
  const pricingDigits = currencyDigits(line.PricingCurrency);
  if (billingDigits === undefined || pricingDigits === undefined) {
    return { code: 'UnknownCurrency', message: 'A currency is not a known ISO 4217 code.' };
  }
  if (monthsCurrency !== undefined && line.BillingCurrency !== monthsCurrency) {
    return {
      code: 'MixedCurrency',
      message: `BillingCurrency is ${line.BillingCurrency}, but this month is billed in ${monthsCurrency}.`,
    };
  }
  const rate = decimal(line.PCToBCExchangeRate);
  if (rate.eq(zero)) return { code: 'InvalidNumber', message: 'PCToBCExchangeRate is zero.' };
  const cost = cut(costOf(line), pricingDigits);
  const billed = cut(cost.times(rate), billingDigits);
  return cost.gt(fromMinorUnits(largestAmount, pricingDigits)) ||
    billed.gt(fromMinorUnits(largestAmount, billingDigits))
    ? { code: 'NumberTooLarge', message: 'UnitPrice × Quantity is beyond what one line may cost.' }
    : undefined;
}
