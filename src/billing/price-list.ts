/**
 * A month's price list in a compact form (PEC-04): of each product only whether it is listed and how it is tagged.
 * A product is 12 characters of a hash and one of its tags; a list of 100,000 products takes 1.3 MB.
 */
import { createHash } from 'node:crypto';
import type { PriceList } from './product.ts';

const hashLength = 12;
const entryLength = hashLength + 1;
/** By bits: 1 is third party, 2 is reservation. */
const tagNames = ['ThirdParty', 'Reservation'] as const;

/** The most different products in a list. */
export const mostProducts = 300_000;

export type PriceListBuilder = {
  /** Adds a row: `tags` as the file has them, separated by commas, semicolons or spaces. */
  add: (productId: string, skuId: string, tags: string) => void;
  products: () => number;
  /** The entries in order, in texts of at most so many characters; sorted a part at a time, as texts are asked for. */
  entries: (mostCharacters: number) => Iterable<string>;
};

/** Starts a list. A product that stands in several rows has the tags of all of them. */
export function createPriceList(): PriceListBuilder {
  /** By the first character of their keys: a 64th each, which is sorted in no time. */
  const parts = new Map<string, Map<string, number>>();
  let products = 0;

  function* entries(mostCharacters: number): Generator<string> {
    const each = Math.floor(mostCharacters / entryLength);
    let waiting: string[] = [];
    for (const [, part] of [...parts].toSorted(byCharacter)) {
      waiting.push(...[...part].map(([key, bits]) => key + String(bits)).toSorted());
      let from = 0;
      for (; from + each <= waiting.length; from += each)
        yield waiting.slice(from, from + each).join('');
      waiting = waiting.slice(from);
    }
    if (waiting.length > 0) yield waiting.join('');
  }

  return {
    add(productId, skuId, tags) {
      const key = hashOf(productId, skuId);
      const first = key.charAt(0);
      const part = parts.get(first) ?? new Map<string, number>();
      parts.set(first, part);
      const before = part.get(key);
      if (before === undefined) products += 1;
      part.set(key, (before ?? 0) | tagBits(tags));
    },
    products: () => products,
    entries,
  };
}

function byCharacter([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}

/** A list to look products up in, from all its texts in order. */
export function readPriceList(texts: readonly string[]): PriceList {
  const entries = texts.join('');
  const count = entries.length / entryLength;
  return (productId, skuId) => {
    const sought = hashOf(productId, skuId);
    let low = 0;
    let high = count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const at = middle * entryLength;
      const key = entries.slice(at, at + hashLength);
      if (key === sought) {
        const bits = Number(entries[at + hashLength]);
        return { tags: tagNames.filter((_, index) => (bits & (1 << index)) !== 0) };
      }
      if (key < sought) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  };
}

function tagBits(tags: string): number {
  const given = tags.split(/[,;\s[\]"']+/).map((tag) => tag.toLowerCase());
  return tagNames.reduce(
    (bits, name, index) => (given.includes(name.toLowerCase()) ? bits | (1 << index) : bits),
    0,
  );
}

function hashOf(productId: string, skuId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([productId.trim().toLowerCase(), skuId.trim().toLowerCase()]))
    .digest('base64url')
    .slice(0, hashLength);
}
