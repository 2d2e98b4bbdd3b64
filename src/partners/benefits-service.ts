/** A partner's benefits of both categories: the list with its quick filters, and one of them (CR-02). */
import { readHoldings, valuesOf } from '../cloud-services/load.ts';
import { productAnswer, productFacts } from '../cloud-services/product-answer.ts';
import { revokeProduct } from '../cloud-services/revoke-service.ts';
import { productRowSchema } from '../cloud-services/rows.ts';
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
import { contentVersion } from '../platform/http/conditions.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { continuationKey, fullPage } from '../platform/http/paging.ts';
import { mapInTurns } from '../platform/parallel.ts';
import { notFound, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import * as z from 'zod';
import { catalogueOf } from './catalogue.ts';
import { foldEmail } from './mail-domain.ts';

/** A benefit's row of either category. */
export const benefitRowSchema = z.discriminatedUnion('category', [
  creditRowSchema,
  productRowSchema,
]);
export type Benefit = z.infer<typeof benefitRowSchema>;

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
  const [holdings, row, catalogue] = await Promise.all([
    readHoldings(runtime, partnerId),
    runtime.tables.get('partners', benefitRowSchema, partnerId, prefix + benefitId),
    catalogueOf(runtime),
  ]);
  if (!row) throw new RefusalError(notFound());
  if (row.value.category === 'azure-credit') {
    const { state } = settle(row.value, now);
    return { body: creditView(state, catalogue, now), version: state.version };
  }
  const body = productAnswer(row.value, valuesOf(holdings), catalogue, now);
  // The day, the partner's tenants and its subscriptions show in it: only what is shown tells its version.
  return { body, version: contentVersion(body) };
}

/**
 * A page of a partner's benefits at `now` that fit every filter given. Filters are judged on what is true now, not on
 * what a timer wrote down last (CR-15).
 * @throws RefusalError NotFound
 */
export async function listBenefits(
  runtime: Runtime,
  partnerId: string,
  filter: BenefitFilter,
  now: Instant,
) {
  const [holdings, page, catalogue] = await Promise.all([
    readHoldings(runtime, partnerId),
    fullPage(
      (after, size) =>
        runtime.tables.page('partners', benefitRowSchema, partnerId, { prefix, after, size }),
      continuationKey(filter.continuationToken, prefix),
      filter.maxpagesize,
      (benefit) => (fits(benefit, filter, now) ? benefit : undefined),
      isFiltered(filter),
    ),
    catalogueOf(runtime),
  ]);
  const held = valuesOf(holdings);
  return {
    nextKey: page.nextKey,
    items: await mapInTurns(page.items, (benefit) =>
      benefit.category === 'azure-credit'
        ? creditView(settle(benefit, now).state, catalogue, now)
        : productAnswer(benefit, held, catalogue, now),
    ),
  };
}

function isFiltered({ maxpagesize: _, continuationToken: __, ...filters }: BenefitFilter): boolean {
  return Object.values(filters).some((filter) => filter !== undefined);
}

function fits(benefit: Benefit, filter: BenefitFilter, now: Instant): boolean {
  const facts =
    benefit.category === 'azure-credit'
      ? creditFacts(settle(benefit, now).state)
      : productFacts(benefit, now);
  const { assignedTo, expiresBefore } = filter;
  return (
    (filter.category === undefined || filter.category === benefit.category) &&
    (filter.kind === undefined || filter.kind === facts.kind) &&
    (filter.status === undefined || filter.status === facts.status) &&
    (filter.redeemed === undefined || filter.redeemed === facts.redeemed) &&
    (assignedTo === undefined || facts.assignedTo.includes(foldEmail(assignedTo))) &&
    (expiresBefore === undefined || facts.ends < startOfDay(expiresBefore))
  );
}

function creditFacts(state: CreditState) {
  const { assignment } = state;
  return {
    kind: state.kind as string,
    status: creditStatus(state) as string,
    redeemed: isRedeemed(state),
    assignedTo: assignment ? [assignment.userId, foldEmail(assignment.email)] : [],
    ends: endedAt(state) ?? expiresAt(state),
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
