/** Getting a benefit's product key, and having it replaced (KEY-02, KEY-12). */
import { execute } from '../platform/command.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import { decide, type Command } from './decide.ts';
import { evolveSubscription, type CloudEvent } from './events.ts';
import { decryptKey, sealKey } from './key-cipher.ts';
import { loadProduct, stateOf, type Holdings } from './load.ts';
import { formatKey, generateKey } from './product-key.ts';
import { replaceProduct, writeSubscription, type CloudWrites, type ProductRow } from './rows.ts';
import type { ProductState } from './decide.ts';
import type { ReplacementReason } from './state.ts';

/** A key in clear. The one answer, with that of a replacement, that holds one: never to be logged. */
export type ShownKey = {
  productKey: string;
  productId: string;
  licenses: number;
  activateBy: string;
};

/**
 * Shows a benefit's key, which is made at the first call and stays the same unless it is replaced; each viewing is
 * recorded (KEY-02).
 * @throws RefusalError NotFound, ActivationDeadlinePassed, BenefitExpired, ConcurrentChange
 */
export function getProductKey(
  call: CommandCall,
  partnerId: string,
  benefitId: string,
): Promise<ShownKey> {
  return withKey(call, partnerId, benefitId, ({ benefit }) => ({
    type: 'get-key',
    // Of two first viewings at once one commits; the other finds that one's key when it decides again.
    fresh: benefit.keys[0]?.sealed ?? sealedKey(call.runtime, partnerId, benefitId),
  }));
}

/**
 * Undoes the redemption of a benefit's key, which is dead from then on, and shows the one replacement (KEY-12).
 * @throws RefusalError NotFound, ReplacementNotAllowed, ActivationDeadlinePassed, ConcurrentChange
 */
export function replaceProductKey(
  call: CommandCall,
  partnerId: string,
  benefitId: string,
  reason: ReplacementReason,
): Promise<ShownKey> {
  return withKey(call, partnerId, benefitId, () => ({
    type: 'replace-key',
    reason,
    fresh: sealedKey(call.runtime, partnerId, benefitId),
  }));
}

function withKey(
  call: CommandCall,
  partnerId: string,
  benefitId: string,
  commandFor: (state: ProductState) => Command,
): Promise<ShownKey> {
  const { runtime, actor } = call;
  const load = () => loadProduct(runtime, partnerId, benefitId);
  return execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load,
    decide(loaded, now) {
      const state = stateOf(loaded);
      const decision = decide(state, commandFor(state), now);
      if ('refusal' in decision) throw new RefusalError(decision.refusal);
      const { product, writes, due } = replaceProduct(loaded.product, decision.events, actor);
      const undone = undoneWrites(loaded, state, product, decision.events);
      return {
        result: shownKey(runtime, product),
        resourceId: latestIssue(product),
        due: [...due, ...undone.flatMap((one) => one.due)],
        writes: [...writes, ...undone.flatMap((one) => one.writes)],
      };
    },
    // The answer was lost on its way: showing the same key again is the same viewing, the key in its place a new one.
    async repeat(issue) {
      const product = (await load()).product.value;
      return issue === latestIssue(product)
        ? shownKey(runtime, product)
        : getProductKey({ ...call, repeatability: undefined }, partnerId, benefitId);
    },
  });
}

/** Which of the benefit's keys is shown, counted from 1: what a repeated request is told apart by. */
function latestIssue({ keys }: ProductRow): string {
  return String(keys.length);
}

/** The subscription whose redemption is undone, as it becomes. */
function undoneWrites(
  { subscriptions }: Holdings,
  { benefit }: ProductState,
  { partnerId }: ProductRow,
  events: readonly CloudEvent[],
): CloudWrites[] {
  return events
    .filter((event) => event.type === 'replaced')
    .flatMap((event) => {
      const row = subscriptions.find(({ value }) => value.id === event.subscriptionId);
      const restored = evolveSubscription(row?.value, benefit, event);
      return row && restored ? [writeSubscription(partnerId, row, restored)] : [];
    });
}

function sealedKey(runtime: Runtime, partnerId: string, benefitId: string) {
  return sealKey(runtime.config.productKeys, generateKey(), { partnerId, benefitId });
}

/** The benefit's latest key: the replacement where there is one. */
function shownKey(runtime: Runtime, product: ProductRow): ShownKey {
  const { id: benefitId, partnerId, keys, productId, licenses, activateBy } = product;
  const key = keys.at(-1);
  if (!key) throw new Error('A benefit whose key is shown has one');
  const { encryption } = runtime.config.productKeys;
  const clear = decryptKey(encryption, key.sealed.ciphertext, { partnerId, benefitId });
  return { productKey: formatKey(clear), productId, licenses, activateBy };
}
