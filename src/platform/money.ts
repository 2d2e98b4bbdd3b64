/**
 * Money: integer minor units ("cents") inside, decimal strings with an ISO 4217 code on the wire.
 * No floating-point arithmetic ever touches an amount.
 */

/** An amount on the wire, always with the currency's full digits: `{"amount":"100.50","currency":"USD"}`. */
export type Money = { amount: string; currency: string };

/**
 * The largest single amount taken, in minor units. Nine thousand of them still add up to a safe integer, which
 * keeps every sum over a credit's life exact.
 */
export const largestAmount = 1_000_000_000_000;

const amountShape = /^(\d+)(?:\.(\d+))?$/;

/**
 * How many digits a currency's minor unit has (USD 2, JPY 0, KWD 3), or undefined for what is not a known
 * code in capitals.
 */
export function currencyDigits(code: string): number | undefined {
  if (!knownCurrencies().has(code)) return undefined;
  let digits = digitsByCode.get(code);
  if (digits === undefined) {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency: code });
    digits = format.resolvedOptions().maximumFractionDigits ?? 0;
    digitsByCode.set(code, digits);
  }
  return digits;
}

/**
 * Reads a decimal string as minor units: "100", "100.5" and "100.50" of USD are 10000, 10050, 10050.
 * Gives undefined for an unknown currency, more digits than the currency has, a sign, an exponent, spaces,
 * a missing digit before or after the point, or an amount beyond `largestAmount`.
 */
export function parseAmount(text: string, currency: string): number | undefined {
  const digits = currencyDigits(currency);
  const match = amountShape.exec(text);
  if (digits === undefined || match === null) return undefined;
  const whole = match[1] ?? '';
  const fraction = match[2] ?? '';
  if (fraction.length > digits) return undefined;
  const minorUnits = Number(whole + fraction.padEnd(digits, '0'));
  return minorUnits <= largestAmount ? minorUnits : undefined;
}

/**
 * Shows minor units as wire money in full digits; a negative amount (a ledger's correction) leads with `-`.
 * Throws a RangeError on a currency it does not know or an amount that is not a safe integer: both are
 * checked on the way in, so here they are a defect.
 */
export function formatMoney(cents: number, currency: string): Money {
  const digits = currencyDigits(currency);
  if (digits === undefined) throw new RangeError(`Unknown currency ${currency}`);
  if (!Number.isSafeInteger(cents)) throw new RangeError('An amount must be a safe integer');
  const text = String(Math.abs(cents)).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const fraction = digits === 0 ? '' : `.${text.slice(-digits)}`;
  return { amount: `${cents < 0 ? '-' : ''}${whole}${fraction}`, currency };
}

const digitsByCode = new Map<string, number>();
let currencies: ReadonlySet<string> | undefined;

function knownCurrencies(): ReadonlySet<string> {
  currencies ??= new Set(Intl.supportedValuesOf('currency'));
  return currencies;
}
