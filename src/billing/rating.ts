/**
 * Rates a customer's usage line by line: credit offers pay first, what remains earns the partner credit, each row is
 * cut to the currency's digits once (PEC-05, PEC-06, PEC-07, ACO-01). Nothing here rounds anything else.
 */
import type { DateOnly } from '../platform/calendar.ts';
import { currencyDigits } from '../platform/money.ts';
import { normaliseScope } from './customer.ts';
import type { CustomerFacts } from './customer.ts';
import { cut, decimal, fromMinorUnits, ratioBelow, toMinorUnits, zero } from './decimal.ts';
import type { Decimal } from './decimal.ts';
import { earnedCreditRate, factsOn, judgeOn } from './eligibility.ts';
import type { DayFacts } from './eligibility.ts';
import { judgeProductOf } from './product.ts';
import type { PriceList } from './product.ts';
import { costOf, scopeOf } from './usage-line.ts';
import type { UsageLine } from './usage-line.ts';

/**
 * A customer's offer as a month's rating sees it. `remaining` and `usedInMonth` are minor units of its currency;
 * at the month's start `remaining` is the amount less all use in earlier months and `usedInMonth` is 0.
 */
export type OfferBalance = {
  agreementId: string;
  currency: string;
  /** Inclusive. */
  effectiveDate: DateOnly;
  /** Exclusive: usage of this day is no longer paid. */
  expiryDate: DateOnly;
  remaining: number;
  usedInMonth: number;
};

/** What a line, or the part of it that an offer paid or left, comes to. */
export type RatedRow = {
  line: UsageLine;
  creditType: 'Credit Not Applied' | 'Azure Credit Applied' | 'Partner Earned Credit Applied';
  /** This row's share of the line's quantity; the shares of a line's rows add up to it exactly. */
  quantity: Decimal;
  /** Before the cut, in the pricing currency: `cost = offerPaid + earned + billed`, and over a line's rows the same. */
  exact: { cost: Decimal; offerPaid: Decimal; earned: Decimal; billed: Decimal };
  /** Billable cost, cut: in the pricing currency, and times the exchange rate, cut again, in the billing currency. */
  pricingTotal: Decimal;
  billingTotal: Decimal;
  /** What the offers took over, cut likewise; zero in a row that no offer paid. */
  creditedPricing: Decimal;
  creditedBilling: Decimal;
};

export type Rater = {
  /**
   * Rates the next line: one row, or two when offers pay it in part (the paid part first). Lines must come in the
   * order of `ratingOrderOf`; a date that goes back throws a RangeError.
   */
  rate: (line: UsageLine) => RatedRow[];
  /** The offers as the lines so far have left them, in the order in which they are used. */
  offers: () => OfferBalance[];
};

/** How many scopes of a day are remembered: each can be 2,048 characters long, and a day can have any number. */
const mostScopes = 2_000;

/**
 * Starts rating one customer's month. Offers pay in the order of expiry, then effective date, then agreement id,
 * each for usage from its effective date until before its expiry, where its currency is the line's pricing or billing
 * currency. The same lines, facts and offers always give the same rows.
 */
export function createRater(input: {
  facts: CustomerFacts;
  offers: readonly OfferBalance[];
  priceList?: PriceList | undefined;
}): Rater {
  const offers = input.offers.map((offer) => ({ ...offer })).toSorted(byUse);
  const earningScopes = new Map<string, boolean>();
  let date = '';
  let day: DayFacts | undefined;

  function rate(line: UsageLine): RatedRow[] {
    if (line.UsageDate < date) throw new RangeError('Usage lines must be rated in order of date');
    if (line.UsageDate > date) {
      date = line.UsageDate;
      day = undefined;
      earningScopes.clear();
    }
    const product = judgeProductOf(line, input.priceList);
    const payable = product.paidByOffer ? offers : [];
    return ratedRows(line, payFrom(payable, line), product.earns && dayEarns(line));
  }

  // Access is the same for all lines of a scope and day, and a resource has many meters.
  function dayEarns(line: UsageLine): boolean {
    const scope = normaliseScope(scopeOf(line));
    const known = earningScopes.get(scope);
    if (known !== undefined) return known;
    day ??= factsOn(input.facts, date);
    const { eligible } = judgeOn(day, scope);
    if (earningScopes.size >= mostScopes) earningScopes.clear();
    earningScopes.set(scope, eligible);
    return eligible;
  }

  return { rate, offers: () => offers.map((offer) => ({ ...offer })) };
}

type Payment = {
  /** Before any cut, in the pricing currency. */
  exact: Decimal;
  pricing: Decimal;
  billing: Decimal;
};

/**
 * Takes what the offers can pay of a line from their balances. A line whose cut cost fits is paid whole and the
 * balance falls by the cut cost: what an offer pays in cents is what the customer would have paid in cents.
 */
function payFrom(offers: OfferBalance[], line: UsageLine): Payment {
  if (offers.length === 0) return { exact: zero, pricing: zero, billing: zero };
  const pricingDigits = digitsOf(line.PricingCurrency);
  const billingDigits = digitsOf(line.BillingCurrency);
  const rate = decimal(line.PCToBCExchangeRate);
  const toBilling = (amount: Decimal) => cut(amount.times(rate), billingDigits);
  let left = costOf(line);
  const paid: Payment = { exact: zero, pricing: zero, billing: zero };

  for (const offer of offers) {
    if (left.eq(zero)) break;
    if (offer.remaining === 0 || !paysOn(offer, line.UsageDate)) continue;
    const inPricing = offer.currency === line.PricingCurrency;
    if (!inPricing && offer.currency !== line.BillingCurrency) continue;
    const digits = inPricing ? pricingDigits : billingDigits;
    const cost = cut(left, pricingDigits);
    const due = toMinorUnits(inPricing ? cost : toBilling(cost), digits);
    const taken = Math.min(due, offer.remaining);
    offer.remaining -= taken;
    offer.usedInMonth += taken;
    if (taken === due) {
      paid.exact = paid.exact.plus(left);
      paid.pricing = paid.pricing.plus(cost);
      paid.billing = paid.billing.plus(toBilling(cost));
      left = zero;
    } else {
      const amount = fromMinorUnits(taken, digits);
      const priced = inPricing ? amount : ratioBelow(amount, rate);
      paid.exact = paid.exact.plus(priced);
      paid.pricing = paid.pricing.plus(cut(priced, pricingDigits));
      paid.billing = paid.billing.plus(inPricing ? toBilling(amount) : amount);
      left = left.minus(priced);
    }
  }
  return paid;
}

function ratedRows(line: UsageLine, paid: Payment, earns: boolean): RatedRow[] {
  const cost = costOf(line);
  const quantity = decimal(line.Quantity);
  if (paid.exact.eq(zero)) return [billedRow(line, quantity, cost, earns)];
  if (paid.exact.eq(cost)) return [paidRow(line, quantity, paid)];
  // Cut, so that the rest is never short of what price × quantity must still come to.
  const paidQuantity = ratioBelow(paid.exact, decimal(line.UnitPrice));
  return [
    paidRow(line, paidQuantity, paid),
    billedRow(line, quantity.minus(paidQuantity), cost.minus(paid.exact), earns),
  ];
}

function paidRow(line: UsageLine, quantity: Decimal, paid: Payment): RatedRow {
  return {
    line,
    creditType: 'Azure Credit Applied',
    quantity,
    exact: { cost: paid.exact, offerPaid: paid.exact, earned: zero, billed: zero },
    pricingTotal: zero,
    billingTotal: zero,
    creditedPricing: paid.pricing,
    creditedBilling: paid.billing,
  };
}

function billedRow(line: UsageLine, quantity: Decimal, cost: Decimal, earns: boolean): RatedRow {
  const billed = earns ? cost.times(earnersShare) : cost;
  const pricingTotal = cut(billed, digitsOf(line.PricingCurrency));
  const rate = decimal(line.PCToBCExchangeRate);
  return {
    line,
    creditType: earns ? 'Partner Earned Credit Applied' : 'Credit Not Applied',
    quantity,
    exact: { cost, offerPaid: zero, earned: cost.minus(billed), billed },
    pricingTotal,
    billingTotal: cut(pricingTotal.times(rate), digitsOf(line.BillingCurrency)),
    creditedPricing: zero,
    creditedBilling: zero,
  };
}

const earnersShare = decimal(`0.${100 - earnedCreditRate}`);

function paysOn(offer: OfferBalance, date: DateOnly): boolean {
  return offer.effectiveDate <= date && date < offer.expiryDate;
}

function byUse(one: OfferBalance, other: OfferBalance): number {
  for (const key of ['expiryDate', 'effectiveDate', 'agreementId'] as const) {
    if (one[key] !== other[key]) return one[key] < other[key] ? -1 : 1;
  }
  return 0;
}

function digitsOf(currency: string): number {
  const digits = currencyDigits(currency);
  if (digits === undefined) throw new RangeError(`Unknown currency ${currency}`);
  return digits;
}
