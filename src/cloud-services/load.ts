/** Reading what product keys are judged by: the partner with its subscriptions, a benefit, benefits by their keys. */
import * as z from 'zod';
import { partnerRow, partnerSchema, type Partner } from '../partners/rows.ts';
import { notFound, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row } from '../platform/table-store.ts';
import type { ProductState } from './decide.ts';
import { lookupHashes } from './key-cipher.ts';
import { parseKey, type CanonicalKey } from './product-key.ts';
import {
  asProduct,
  keyRow,
  productRow,
  productRowSchema,
  subscriptionRow,
  subscriptionSchema,
  type ProductRow,
  type SubscriptionRow,
} from './rows.ts';
import { readStored } from '../platform/stored.ts';

/** A partner and all its subscriptions, ended ones included. */
export type Holdings = { partner: Row<Partner>; subscriptions: Row<SubscriptionRow>[] };

/** A key as entered: canonical, and the benefit that has it. Undefined where it is malformed, or unknown. */
export type Entered = {
  key: CanonicalKey | undefined;
  product: Row<ProductRow> | undefined;
};

/** Reads a partner with its subscriptions: one query, since their rows are neighbours. @throws NotFound */
export async function readHoldings(runtime: Runtime, partnerId: string): Promise<Holdings> {
  const subscriptions: Row<SubscriptionRow>[] = [];
  let partner: Row<Partner> | undefined;
  let after: string | undefined;
  for (;;) {
    const range = { prefix: partnerRow, after, size: 1_000 };
    const page = await runtime.tables.page('partners', z.unknown(), partnerId, range);
    for (const row of page.rows) {
      if (row.rowKey === partnerRow)
        partner = { ...row, value: readStored(partnerSchema, row.value) };
      else if (row.rowKey.startsWith(subscriptionRow('')))
        subscriptions.push({ ...row, value: readStored(subscriptionSchema, row.value) });
    }
    if (!page.more) break;
    after = page.rows.at(-1)?.rowKey;
  }
  if (!partner) throw new RefusalError(notFound());
  return { partner, subscriptions };
}

/** Reads a product benefit and its partner's holdings, in parallel. @throws RefusalError NotFound */
export async function loadProduct(
  runtime: Runtime,
  partnerId: string,
  benefitId: string,
): Promise<Holdings & { product: Row<ProductRow> }> {
  const [holdings, row] = await Promise.all([
    readHoldings(runtime, partnerId),
    runtime.tables.get('partners', z.unknown(), partnerId, productRow(benefitId)),
  ]);
  const product = row && asProduct(row);
  if (!product) throw new RefusalError(notFound());
  return { ...holdings, product };
}

/**
 * Finds the benefits of entered keys, each by point reads, all in parallel; a key that stands twice is read once.
 * A benefit of another partner is not found: its rows are in another partition.
 */
export async function findKeys(
  runtime: Runtime,
  partnerId: string,
  texts: readonly string[],
): Promise<Entered[]> {
  const keys = texts.map(parseKey);
  const wellFormed = [...new Set(keys.filter((key) => key !== undefined))];
  const products = new Map(
    await Promise.all(
      wellFormed.map(async (key) => [key, await findKey(runtime, partnerId, key)] as const),
    ),
  );
  return keys.map((key) => ({ key, product: key === undefined ? undefined : products.get(key) }));
}

async function findKey(runtime: Runtime, partnerId: string, key: CanonicalKey) {
  const rows = await Promise.all(
    lookupHashes(runtime.config.productKeys.hash, key).map((hash) =>
      runtime.tables.get('partners', productRowSchema, partnerId, keyRow(hash)),
    ),
  );
  return rows.find((row) => row !== undefined);
}

/** The same as values, as the core takes them. */
export function valuesOf({
  partner,
  subscriptions,
}: Holdings): Pick<ProductState, 'partner' | 'subscriptions'> {
  return { partner: partner.value, subscriptions: subscriptions.map(({ value }) => value) };
}

/** What a benefit's commands are judged by. */
export function stateOf(loaded: Holdings & { product: Row<ProductRow> }): ProductState {
  return { benefit: loaded.product.value, ...valuesOf(loaded) };
}
