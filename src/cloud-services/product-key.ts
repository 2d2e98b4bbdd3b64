/**
 * Product keys as text: how they are made, read and shown (KEY-02, KEY-03).
 *
 * A key is 24 random characters and one check character over an alphabet of 23, a prime. Read as numbers
 * mod 23, the characters of a good key satisfy Σ 5^(24-i) · x_i ≡ 0. Every weight is invertible, so one wrong
 * character changes the sum; neighbours have different weights, so swapping two different ones changes it too.
 * The reasoning is in docs/decisions/0013-product-key-format.md, the proof in test/cloud-services/product-key.test.ts.
 */
import { randomBytes as cryptoRandomBytes } from 'node:crypto';

/**
 * The characters of a key. Of each family of look-alikes at most one is in (0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B,
 * U V, M N), and no vowel is, so that no key spells a word.
 */
export const keyAlphabet = '23456789CDFHJKMPQRTVWXY';

/** A key in its one form used inside: 25 characters of `keyAlphabet`, no hyphens, the check holds. */
export type CanonicalKey = string;

const keyLength = 25;
const groupLength = 5;
const prime = keyAlphabet.length;
const weightRatio = 5;
/** Bytes from here on would favour the first characters: 253 is the largest multiple of 23 in a byte. */
const unbiasedBytes = 256 - (256 % prime);
/** No honest entry is longer, whatever stands between the groups. */
const longestEntry = 100;

const valueOf = new Map(Array.from(keyAlphabet, (character, value) => [character, value]));

/**
 * Makes a new key with 24 · log2 23 = 108.5 bits of entropy (KEY-02). Bytes that would bias the choice are
 * thrown away. `randomBytes` is node's cryptographic source unless a test gives another.
 */
export function generateKey(
  randomBytes: (size: number) => Uint8Array = cryptoRandomBytes,
): CanonicalKey {
  let key = '';
  while (key.length < keyLength - 1) {
    for (const byte of randomBytes(keyLength - 1 - key.length)) {
      if (byte < unbiasedBytes) key += keyAlphabet.charAt(byte % prime);
    }
  }
  const sum = ((checkSum(key) ?? 0) * weightRatio) % prime;
  return key + keyAlphabet.charAt((prime - sum) % prime);
}

/**
 * Reads what a person typed or pasted: any letter case, with or without spaces and hyphens of any kind, which
 * mail programs like to exchange (KEY-03). Gives undefined for anything that is no key: a character that no
 * key has, another length, or a check that fails. Look-alikes are not guessed at: a wrong character is wrong.
 */
export function parseKey(text: string): CanonicalKey | undefined {
  if (text.length > longestEntry) return undefined;
  const key = text
    .replace(/[\s\p{Dash_Punctuation}]/gu, '')
    // ASCII only: toUpperCase() on all of it would turn a ligature such as U+FB00 into two letters.
    .replace(/[a-z]/g, (letter) => letter.toUpperCase());
  return key.length === keyLength && checkSum(key) === 0 ? key : undefined;
}

/** Shows a key in five groups of five, `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX` (KEY-02). */
export function formatKey(key: CanonicalKey): string {
  const groups: string[] = [];
  for (let at = 0; at < key.length; at += groupLength) groups.push(key.slice(at, at + groupLength));
  return groups.join('-');
}

/** The last group, by which a plan names a key without giving it away (KEY-13). */
export function lastGroup(key: CanonicalKey): string {
  return key.slice(-groupLength);
}

/** The weighted sum mod 23, the last character weighing 1; undefined where a character is in no key. */
function checkSum(characters: string): number | undefined {
  let sum = 0;
  for (const character of characters) {
    const value = valueOf.get(character);
    if (value === undefined) return undefined;
    sum = (sum * weightRatio + value) % prime;
  }
  return sum;
}
