/** Withdrawing a product benefit whose key nobody has seen yet. */
import { catalogueOf } from '../partners/catalogue.ts';
import { execute } from '../platform/command.ts';
import { checkIfMatch, contentVersion } from '../platform/http/conditions.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { RefusalError } from '../platform/refusals.ts';
import { decide } from './decide.ts';
import { loadProduct, stateOf, valuesOf } from './load.ts';
import { productAnswer } from './product-answer.ts';
import { replaceProduct } from './rows.ts';

/**
 * Withdraws a product benefit (operators). Withdrawing it again changes nothing.
 * @throws RefusalError NotFound, AlreadyAssigned once its key was given out, BenefitExpired, PreconditionFailed,
 * ConcurrentChange
 */
export async function revokeProduct(
  call: CommandCall,
  partnerId: string,
  benefitId: string,
): Promise<void> {
  const { runtime, actor } = call;
  const catalogue = await catalogueOf(runtime);
  await execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: () => loadProduct(runtime, partnerId, benefitId),
    decide(loaded, now) {
      const { product } = loaded;
      const shown = productAnswer(product.value, valuesOf(loaded), catalogue, now);
      checkIfMatch(call.ifMatch, contentVersion(shown));
      const decision = decide(stateOf(loaded), { type: 'revoke' }, now);
      if ('refusal' in decision) throw new RefusalError(decision.refusal);
      if (decision.events.length === 0) return { result: undefined, writes: [] };
      const { writes, due } = replaceProduct(product, decision.events, actor);
      return { result: undefined, resourceId: benefitId, writes, due };
    },
    repeat: async () => undefined,
  });
}
