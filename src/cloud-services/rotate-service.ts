/**
 * Rotating the secrets of product keys (KEY-02): every key that was sealed with another than the current secret is
 * encrypted anew, and found by its new hash. Done twice, or beside commands, it changes nothing more; cut off, it is
 * begun again.
 */
import * as z from 'zod';
import { directoryPartition } from '../partners/rows.ts';
import { newId } from '../platform/ids.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { decryptKey, lookupHashes, reencryptKey } from './key-cipher.ts';
import { keyRow, productRow, productRowSchema, productWrites, type ProductRow } from './rows.ts';
import type { IssuedKey } from './state.ts';
import { readStored } from '../platform/stored.ts';

/** How many keys there are, and how many of them were sealed anew. */
export type Rotation = { keys: number; rotated: number };

const anyRow = z.looseObject({});
const pageSize = 500;
const tries = 10;

/**
 * Rotates the keys of all partners, in the order of their ids. `onPartner` is told after each, so that a run that was
 * cut off can begin `after` the last one.
 * @throws Error naming partner and benefit where a key cannot be opened
 */
export async function rotateKeys(
  runtime: Runtime,
  options: { after?: string | undefined; onPartner?(partnerId: string, done: Rotation): void } = {},
): Promise<Rotation & { partners: number }> {
  const total = { partners: 0, keys: 0, rotated: 0 };
  let { after } = options;
  for (;;) {
    const range = { prefix: '', after, size: pageSize };
    const page = await runtime.tables.page('directory', anyRow, directoryPartition, range);
    for (const { rowKey: partnerId } of page.rows) {
      const done = await rotatePartner(runtime, partnerId);
      total.partners += 1;
      total.keys += done.keys;
      total.rotated += done.rotated;
      options.onPartner?.(partnerId, done);
      after = partnerId;
    }
    if (!page.more) return total;
  }
}

async function rotatePartner(runtime: Runtime, partnerId: string): Promise<Rotation> {
  const total = { keys: 0, rotated: 0 };
  let after: string | undefined;
  for (;;) {
    const range = { prefix: productRow(''), after, size: pageSize };
    const page = await runtime.tables.page('partners', anyRow, partnerId, range);
    for (const row of page.rows) {
      if (row.value['category'] !== 'cloud-service') continue;
      const product = { ...row, value: readStored(productRowSchema, row.value) };
      total.keys += product.value.keys.length;
      total.rotated += await rotateProduct(runtime, product);
    }
    if (!page.more) return total;
    after = page.rows.at(-1)?.rowKey;
  }
}

/** Seals a benefit's keys anew in one transaction; returns how many. */
async function rotateProduct(runtime: Runtime, read: Row<ProductRow>): Promise<number> {
  const { id, partnerId } = read.value;
  let row: Row<ProductRow> | undefined = read;
  for (let attempt = 0; attempt < tries && row; attempt += 1) {
    const { product, rotated } = resealed(runtime, row.value);
    if (rotated === 0) return 0;
    const writes = [...productWrites(row, product), ...droppedRows(row.value, product)];
    if ((await runtime.tables.commit('partners', partnerId, writes, newId())) === 'committed')
      return rotated;
    row = await runtime.tables.get('partners', productRowSchema, partnerId, productRow(id));
  }
  throw new Error(`The keys of benefit ${id} of partner ${partnerId} keep changing; run it again`);
}

function resealed(runtime: Runtime, product: ProductRow): { product: ProductRow; rotated: number } {
  const { id: benefitId, partnerId } = product;
  const { encryption, hash } = runtime.config.productKeys;
  let rotated = 0;
  const seal = (key: IssuedKey): IssuedKey => {
    const { sealed } = key;
    const binding = { partnerId, benefitId };
    const [current = ''] = lookupHashes(hash, decryptKey(encryption, sealed.ciphertext, binding));
    const ciphertext = reencryptKey(encryption, sealed.ciphertext, binding) ?? sealed.ciphertext;
    if (current === sealed.hash && ciphertext === sealed.ciphertext) return key;
    rotated += 1;
    return { ...key, sealed: { hash: current, ciphertext } };
  };
  try {
    return { product: { ...product, keys: product.keys.map(seal) }, rotated };
  } catch (cause) {
    throw new Error(`A key of benefit ${benefitId} of partner ${partnerId} cannot be opened`, {
      cause,
    });
  }
}

/** The rows by which keys were found until now. */
function droppedRows(before: ProductRow, now: ProductRow): Write[] {
  const present = new Set(now.keys.map(({ sealed }) => sealed.hash));
  return before.keys
    .filter(({ sealed }) => !present.has(sealed.hash))
    .map(({ sealed }) => ({ op: 'delete', rowKey: keyRow(sealed.hash) }));
}
