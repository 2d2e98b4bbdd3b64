/** The monthly reconciliation file (PEC-08) and the invoice's totals, both summed from the same rated rows. */
import { addDays, nextMonth } from '../platform/calendar.ts';
import type { Month } from '../platform/calendar.ts';
import { currencyDigits } from '../platform/money.ts';
import { effectivePrice } from './daily-file.ts';
import type { ReconciliationColumn } from './data/reconciliation-columns.ts';
import { decimal, formatAmount, formatDecimal, zero } from './decimal.ts';
import type { Decimal } from './decimal.ts';
import type { RatedRow } from './rating.ts';
import type { InputColumn } from './usage-line.ts';

/** What PriceAdjustmentDescription says where the partner credit applied. */
export const earnedCreditDescription = '["15.0% Partner earned credit for services managed"]';

/** The columns that hold numbers, which go out as they are; all others are text. */
export const reconciliationNumericColumns: ReadonlySet<ReconciliationColumn> = new Set([
  'UnitPrice',
  'Quantity',
  'Subtotal',
  'TaxTotal',
  'Total',
  'EffectiveUnitPrice',
  'BillableQuantity',
  'PCToBCExchangeRate',
]);

export type ReconciliationLine = Record<ReconciliationColumn, string>;

export type Reconciler = {
  /** Adds one rated row of the customer. */
  add: (row: RatedRow) => void;
  /** The customer's lines, sorted by subscription and meter, a credit's negative line after its charge. */
  lines: () => ReconciliationLine[];
};

// Columns that both files have under the same name. Where the rows of a line differ, the line shows nothing rather
// than the value of one of them.
const sharedColumns = [
  'PartnerId',
  'CustomerId',
  'CustomerName',
  'CustomerDomainName',
  'CustomerCountry',
  'InvoiceNumber',
  'MPNID',
  'ResellerMPNID',
  'ProductId',
  'SkuId',
  'AvailabilityId',
  'SkuName',
  'ProductName',
  'ChargeType',
  'UnitPrice',
  'PublisherName',
  'PublisherId',
  'SubscriptionDescription',
  'UnitType',
  'PricingCurrency',
  'PCToBCExchangeRate',
  'PCToBCExchangeRateDate',
] as const satisfies readonly (InputColumn & ReconciliationColumn)[];

type Group = {
  subscriptionId: string;
  meterId: string;
  shared: Record<(typeof sharedColumns)[number] | 'MeterName', string>;
  currency: string;
  earned: boolean;
  list: Decimal;
  quantity: Decimal;
  pricing: Decimal;
  billing: Decimal;
  credited: { quantity: Decimal; pricing: Decimal; billing: Decimal };
};

/**
 * Starts the reconciliation lines of one customer's month: one per subscription and meter, and where an offer paid for
 * some of it a second, negative one. The charge is after the partner credit and before the offer; the two add up to
 * the daily file's BillingPreTaxTotal to the cent. Memory grows with subscriptions × meters, not with rows.
 */
export function createReconciler(month: Month): Reconciler {
  const groups = new Map<string, Group>();

  function add(row: RatedRow): void {
    const { line } = row;
    const subscriptionId = line.SubscriptionId || line.EntitlementId;
    const key = `${subscriptionId}\n${line.MeterId}`.toLowerCase();
    const group = groups.get(key) ?? emptyGroup(row, subscriptionId);
    groups.set(key, group);
    for (const column of [...sharedColumns, 'MeterName'] as const) {
      if (group.shared[column] !== line[column]) group.shared[column] = '';
    }
    group.earned ||= row.creditType === 'Partner Earned Credit Applied';
    group.list = group.list.plus(row.exact.cost);
    group.quantity = group.quantity.plus(row.quantity);
    group.pricing = group.pricing.plus(row.pricingTotal).plus(row.creditedPricing);
    group.billing = group.billing.plus(row.billingTotal).plus(row.creditedBilling);
    if (row.creditType !== 'Azure Credit Applied') return;
    group.credited.quantity = group.credited.quantity.plus(row.quantity);
    group.credited.pricing = group.credited.pricing.plus(row.creditedPricing);
    group.credited.billing = group.credited.billing.plus(row.creditedBilling);
  }

  function lines(): ReconciliationLine[] {
    const keys = [...groups.keys()].toSorted();
    return keys.flatMap((key) => {
      const group = groups.get(key);
      return group === undefined ? [] : linesOf(group, month);
    });
  }

  return { add, lines };
}

/** The sums of an invoice in the billing currency: `charges = creditOfferApplied + total`. */
export type InvoiceTotals = { charges: Decimal; creditOfferApplied: Decimal; total: Decimal };

export const emptyInvoice: InvoiceTotals = { charges: zero, creditOfferApplied: zero, total: zero };

/** The totals with one more rated row. */
export function addToInvoice(totals: InvoiceTotals, row: RatedRow): InvoiceTotals {
  return addInvoices(totals, {
    charges: row.billingTotal.plus(row.creditedBilling),
    creditOfferApplied: row.creditedBilling,
    total: row.billingTotal,
  });
}

/** Two partial totals as one, such as those of two customers or two shards of a month. */
export function addInvoices(one: InvoiceTotals, other: InvoiceTotals): InvoiceTotals {
  return {
    charges: one.charges.plus(other.charges),
    creditOfferApplied: one.creditOfferApplied.plus(other.creditOfferApplied),
    total: one.total.plus(other.total),
  };
}

function emptyGroup(row: RatedRow, subscriptionId: string): Group {
  const { line } = row;
  const shared = Object.fromEntries(
    [...sharedColumns, 'MeterName' as const].map((column) => [column, line[column]]),
  ) as Group['shared'];
  return {
    subscriptionId,
    meterId: line.MeterId,
    shared,
    currency: line.BillingCurrency,
    earned: false,
    list: zero,
    quantity: zero,
    pricing: zero,
    billing: zero,
    credited: { quantity: zero, pricing: zero, billing: zero },
  };
}

function linesOf(group: Group, month: Month): ReconciliationLine[] {
  const charge = lineOf(group, month, group, '');
  if (group.credited.quantity.eq(zero)) return [charge];
  const minus = decimal('-1');
  const credit = {
    quantity: group.credited.quantity.times(minus),
    pricing: group.credited.pricing.times(minus),
    billing: group.credited.billing.times(minus),
  };
  return [charge, lineOf(group, month, credit, 'Azure Credit')];
}

type Sums = { quantity: Decimal; pricing: Decimal; billing: Decimal };

function lineOf(group: Group, month: Month, sums: Sums, creditReason: string): ReconciliationLine {
  const { MeterName, UnitPrice, ...shared } = group.shared;
  const digits = currencyDigits(group.currency) ?? 0;
  const quantity = formatDecimal(sums.quantity);
  const subtotal = formatAmount(sums.billing, digits);
  return {
    ...shared,
    // Prices that changed within the month show as their average.
    UnitPrice: UnitPrice || formatDecimal(effectivePrice(group.list, group.quantity)),
    OrderId: '',
    OrderDate: '',
    Quantity: quantity,
    Subtotal: subtotal,
    TaxTotal: formatAmount(zero, digits),
    Total: subtotal,
    Currency: group.currency,
    PriceAdjustmentDescription: group.earned && creditReason === '' ? earnedCreditDescription : '',
    SubscriptionId: group.subscriptionId,
    ChargeStartDate: `${month}-01`,
    ChargeEndDate: addDays(`${nextMonth(month)}-01`, -1),
    TermAndBillingCycle: '',
    EffectiveUnitPrice: formatDecimal(effectivePrice(sums.pricing, sums.quantity)),
    AlternateId: '',
    BillableQuantity: quantity,
    BillingFrequency: '',
    MeterDescription: MeterName,
    ReservationOrderId: '',
    CreditReasonCode: creditReason,
    SubscriptionStartDate: '',
    SubscriptionEndDate: '',
    ReferenceID: '',
    ProductQualifiers: '',
    PromotionID: '',
  };
}
