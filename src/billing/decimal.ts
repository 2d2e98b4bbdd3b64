/**
 * Exact decimals for prices, quantities and amounts (PEC-05). The one place that knows the decimal library, so
 * that nothing else can round by accident: sums and products are exact, and only `cut` and `ratio` lose digits.
 */
import Big from 'big.js';

/** An exact decimal number. Compare with `.eq`, `.lt`, `.cmp`, add with `.plus`, `.minus`, `.times`. */
export type Decimal = Big;

/** A Big of our own, strict: no JavaScript float gets in. */
const Exact = Big();
Exact.strict = true;

const shape = /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const longestText = 60;
const mostWholeDigits = 15;
const mostFractionDigits = 30;

export const zero: Decimal = new Exact('0');

/** Makes a decimal of a literal that this program wrote itself, or of minor units with their digits. */
export function decimal(text: string): Decimal {
  return new Exact(text);
}

/**
 * Reads a number as files hold it: digits, an optional point, sign and exponent (spreadsheets and JSON write
 * small prices as `1E-05`). No thousands separators, no decimal comma, no spaces.
 * Gives `not-a-number`, or `too-large` for more than 15 digits before the point or 30 after it, which bounds the
 * cost of all arithmetic and keeps the sum of a month's lines far below any limit.
 */
export function parseDecimal(text: string): Decimal | 'not-a-number' | 'too-large' {
  // Length first: the pattern never runs over a text of unbounded length.
  if (text.length > longestText) return /^-?[\d.]/.test(text) ? 'too-large' : 'not-a-number';
  if (!shape.test(text)) return 'not-a-number';
  const value = new Exact(text);
  const fractionDigits = value.c.length - 1 - value.e;
  return value.e >= mostWholeDigits || fractionDigits > mostFractionDigits ? 'too-large' : value;
}

/** Plain digits without an exponent or needless zeros: the one spelling of a value, for files and for hashes. */
export function formatDecimal(value: Decimal): string {
  return value.eq(zero) ? '0' : value.toFixed();
}

/** Cuts (never rounds) towards zero to a number of digits after the point: 21.3962 to 2 digits is 21.39. */
export function cut(value: Decimal, digits: number): Decimal {
  return value.round(digits, Big.roundDown);
}

/** An amount with all digits of its currency: `21.39`, `0.00`. The value must already be cut. */
export function formatAmount(value: Decimal, digits: number): string {
  return value.eq(zero) ? zero.toFixed(digits) : value.toFixed(digits);
}

/**
 * `dividend ÷ divisor` to 15 significant digits, half to even: 21.39 ÷ 29 is 0.737586206896552. Throws a RangeError on
 * a divisor of zero.
 */
export function ratio(dividend: Decimal, divisor: Decimal): Decimal {
  return quotient(dividend, divisor).prec(15, Big.roundHalfEven);
}

/** As `ratio`, but cut, so that the result times the divisor never exceeds the dividend. */
export function ratioBelow(dividend: Decimal, divisor: Decimal): Decimal {
  return quotient(dividend, divisor).prec(15, Big.roundDown);
}

/**
 * A quotient that rounds to 15 digits exactly as the true one does: 17 digits or more, and behind them a 1 where the
 * division leaves a remainder. (The library's own division must be told its digits beforehand and is ten times slower.)
 */
function quotient(dividend: Decimal, divisor: Decimal): Decimal {
  const shift = Math.max(0, 17 + divisor.c.length - dividend.c.length);
  const numerator = BigInt(dividend.c.join('')) * 10n ** BigInt(shift);
  const denominator = BigInt(divisor.c.join(''));
  const remainder = numerator % denominator === 0n ? '0' : '1';
  const exponent =
    dividend.e - dividend.c.length - (divisor.e - divisor.c.length) - shift - remainder.length;
  const sign = dividend.s === divisor.s ? '' : '-';
  return new Exact(`${sign}${numerator / denominator}${remainder}e${exponent}`);
}

/** Minor units of a currency with so many digits as a decimal amount: 40000 with 2 digits is 400.00. */
export function fromMinorUnits(units: number, digits: number): Decimal {
  return new Exact(`${units}e-${digits}`);
}

/** A cut amount as minor units. Throws a RangeError when it is not a whole number of them or not safe. */
export function toMinorUnits(amount: Decimal, digits: number): number {
  const units = Number(amount.times(new Exact(`1e${digits}`)).toFixed());
  if (!Number.isSafeInteger(units))
    throw new RangeError('The amount is not a whole number of minor units');
  return units;
}
