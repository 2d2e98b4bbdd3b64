/** What is asked of product keys and subscriptions. */
import { decryptKey } from '../../../src/cloud-services/key-cipher.ts';
import { getProductKey, replaceProductKey } from '../../../src/cloud-services/key-service.ts';
import { redeemKey } from '../../../src/cloud-services/redeem-service.ts';
import type { ProductRow } from '../../../src/cloud-services/rows.ts';
import { asAdmin, type Ask, type Sight } from './ask.ts';

function aProduct(sight: Sight, fits: (product: ProductRow) => boolean = () => true) {
  const partnerId = sight.partner();
  const product = sight.pick.of(sight.products(partnerId).filter(fits));
  return product && { partnerId, product };
}

function get(sight: Sight): Ask | undefined {
  const of = aProduct(sight);
  return (
    of && {
      name: 'get key',
      partnerId: of.partnerId,
      actor: asAdmin(of.partnerId),
      says: of.product.id,
      repeatable: true,
      mayDoNothing: false,
      run: (call) => getProductKey(call, of.partnerId, of.product.id),
    }
  );
}

function redeem(sight: Sight): Ask | undefined {
  const of = aProduct(sight, ({ keys }) => keys.length > 0);
  if (!of) return undefined;
  const { partnerId, product } = of;
  const { ciphertext } = sight.pick.of(product.keys)!.sealed;
  const action = sight.pick.of(['activate', 'extend', 'add-licenses'] as const)!;
  return {
    name: 'redeem key',
    partnerId,
    actor: asAdmin(partnerId),
    says: [product.id, action],
    repeatable: true,
    mayDoNothing: false,
    run(call) {
      const { encryption } = call.runtime.config.productKeys;
      const productKey = decryptKey(encryption, ciphertext, { partnerId, benefitId: product.id });
      return redeemKey(call, partnerId, { productKey, action });
    },
  };
}

function replace(sight: Sight): Ask | undefined {
  const redeemed = ({ keys }: ProductRow) => keys.some(({ redemption }) => redemption !== null);
  const of = aProduct(sight, redeemed);
  return (
    of && {
      name: 'replace key',
      partnerId: of.partnerId,
      actor: asAdmin(of.partnerId),
      says: of.product.id,
      repeatable: true,
      mayDoNothing: false,
      run: (call) => replaceProductKey(call, of.partnerId, of.product.id, 'wrong-tenant'),
    }
  );
}

export const keyCommands = { getKey: get, redeemKey: redeem, replaceKey: replace };
