import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import {
  formatKey,
  generateKey,
  keyAlphabet,
  lastGroup,
  parseKey,
} from '../../src/cloud-services/product-key.ts';

// Properties on a machine with much else to do: a generous limit, which nothing waits for.
vi.setConfig({ testTimeout: 30_000 });

const keyArbitrary = fc
  .uint8Array({ minLength: 24, maxLength: 24, max: 252 })
  .map((bytes) => generateKey(() => bytes));

/** The key whose first 24 characters are these. */
function keyFrom(characters: string): string {
  return generateKey(() => Uint8Array.from(characters, (c) => keyAlphabet.indexOf(c)));
}

function replaceAt(key: string, index: number, character: string): string {
  return key.slice(0, index) + character + key.slice(index + 1);
}

test('KEY-02 a key is 25 characters in five groups of five, without look-alikes', () => {
  const shown = formatKey(generateKey());
  expect(shown).toMatch(new RegExp(`^[${keyAlphabet}]{5}(-[${keyAlphabet}]{5}){4}$`));
  expect(parseKey(shown)).toBe(shown.replaceAll('-', ''));
  expect(lastGroup(shown.replaceAll('-', ''))).toBe(shown.slice(-5));
  expect(new Set(keyAlphabet).size).toBe(23);
  for (const family of ['0OQ', '1IL', '2Z', '5S', '6G', '8B', 'UV', 'MN', 'AEIOU']) {
    const kept = Array.from(family).filter((character) => keyAlphabet.includes(character));
    expect(kept.length, family).toBeLessThanOrEqual(1);
  }
});

test('KEY-02 every single wrong character is caught, at every position of 200 keys', () => {
  const characters = Array.from({ length: 0x7f - 0x21 }, (_, index) =>
    String.fromCharCode(0x21 + index),
  ).filter((character) => character !== '-');
  let missed = 0;
  for (let round = 0; round < 200; round += 1) {
    const key = generateKey();
    for (let index = 0; index < key.length; index += 1) {
      for (const character of characters) {
        if (character.toUpperCase() === key[index]) continue;
        if (parseKey(replaceAt(key, index, character)) !== undefined) missed += 1;
      }
    }
  }
  expect(missed).toBe(0);
});

test('KEY-02 every swap of neighbours is caught: all pairs of characters at all 24 places', () => {
  let missed = 0;
  let pairs = 0;
  for (let index = 0; index < 24; index += 1) {
    for (const first of keyAlphabet) {
      for (const second of keyAlphabet) {
        if (first === second) continue;
        const key = keyWithPair(index, first, second);
        const swapped = replaceAt(replaceAt(key, index, second), index + 1, first);
        pairs += 1;
        if (parseKey(key) !== key || parseKey(formatKey(swapped)) !== undefined) missed += 1;
      }
    }
  }
  expect(pairs).toBe(24 * 23 * 22);
  expect(missed).toBe(0);
});

/** A good key with these two characters at index and index + 1, the check character's place included. */
function keyWithPair(index: number, first: string, second: string): string {
  const random = generateKey().slice(0, 24);
  if (index < 23) return keyFrom(replaceAt(replaceAt(random, index, first), index + 1, second));
  // The check character follows from the others: one choice of the 23rd character makes it the wanted one.
  const candidates = Array.from(keyAlphabet, (c) =>
    keyFrom(replaceAt(replaceAt(random, 22, c), 23, first)),
  );
  return candidates.find((key) => key.endsWith(second)) ?? '';
}

test('KEY-02 swaps of neighbours are caught on many random keys', () => {
  for (let round = 0; round < 500; round += 1) {
    const key = generateKey();
    for (let index = 0; index < 24; index += 1) {
      const [first, second] = [key.charAt(index), key.charAt(index + 1)];
      const swapped = replaceAt(replaceAt(key, index, second), index + 1, first);
      expect(parseKey(swapped)).toBe(first === second ? key : undefined);
    }
  }
});

test('KEY-02 swaps further apart and twins are caught too, save places 22 apart', () => {
  for (let round = 0; round < 100; round += 1) {
    const key = generateKey();
    for (let one = 0; one < 25; one += 1) {
      for (let other = one + 1; other < 25; other += 1) {
        const [first, second] = [key.charAt(one), key.charAt(other)];
        const swapped = replaceAt(replaceAt(key, one, second), other, first);
        const caught = first !== second && other - one !== 22;
        expect(parseKey(swapped)).toBe(caught ? undefined : swapped);
      }
      if (key[one] !== key[one + 1]) continue;
      for (const twin of keyAlphabet) {
        const typed = replaceAt(replaceAt(key, one, twin), one + 1, twin);
        expect(parseKey(typed)).toBe(twin === key[one] ? key : undefined);
      }
    }
  }
});

test('KEY-02 every character is equally likely: biased bytes are thrown away', () => {
  let next = 0;
  const everyByteInTurn = (size: number) => Uint8Array.from({ length: size }, () => next++ % 256);
  const counts = new Map<string, number>();
  for (let round = 0; round < 253; round += 1) {
    for (const character of generateKey(everyByteInTurn).slice(0, 24)) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
  }
  expect([...counts.values()]).toEqual(new Array(23).fill((253 * 24) / 23));
});

test('KEY-02 keys differ', () => {
  const keys = Array.from({ length: 5000 }, () => generateKey(randomBytes));
  expect(new Set(keys).size).toBe(5000);
});

test('KEY-03 a key is read in any letter case, with or without hyphens or spaces', () => {
  const separator = fc.constantFrom('', '-', ' ', '  ', ' - ', '\t', '\u2011', '\u2013', '\u00a0');
  const entry = fc.tuple(
    keyArbitrary,
    fc.array(fc.tuple(fc.boolean(), separator), { minLength: 25, maxLength: 25 }),
  );
  fc.assert(
    fc.property(entry, ([key, style]) => {
      const typed = Array.from(key)
        .map((c, index) => {
          const [lower, between] = style[index] ?? [false, ''];
          return (lower ? c.toLowerCase() : c) + (index % 5 === 4 ? between : '');
        })
        .join('');
      expect(parseKey(typed)).toBe(key);
    }),
  );
});

test('KEY-10 what is no key is told apart from one: other lengths and characters, ligatures, nothing', () => {
  const key = generateKey();
  const ligature = `\ufb00${keyFrom('F'.repeat(24)).slice(2)}`;
  for (const text of ['', ' ', key.slice(1), `${key}2`, `${key}!`, ligature, ' '.repeat(1e6)]) {
    expect(parseKey(text)).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsed = parseKey(text);
      expect(parsed === undefined || parseKey(parsed) === parsed).toBe(true);
    }),
  );
});

test('KEY-03 an entry of 100 characters is read, a longer one is not looked at', () => {
  const key = generateKey();
  expect(parseKey(key + ' '.repeat(75))).toBe(key);
  expect(parseKey(key + ' '.repeat(76))).toBeUndefined();
});

test('KEY-02 KEY-13 a key is shown in five groups of five, and named by its last', () => {
  const key = keyFrom('23456789CDFHJKMPQRTVWXY2');
  expect(formatKey(key)).toBe(`23456-789CD-FHJKM-PQRTV-WXY2${key.slice(-1)}`);
  expect(lastGroup(key)).toBe(key.slice(20));
  expect(lastGroup(key)).toHaveLength(5);
});

test('KEY-02 no more random bytes are asked for than are wanted', () => {
  const sizes: number[] = [];
  generateKey((size) => {
    sizes.push(size);
    return new Uint8Array(size).fill(sizes.length === 1 ? 253 : 252);
  });
  expect(sizes).toEqual([24, 24]);
});
