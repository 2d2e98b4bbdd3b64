/** Credit offers of customers and the balance report (ACO-01 … ACO-04). */
import * as z from 'zod';

import { addDays, isDate, nextMonth } from '../platform/calendar.ts';
import type { DateOnly, Month } from '../platform/calendar.ts';
import { formatMoney, parseAmount } from '../platform/money.ts';

const notADate = 'Give a date that exists, as YYYY-MM-DD.';
const date = z.string().max(10, { error: notADate, abort: true }).refine(isDate, notADate);

/**
 * The body of PUT …/credit-offers/{agreementId}: an amount of at most the currency's digits, and the dates from
 * which (inclusive) and until which (exclusive) it pays. After parsing the amount is `amount` minor units of `currency`.
 */
export const creditOfferBody = z
  .strictObject({
    amount: z.strictObject({ amount: z.string().max(20), currency: z.string().max(3) }),
    effectiveDate: date,
    expiryDate: date,
  })
  .transform(({ amount: money, ...dates }, context) => {
    const amount = parseAmount(money.amount, money.currency);
    if (amount === undefined || amount === 0) {
      const message =
        'Give an amount above zero with at most its currency’s digits, such as "1000.00".';
      context.addIssue({ code: 'custom', path: ['amount'], message });
      return z.NEVER;
    }
    if (dates.expiryDate <= dates.effectiveDate) {
      const message = 'The offer must expire after it takes effect.';
      context.addIssue({ code: 'custom', path: ['expiryDate'], message });
      return z.NEVER;
    }
    return { amount, currency: money.currency, ...dates };
  });

/** An offer's terms; `amount` in minor units, `effectiveDate` inclusive, `expiryDate` exclusive. */
export type CreditOffer = z.infer<typeof creditOfferBody> & {
  customerId: string;
  agreementId: string;
};

/** An offer's state as of a month's end. Amounts in minor units; `used` is all use since the offer was given. */
export type OfferReport = {
  offer: CreditOffer;
  partnerId: string;
  invoiceMonth: Month;
  status: 'Active' | 'Expired';
  used: number;
  usedInMonth: number;
  balance: number;
  provisional: boolean;
};

/**
 * An offer as of the end of an invoice month, from what was used up to the end of the month before and in the month
 * itself. It is expired when it no longer paid on the month's last day; the balance stays what was not used. Gives
 * undefined for an offer that takes effect only after the month. Throws a RangeError when more was used than given.
 */
export function reportOffer(
  offer: CreditOffer,
  month: { partnerId: string; invoiceMonth: Month; provisional: boolean },
  use: { before: number; inMonth: number },
): OfferReport | undefined {
  const lastDay = lastDayOf(month.invoiceMonth);
  if (offer.effectiveDate > lastDay) return undefined;
  const used = use.before + use.inMonth;
  if (used > offer.amount) throw new RangeError('A credit offer paid more than its amount');
  return {
    offer,
    ...month,
    status: offer.expiryDate <= lastDay ? 'Expired' : 'Active',
    used,
    usedInMonth: use.inMonth,
    balance: offer.amount - used,
  };
}

/** The columns of the balance report, in order (ACO-02). */
export const offerBalanceColumns = [
  'PartnerID',
  'CustomerID',
  'InvoiceMonth',
  'CreditName',
  'CreditAmount',
  'Status',
  'BalanceAmount',
  'CurrencyCode',
  'AgreementID',
  'EffectiveDate',
  'ExpiryDate',
] as const;

export type OfferBalanceColumn = (typeof offerBalanceColumns)[number];

/** The columns that hold numbers, which go out as they are; all others are text. */
export const offerBalanceNumericColumns: ReadonlySet<OfferBalanceColumn> = new Set([
  'CreditAmount',
  'BalanceAmount',
]);

/** A report row as the CSV's columns. */
export function toOfferColumns(report: OfferReport): Record<OfferBalanceColumn, string> {
  const { offer } = report;
  return {
    PartnerID: report.partnerId,
    CustomerID: offer.customerId,
    InvoiceMonth: report.invoiceMonth,
    CreditName: 'ACO',
    CreditAmount: amountOf(report.used, offer),
    Status: report.status,
    BalanceAmount: amountOf(report.balance, offer),
    CurrencyCode: offer.currency,
    AgreementID: offer.agreementId,
    EffectiveDate: offer.effectiveDate,
    ExpiryDate: offer.expiryDate,
  };
}

/** A report row as JSON (contract, "Credit offer"; ACO-03, ACO-04). Amounts are decimal strings in `currencyCode`. */
export function toOfferJson(report: OfferReport): OfferBalanceJson {
  const { offer } = report;
  return {
    partnerId: report.partnerId,
    customerId: offer.customerId,
    invoiceMonth: report.invoiceMonth,
    creditName: 'ACO',
    creditAmount: amountOf(report.used, offer),
    status: report.status,
    balanceAmount: amountOf(report.balance, offer),
    currencyCode: offer.currency,
    agreementId: offer.agreementId,
    effectiveDate: offer.effectiveDate,
    expiryDate: offer.expiryDate,
    usedInMonth: amountOf(report.usedInMonth, offer),
    provisional: report.provisional,
  };
}

export type OfferBalanceJson = {
  partnerId: string;
  customerId: string;
  invoiceMonth: Month;
  creditName: 'ACO';
  creditAmount: string;
  status: 'Active' | 'Expired';
  balanceAmount: string;
  currencyCode: string;
  agreementId: string;
  effectiveDate: DateOnly;
  expiryDate: DateOnly;
  usedInMonth: string;
  provisional: boolean;
};

function amountOf(minorUnits: number, offer: CreditOffer): string {
  return formatMoney(minorUnits, offer.currency).amount;
}

function lastDayOf(month: Month): DateOnly {
  return addDays(`${nextMonth(month)}-01`, -1);
}
