import { expect, test } from 'vitest';

import { createPriceList, readPriceList } from '../../src/billing/price-list.ts';

const both = { tags: ['ThirdParty', 'Reservation'] };

test.each([
  ['', []],
  ['Featured', []],
  ['thirdparty', ['ThirdParty']],
  ['Featured,RESERVATION', ['Reservation']],
  ['Featured; ThirdParty', ['ThirdParty']],
  ['["ThirdParty","Reservation"]', ['ThirdParty', 'Reservation']],
  ["['Reservation']", ['Reservation']],
  ['ThirdPartyLike', []],
])('PEC-04 the tags "%s" of a price list are read as %o', (text, tags) => {
  const list = createPriceList();
  list.add('P', 'S', text);
  expect(readPriceList([...list.entries(13)])('P', 'S')).toEqual({ tags });
});

test('PEC-04 a product in several rows has the tags of all, letter case and blanks aside, and counts once', () => {
  const list = createPriceList();
  list.add('DZH318Z0BPS6', '0001', 'ThirdParty');
  list.add(' dzh318z0bps6 ', ' 0001', 'Reservation');
  list.add('DZH318Z0BPS60', '001', '');
  expect(list.products()).toBe(2);
  const read = readPriceList([...list.entries(1_000)]);
  expect(read('DZH318Z0BPS6', '0001 ')).toEqual(both);
  expect(read('DZH318Z0BPS60', '001')).toEqual({ tags: [] });
  expect(read('DZH318Z0BPS6', '001')).toBeUndefined();
});

test('PEC-04 a list is written in texts of whole entries, as long as they may be, and every product found in it', () => {
  const list = createPriceList();
  const ids = Array.from({ length: 500 }, (_, index) => `P${index}`);
  for (const id of ids.toReversed()) list.add(id, '1', '');
  const texts = [...list.entries(40)];
  expect(texts).toHaveLength(Math.ceil(500 / 3));
  expect(texts.slice(0, -1).every((text) => text.length === 39)).toBe(true);
  expect(texts.join('')).toHaveLength(500 * 13);
  const entries = texts.join('').match(/.{13}/g) ?? [];
  expect(entries).toEqual(entries.toSorted());
  const read = readPriceList(texts);
  expect(ids.filter((id) => read(id, '1') === undefined)).toEqual([]);
  expect(read('Q', '1')).toBeUndefined();
  expect([...list.entries(500 * 13)]).toHaveLength(1);
  expect([...createPriceList().entries(13)]).toEqual([]);
});
