import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/platform/config.ts';
import { rootDir } from '../../infra/local/settings.ts';

const example = JSON.parse(readFileSync(join(rootDir, 'local.settings.example.json'), 'utf8')) as {
  Values: Record<string, string>;
};
const ring = (id: string, fill: number) => `${id}:${Buffer.alloc(32, fill).toString('base64')}`;
const configWith = (settings: Record<string, string>) =>
  readConfig({ ...example.Values, ...settings });

const names = ['LINK_SIGNING_KEYS', 'PRODUCT_KEY_ENCRYPTION_KEYS', 'PRODUCT_KEY_HASH_KEYS'];

test('KEY-02 CR-08 the rings are read, the current secret first', () => {
  const { productKeys, linkSigningKeys } = configWith({
    LINK_SIGNING_KEYS: `${ring('l2', 5)},${ring('l1', 4)}`,
    PRODUCT_KEY_ENCRYPTION_KEYS: `${ring('e2', 2)}, ${ring('e1', 1)}`,
    PRODUCT_KEY_HASH_KEYS: ring('h1', 3),
  });
  expect(productKeys.encryption.map(({ id }) => id)).toEqual(['e2', 'e1']);
  expect(productKeys.hash.map(({ secret }) => secret[0])).toEqual([3]);
  expect(linkSigningKeys.map(({ id }) => id)).toEqual(['l2', 'l1']);
});

test('KEY-02 CR-08 the app does not start with wrong rings; the setting is named and nothing of it shown', () => {
  const short = Buffer.alloc(16, 7).toString('base64');
  for (const name of names)
    for (const wrong of [
      '',
      'e1',
      `e1:${short}`,
      `${ring('e1', 1)},${ring('e1', 2)}`,
      ring('e 1', 1),
    ]) {
      const start = () => configWith({ [name]: wrong });
      expect(start).toThrow(name);
      if (wrong !== '') expect(start).not.toThrow(wrong);
      expect(start).not.toThrow(short);
    }
});

test.each([
  ['LINK_SIGNING_KEYS', 'PRODUCT_KEY_ENCRYPTION_KEYS'],
  ['LINK_SIGNING_KEYS', 'PRODUCT_KEY_HASH_KEYS'],
  ['PRODUCT_KEY_ENCRYPTION_KEYS', 'PRODUCT_KEY_HASH_KEYS'],
])('KEY-02 CR-08 %s and %s must not share a secret, not even an old one', (one, other) => {
  const settings = { [one]: ring('a', 1), [other]: `${ring('c', 2)},${ring('b', 1)}` };
  expect(() => configWith(settings)).toThrow(`${other} must not hold a secret twice`);
});

test.each(names)('KEY-02 CR-08 %s must not hold one secret under two ids', (name) => {
  // The last four bits of base64 padding count for nothing: another text, the same bytes.
  const alike = ring('b', 1).replace(/.=$/, (end) => `${end[0] === 'E' ? 'F' : 'E'}=`);
  for (const second of [ring('b', 1), ring('b', 1).replace('=', ''), alike])
    expect(() => configWith({ [name]: `${ring('a', 1)},${second}` })).toThrow(
      `${name} must not hold a secret twice`,
    );
});
