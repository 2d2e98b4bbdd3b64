/** A membership's terms and what they award, as rows (PR-01, PR-02). */
import { insertProduct } from '../cloud-services/rows.ts';
import { provision } from '../credits/decide.ts';
import { insertCredit, type CreditWrites } from '../credits/rows.ts';
import { addYears, type DateOnly, type Instant } from '../platform/calendar.ts';
import type { Actor } from '../platform/identity.ts';
import { refuse, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import { maxBenefitsPerMembership, maxMonthlyCreditsPerTerm } from './catalogue-schema.ts';
import { membershipEnd, type BenefitSpec } from './membership.ts';
import { membershipRow, membershipSchema, type Membership } from './rows.ts';

/** Exclusive: the end of the latest term. */
export function endOf({ startDate, terms }: Membership): DateOnly {
  return membershipEnd(startDate, terms.length - 1);
}

/** When the latest term was awarded: a membership is judged at no earlier instant (`judgedAt`). */
export function awardedAt({ terms }: Membership): Instant | undefined {
  return terms.at(-1)?.awardedAt;
}

/** Reads a membership; undefined when there is none. */
export function readMembership(runtime: Runtime, partnerId: string, id: string) {
  return runtime.tables.get('partners', membershipSchema, partnerId, membershipRow(id));
}

/** The membership with one more term and its set. */
export function withTerm(
  membership: Membership,
  set: readonly BenefitSpec[],
  now: Instant,
  actor: Actor,
): Membership {
  const { startDate, terms, version } = membership;
  return {
    ...membership,
    version: version + 1,
    terms: [
      ...terms,
      {
        startDate: addYears(startDate, terms.length),
        endDate: membershipEnd(startDate, terms.length),
        awardedAt: now,
        awardedBy: actor,
        benefitIds: set.map(({ id }) => id),
        monthlyCredits: set.filter(isMonthlySpec).length,
      },
    ],
  };
}

const isMonthlySpec = (spec: BenefitSpec) =>
  spec.category === 'azure-credit' && spec.kind === 'azure-monthly';

/** The membership with one more benefit in its latest term. @throws RefusalError when the term is full */
export function withBenefit(membership: Membership, spec: BenefitSpec): Membership {
  const term = membership.terms.at(-1)!;
  const monthlyCredits = term.monthlyCredits + (isMonthlySpec(spec) ? 1 : 0);
  if (term.benefitIds.length >= maxBenefitsPerMembership)
    throw invalid(
      'membershipId',
      `holds ${maxBenefitsPerMembership} benefits, the most there can be`,
    );
  if (monthlyCredits > maxMonthlyCreditsPerTerm)
    throw invalid(
      'membershipId',
      `holds ${maxMonthlyCreditsPerTerm} monthly credits, the most there can be`,
    );
  const latest = { ...term, monthlyCredits, benefitIds: [...term.benefitIds, spec.id] };
  return {
    ...membership,
    version: membership.version + 1,
    terms: [...membership.terms.slice(0, -1), latest],
  };
}

/** The rows of benefits that a membership awards, and what they make due. */
export function awardWrites(
  partnerId: string,
  membership: Membership,
  specs: readonly BenefitSpec[],
  now: Instant,
  actor: Actor,
): CreditWrites {
  const { id: membershipId, type, program, edition } = membership;
  const written = specs.map((spec): CreditWrites => {
    if (spec.category === 'azure-credit') {
      const { category: _category, ...credit } = spec;
      const facts = { partnerId, membershipId, program, terms: edition };
      const bound = { membershipEnd: endOf(membership) };
      return insertCredit(provision({ ...credit, ...facts, ...bound }, now, actor));
    }
    const product = {
      id: spec.id,
      partnerId,
      membershipId,
      membershipType: type,
      program,
      terms: edition,
      productId: spec.productId,
      productName: spec.name,
      licenses: spec.licenses,
      activateBy: spec.activateBy,
      usageRightsUntil: spec.usageRightsUntil,
      provisionedAt: now,
    };
    return insertProduct(product, actor);
  });
  return {
    writes: written.flatMap(({ writes }) => writes),
    due: written.flatMap(({ due }) => due),
  };
}

/** The refusal of one field, with what is wrong with it. */
export function invalid(target: string, message: string): RefusalError {
  return new RefusalError(
    refuse('InvalidRequest', `The request is not valid: ${target} ${message}.`, {
      target,
      details: [{ code: 'InvalidField', target, message }],
    }),
  );
}
