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

/** The lines of one subscription and meter, and the key by which these are sorted. */
export type ReconciledMeter = { key: string; lines: ReconciliationLine[] };

export type Reconciler = {
  /** Adds one rated row of the customer. */
  add: (row: RatedRow) => void;
  /** The lines, sorted by subscription and meter, a credit's negative line after its charge; made as they are asked for. */
  meters: () => Iterable<ReconciledMeter>;
  /** The last key, where others that come behind it had no room: the same rows give them after it. */
  cutAfter: () => string | undefined;
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

const textColumns = [...sharedColumns, 'MeterName'] as const;

type Group = {
  /** About what it takes in memory. */
  bytes: number;
  subscriptionId: string;
  meterId: string;
  shared: Record<(typeof textColumns)[number], string>;
  currency: string;
  earned: boolean;
  list: Decimal;
  quantity: Decimal;
  pricing: Decimal;
  billing: Decimal;
  credited: { quantity: Decimal; pricing: Decimal; billing: Decimal };
};

/** `from`: only meters with this key or one behind it; `after`: only behind it; `most`: about how many bytes to use. */
export type ReconcilerOptions = {
  from?: string | undefined;
  after?: string | undefined;
  most?: number;
};

/** About what the sums of a meter take in memory, its texts aside, in bytes. */
const bytesOfSums = 2_000;
const mostBytes = 32 * 1024 * 1024;

/**
 * Starts the reconciliation lines of one customer's month: one per subscription and meter, and where an offer paid for
 * some of it a second, negative one. The charge is after the partner credit and before the offer; the two add up to
 * the daily file's BillingPreTaxTotal to the cent. Memory is bounded: of too many meters the first ones by key are kept.
 */
export function createReconciler(
  month: Month,
  { from = '', after, most = mostBytes }: ReconcilerOptions = {},
): Reconciler {
  const groups = new Map<string, Group>();
  let bytes = 0;
  /** Keys from here on have no room. */
  let ceiling: string | undefined;

  function groupOf(row: RatedRow): Group | undefined {
    const { line } = row;
    const subscriptionId = line.SubscriptionId || line.EntitlementId;
    const key = `${subscriptionId}\n${line.MeterId}`.toLowerCase();
    const known = groups.get(key);
    if (known) return known;
    if (key < from || (after !== undefined && key <= after)) return undefined;
    if (ceiling !== undefined && key >= ceiling) return undefined;
    const group = emptyGroup(row, subscriptionId);
    groups.set(key, group);
    bytes += group.bytes;
    return group;
  }

  function add(row: RatedRow): void {
    const { line } = row;
    const group = groupOf(row);
    if (!group) return;
    for (const column of textColumns) {
      if (group.shared[column] !== line[column]) group.shared[column] = '';
    }
    group.earned ||= row.creditType === 'Partner Earned Credit Applied';
    group.list = group.list.plus(row.exact.cost);
    group.quantity = group.quantity.plus(row.quantity);
    group.pricing = group.pricing.plus(row.pricingTotal).plus(row.creditedPricing);
    group.billing = group.billing.plus(row.billingTotal).plus(row.creditedBilling);
    if (row.creditType === 'Azure Credit Applied') {
      group.credited.quantity = group.credited.quantity.plus(row.quantity);
      group.credited.pricing = group.credited.pricing.plus(row.creditedPricing);
      group.credited.billing = group.credited.billing.plus(row.creditedBilling);
    }
    if (bytes > most) makeRoom();
  }

  /** Drops the last groups: half of what there may be is left, and one group in any case. */
  function makeRoom(): void {
    const keys = [...groups.keys()].toSorted();
    while (bytes > most / 2 && keys.length > 1) {
      ceiling = keys.pop() ?? '';
      const dropped = groups.get(ceiling);
      groups.delete(ceiling);
      if (dropped) bytes -= dropped.bytes;
    }
  }

  function* meters(): Generator<ReconciledMeter> {
    for (const key of [...groups.keys()].toSorted()) {
      const group = groups.get(key);
      if (group) yield { key, lines: linesOf(group, month) };
    }
  }

  return {
    add,
    meters,
    cutAfter: () => (ceiling === undefined ? undefined : [...groups.keys()].toSorted().at(-1)),
  };
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

/** Totals out of their amounts as text. */
export function parseInvoice(stored: Readonly<Record<keyof InvoiceTotals, string>>): InvoiceTotals {
  return {
    charges: decimal(stored.charges),
    creditOfferApplied: decimal(stored.creditOfferApplied),
    total: decimal(stored.total),
  };
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
    textColumns.map((column) => [column, line[column]]),
  ) as Group['shared'];
  const characters = textColumns.reduce((sum, column) => sum + line[column].length, 0);
  return {
    bytes: bytesOfSums + 2 * characters,
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
