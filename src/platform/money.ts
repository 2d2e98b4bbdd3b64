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
 * The currencies of ISO 4217 in use, by the digits of their minor unit. Data, not `Intl`: its digits are those that
 * are usual in print (HUF 0, of ISO's 2) and change with its version, and amounts at rest must not change with it.
 */
const currenciesByDigits = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [
    2,
    [
      'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF',
      'CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD',
      'HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA',
      'MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN',
      'QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP',
      'TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG',
    ].join(' '),
  ],
] as const;

const digitsByCode: ReadonlyMap<string, number> = new Map(
  currenciesByDigits.flatMap(([digits, codes]) =>
    codes.split(' ').map((code) => [code, digits] as const),
  ),
);

/**
 * How many digits a currency's minor unit has (USD 2, JPY 0, KWD 3), or undefined for what is not a known
 * code in capitals.
 */
export function currencyDigits(code: string): number | undefined {
  return digitsByCode.get(code);
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
