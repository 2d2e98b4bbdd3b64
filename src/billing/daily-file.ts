/** The daily-rated usage file (PEC-07): one rated row as the 55 columns. */
import { currencyDigits } from '../platform/money.ts';
import type { DailyUsageColumn } from './data/daily-usage-columns.ts';
import { formatAmount, formatDecimal, ratio, zero } from './decimal.ts';
import type { Decimal } from './decimal.ts';
import { earnedCreditRate } from './eligibility.ts';
import type { RatedRow } from './rating.ts';

/** The columns that hold numbers, which go out as they are; all others are text. */
export const dailyNumericColumns: ReadonlySet<DailyUsageColumn> = new Set([
  'UnitPrice',
  'Quantity',
  'BillingPreTaxTotal',
  'PricingPreTaxTotal',
  'EffectiveUnitPrice',
  'PCToBCExchangeRate',
  'PartnerEarnedCreditPercentage',
  'CreditPercentage',
]);

/**
 * A rated row with all 55 columns as text. Quantity, the two totals, the effective price and the three credit columns
 * are computed; everything else is passed through as it came in. Amounts carry all digits of their currency.
 */
export function toDailyColumns(row: RatedRow): Record<DailyUsageColumn, string> {
  const { line, creditType } = row;
  return {
    ...line,
    Quantity: formatDecimal(row.quantity),
    BillingPreTaxTotal: amount(row.billingTotal, line.BillingCurrency),
    PricingPreTaxTotal: amount(row.pricingTotal, line.PricingCurrency),
    EffectiveUnitPrice: formatDecimal(effectivePrice(row.pricingTotal, row.quantity)),
    PartnerEarnedCreditPercentage:
      creditType === 'Partner Earned Credit Applied' ? String(earnedCreditRate) : '0',
    CreditPercentage: creditType === 'Azure Credit Applied' ? '100' : '0',
    CreditType: creditType,
  };
}

/** Billable cost ÷ quantity to 15 significant digits (PEC-05); zero where nothing was used. */
export function effectivePrice(billable: Decimal, quantity: Decimal): Decimal {
  return quantity.eq(zero) ? zero : ratio(billable, quantity);
}

function amount(value: Decimal, currency: string): string {
  return formatAmount(value, currencyDigits(currency) ?? 0);
}
