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

test('KEY-02 the rings of product keys are read, the current secret first', () => {
  const { productKeys } = configWith({
    PRODUCT_KEY_ENCRYPTION_KEYS: `${ring('e2', 2)}, ${ring('e1', 1)}`,
    PRODUCT_KEY_HASH_KEYS: ring('h1', 3),
  });
  expect(productKeys.encryption.map(({ id }) => id)).toEqual(['e2', 'e1']);
  expect(productKeys.hash.map(({ secret }) => secret[0])).toEqual([3]);
});

test('KEY-02 the app does not start with wrong rings; the setting is named and nothing of it shown', () => {
  const short = Buffer.alloc(16, 7).toString('base64');
  for (const name of ['PRODUCT_KEY_ENCRYPTION_KEYS', 'PRODUCT_KEY_HASH_KEYS'])
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

test('KEY-02 the two uses must not share a secret, not even an old one', () => {
  const settings = {
    PRODUCT_KEY_ENCRYPTION_KEYS: ring('e1', 1),
    PRODUCT_KEY_HASH_KEYS: `${ring('h2', 2)},${ring('h1', 1)}`,
  };
  expect(() => configWith(settings)).toThrow('PRODUCT_KEY_HASH_KEYS must not hold a secret of');
});
