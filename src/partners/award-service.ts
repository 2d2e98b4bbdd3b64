/** Awarding a single benefit beside a membership's set (PR-01). */
import type { Edition } from '../credits/terms.ts';
import { dateOf, type DateOnly } from '../platform/calendar.ts';
import { execute } from '../platform/command.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { judgedAt } from '../platform/judged-at.ts';
import { newId } from '../platform/ids.ts';
import { parseAmount, type Money } from '../platform/money.ts';
import { notFound, refuse, RefusalError } from '../platform/refusals.ts';
import { awardedAt, awardWrites, endOf, invalid, readMembership, withBenefit } from './awards.ts';
import { catalogueOf, offerOf, productOf } from './catalogue.ts';
import type { CreditKind } from './catalogue-schema.ts';
import { readPartner } from './directory.ts';
import { bulkYear, type BenefitSpec } from './membership.ts';
import { membershipSchema } from './rows.ts';

export type AwardInput = {
  membershipId: string;
  kind?: CreditKind | undefined;
  amount?: Money | undefined;
  terms?: Edition | undefined;
  productId?: string | undefined;
  licenses?: number | undefined;
  activateBy?: DateOnly | undefined;
};

/**
 * Awards one benefit beside the set (PR-01). A bulk credit's year starts on the day of the award.
 * @returns the benefit's id
 * @throws RefusalError NotFound (partner, or target membershipId), InvalidRequest, BenefitExpired
 */
export async function awardBenefit(
  call: CommandCall,
  partnerId: string,
  input: AwardInput,
): Promise<string> {
  const { runtime, actor } = call;
  const catalogue = await catalogueOf(runtime);
  const product = input.productId ? productOf(catalogue, input.productId) : undefined;
  if (input.productId && !product) throw invalid('productId', 'is not in the catalogue');
  // A repeated request finds its record; the id is random since two awards of the same are two benefits.
  const id = newId();
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: async () => {
      const [, row] = await Promise.all([
        readPartner(runtime, partnerId),
        readMembership(runtime, partnerId, input.membershipId),
      ]);
      return row;
    },
    decide(row, present) {
      if (!row) throw new RefusalError(notFound('membershipId'));
      const membership = row.value;
      const now = judgedAt(present, awardedAt(membership));
      const today = dateOf(now);
      const end = endOf(membership);
      if (today >= end)
        throw new RefusalError(
          refuse('BenefitExpired', `The membership ended on ${end}. Start a new one first.`),
        );
      if (input.activateBy && (input.activateBy <= today || input.activateBy > end))
        throw invalid(
          'activateBy',
          `must be after today and not after ${end}, the membership's end`,
        );
      const spec: BenefitSpec = product
        ? {
            id,
            category: 'cloud-service',
            productId: product.id,
            name: product.name,
            licenses: input.licenses ?? 1,
            activateBy: input.activateBy ?? end,
            usageRightsUntil: end,
          }
        : {
            id,
            category: 'azure-credit',
            kind: input.kind!,
            name: offerOf(catalogue, input.kind!).name,
            amountCents: parseAmount(input.amount!.amount, input.amount!.currency)!,
            currency: input.amount!.currency,
            redeemBy: end,
            ...(input.kind === 'azure-monthly' ? {} : bulkYear(today)),
          };
      const awarded = withBenefit(membership, spec);
      const edition = input.terms ?? awarded.edition;
      const award = awardWrites(partnerId, { ...awarded, edition }, [spec], now, actor);
      return {
        result: id,
        resourceId: id,
        due: award.due,
        writes: [
          {
            op: 'replace',
            rowKey: row.rowKey,
            etag: row.etag,
            schema: membershipSchema,
            value: awarded,
          },
          ...award.writes,
        ],
      };
    },
    repeat: async (resourceId) => resourceId ?? '',
  });
}
