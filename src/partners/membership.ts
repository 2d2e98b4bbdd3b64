/**
 * What a membership awards and when it ends, as pure functions of its data (PR-01, PR-02). A membership's
 * years are its terms: term 0 begins at its start, each renewal adds the next.
 */
import { isMonthly } from '../credits/terms.ts';
import { addYears } from '../platform/calendar.ts';
import type { DateOnly } from '../platform/calendar.ts';
import { deterministicId } from '../platform/ids.ts';
import { offerOf, productOf } from './catalogue.ts';
import type { Catalogue, CreditKind, MembershipType } from './catalogue-schema.ts';

/** What an awarded benefit is made of, before anything has happened to it. Ends are exclusive, at 00:00Z. */
export type BenefitSpec = CreditSpec | ProductSpec;

export type CreditSpec = {
  id: string;
  category: 'azure-credit';
  kind: CreditKind;
  name: string;
  /** Minor units of the currency: a month's amount for `azure-monthly`, else the whole. */
  amountCents: number;
  currency: string;
  /** Until when it can be redeemed (CR-12). */
  redeemBy: DateOnly;
  /** The year of a bulk credit and of the three kinds like it; a monthly credit has none. */
  startDate?: DateOnly;
  endDate?: DateOnly;
};

export type ProductSpec = {
  id: string;
  category: 'cloud-service';
  productId: string;
  name: string;
  licenses: number;
  /** Before when its key must be redeemed (KEY-01). */
  activateBy: DateOnly;
  /** The last date to exercise usage rights: the membership's end (KEY-01). */
  usageRightsUntil: DateOnly;
};

/**
 * The date at whose 00:00Z a membership ends: one year after its start, one more for each renewal, always
 * counted from the start, so that one begun on 29 February ends on 28 or 29 February as the year has it
 * (PR-02).
 */
export function membershipEnd(startDate: DateOnly, renewals: number): DateOnly {
  return addYears(startDate, renewals + 1);
}

/** The year of a bulk credit that starts on a date: a single award's starts on its day (settled points). */
export function bulkYear(startDate: DateOnly): { startDate: DateOnly; endDate: DateOnly } {
  return { startDate, endDate: addYears(startDate, 1) };
}

/** The id of the partner's membership of a type from a date: a second start of the same finds the first. */
export function membershipId(partnerId: string, typeId: string, startDate: DateOnly): string {
  return deterministicId('membership', partnerId, typeId, startDate);
}

/** The id of a set's benefit: the same on every retry, so that a set is awarded once (PR-01). */
export function benefitId(membership: string, term: number, position: number): string {
  return deterministicId('benefit', membership, String(term), String(position));
}

/**
 * The set of benefits that a term awards (PR-01, PR-02), in catalogue order. `term` is 0 at the start and n at
 * the n-th renewal. A bulk credit's year is the term; what is not redeemed or activated ends with the
 * membership as it stands once the term is added.
 */
export function benefitsOf(
  catalogue: Catalogue,
  type: MembershipType,
  membership: { id: string; startDate: DateOnly; term: number },
): BenefitSpec[] {
  const { id, startDate, term } = membership;
  const termStart = addYears(startDate, term);
  const endDate = membershipEnd(startDate, term);
  return type.benefits.map((benefit, position): BenefitSpec => {
    if ('productId' in benefit) {
      return {
        id: benefitId(id, term, position),
        category: 'cloud-service',
        productId: benefit.productId,
        name: productOf(catalogue, benefit.productId)?.name ?? benefit.productId,
        licenses: benefit.licenses,
        activateBy: endDate,
        usageRightsUntil: endDate,
      };
    }
    return {
      id: benefitId(id, term, position),
      category: 'azure-credit',
      kind: benefit.kind,
      name: offerOf(catalogue, benefit.kind).name,
      amountCents: benefit.amount.cents,
      currency: benefit.amount.currency,
      redeemBy: endDate,
      ...(isMonthly(benefit.kind) ? {} : { startDate: termStart, endDate }),
    };
  });
}
