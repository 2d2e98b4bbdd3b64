/** A partner's benefits of both categories: the list with its quick filters, and one of them (CR-02). */
import { productRowSchema, type ProductBenefit } from '../cloud-services/rows.ts';
import { revokeProduct } from '../cloud-services/revoke-service.ts';
import { productView } from '../cloud-services/view.ts';
import { revokeCredit } from '../credits/assignment-service.ts';
import { creditRowSchema } from '../credits/rows.ts';
import { settle } from '../credits/settle.ts';
import {
  creditStatus,
  endedAt,
  expiresAt,
  isRedeemed,
  type CreditState,
} from '../credits/state.ts';
import type { CreditKind } from '../credits/terms.ts';
import { creditView } from '../credits/view.ts';
import { startOfDay, type DateOnly, type Instant } from '../platform/calendar.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { continuationKey, fullPage } from '../platform/http/paging.ts';
import { notFound, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import * as z from 'zod';
import { catalogueOf } from './catalogue.ts';
import { readPartner } from './directory.ts';

const benefitRowSchema = z.discriminatedUnion('category', [creditRowSchema, productRowSchema]);
type Benefit = z.infer<typeof benefitRowSchema>;

export type BenefitFilter = {
  category?: 'azure-credit' | 'cloud-service' | undefined;
  kind?: CreditKind | undefined;
  status?: string | undefined;
  redeemed?: boolean | undefined;
  /** A user id or a mail address. */
  assignedTo?: string | undefined;
  expiresBefore?: DateOnly | undefined;
  maxpagesize: number;
  continuationToken?: string | undefined;
};

const prefix = 'benefit|';

/** One benefit at `now`, as answered, with its version. @throws RefusalError NotFound */
export async function getBenefit(
  runtime: Runtime,
  partnerId: string,
  benefitId: string,
  now: Instant,
) {
  const [, row, catalogue] = await Promise.all([
    readPartner(runtime, partnerId),
    runtime.tables.get('partners', benefitRowSchema, partnerId, prefix + benefitId),
    catalogueOf(runtime),
  ]);
  if (!row) throw new RefusalError(notFound());
  const settled = settledBenefit(row.value, now);
  return {
    body:
      settled.category === 'azure-credit'
        ? creditView(settled, catalogue, now)
        : productView(settled, catalogue, now),
    version: settled.version,
  };
}

/**
 * A page of a partner's benefits at `now` that fit every filter given. Filters are judged on what is true now, not on
 * what a timer wrote down last (CR-15), and pages are read on until they are full.
 * @throws RefusalError NotFound
 */
export async function listBenefits(
  runtime: Runtime,
  partnerId: string,
  filter: BenefitFilter,
  now: Instant,
) {
  const [, page, catalogue] = await Promise.all([
    readPartner(runtime, partnerId),
    fullPage(
      (after, size) =>
        runtime.tables.page('partners', benefitRowSchema, partnerId, { prefix, after, size }),
      continuationKey(filter.continuationToken, prefix),
      filter.maxpagesize,
      (benefit) => {
        const settled = settledBenefit(benefit, now);
        return fits(settled, filter, now) ? settled : undefined;
      },
    ),
    catalogueOf(runtime),
  ]);
  return {
    nextKey: page.nextKey,
    items: page.items.map((benefit) =>
      benefit.category === 'azure-credit'
        ? creditView(benefit, catalogue, now)
        : productView(benefit, catalogue, now),
    ),
  };
}

type Settled = (CreditState & { category: 'azure-credit' }) | ProductBenefit;

function settledBenefit(benefit: Benefit, now: Instant): Settled {
  return benefit.category === 'azure-credit'
    ? { ...settle(benefit, now).state, category: 'azure-credit' }
    : benefit;
}

function fits(benefit: Settled, filter: BenefitFilter, now: Instant): boolean {
  const facts =
    benefit.category === 'azure-credit' ? creditFacts(benefit) : productFacts(benefit, now);
  const { assignedTo, expiresBefore } = filter;
  return (
    (filter.category === undefined || filter.category === benefit.category) &&
    (filter.kind === undefined || filter.kind === facts.kind) &&
    (filter.status === undefined || filter.status === facts.status) &&
    (filter.redeemed === undefined || filter.redeemed === facts.redeemed) &&
    (assignedTo === undefined || facts.assignedTo.includes(assignedTo)) &&
    (expiresBefore === undefined || facts.ends < startOfDay(expiresBefore))
  );
}

function creditFacts(state: CreditState) {
  const { assignment } = state;
  return {
    kind: state.kind as string,
    status: creditStatus(state) as string,
    redeemed: isRedeemed(state),
    assignedTo: assignment ? [assignment.userId, assignment.email] : [],
    ends: endedAt(state) ?? expiresAt(state),
  };
}

function productFacts(product: ProductBenefit, now: Instant) {
  const ends = product.revokedAt ?? startOfDay(product.activateBy);
  return {
    kind: undefined,
    status: now >= ends ? 'expired' : 'available',
    redeemed: false,
    assignedTo: [] as string[],
    ends,
  };
}

/**
 * Withdraws a benefit that nobody has been given (operators).
 * @throws RefusalError NotFound, AlreadyAssigned, BenefitExpired, PreconditionFailed, ConcurrentChange
 */
export async function revokeBenefit(
  call: CommandCall,
  partnerId: string,
  benefitId: string,
): Promise<void> {
  const { body } = await getBenefit(call.runtime, partnerId, benefitId, call.now);
  if (body.category === 'azure-credit') await revokeCredit(call, partnerId, benefitId);
  else await revokeProduct(call, partnerId, benefitId);
}
