/** Rotating the secrets of product keys with the command that operators run. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { getProductKey } from '../../src/cloud-services/key-service.ts';
import { validateKey } from '../../src/cloud-services/redeem-service.ts';
import { rotateKeys } from '../../src/cloud-services/rotate-service.ts';
import { rotate } from '../../infra/rotate-keys.ts';
import type { Runtime } from '../../src/platform/runtime.ts';
import { dumpStorage } from '../support/storage-dump.ts';
import { testRuntime } from '../support/runtime.ts';
import { testSettings } from '../support/settings.ts';
import { callOf, partnerWithKeys } from './direct.ts';

const secret = (fill: number) => Buffer.alloc(32, fill).toString('base64');
const rings = (encryption: string, hash: string) => ({
  PRODUCT_KEY_ENCRYPTION_KEYS: encryption,
  PRODUCT_KEY_HASH_KEYS: hash,
});
const first = rings(`e1:${secret(1)}`, `h1:${secret(2)}`);
const both = rings(`e2:${secret(3)},e1:${secret(1)}`, `h2:${secret(4)},h1:${secret(2)}`);
const second = rings(`e2:${secret(3)}`, `h2:${secret(4)}`);

test('KEY-02 keys stay the same through a rotation, and the old secrets are needed no longer', async () => {
  const storage = await testRuntime(first);
  const { runtime, connectionString } = storage;
  const partners = [await partnerWithKeys(runtime, 2), await partnerWithKeys(runtime, 1)];

  const rotating = storage.another(both);
  const use = (r: Runtime, partnerId: string, productKey: string) =>
    validateKey(callOf(r), partnerId, { productKey, action: 'activate' });
  // Before and while: found by either hash.
  for (const { partnerId, keys } of partners)
    for (const { productKey } of keys) await use(rotating, partnerId, productKey);

  const seen: string[] = [];
  const onPartner = (partnerId: string) => seen.push(partnerId);
  expect(await rotateKeys(rotating, { onPartner })).toEqual({ partners: 2, keys: 3, rotated: 3 });
  expect(seen).toEqual(partners.map(({ partnerId }) => partnerId).sort());

  // Again, it writes nothing; begun after a partner, it leaves that one out.
  const before = await dumpStorage(connectionString);
  expect(await rotateKeys(rotating)).toEqual({ partners: 2, keys: 3, rotated: 0 });
  expect((await rotateKeys(rotating, { after: seen[0] })).partners).toBe(1);
  expect(await dumpStorage(connectionString)).toEqual(before);

  const after = storage.another(second);
  for (const { partnerId, keys } of partners)
    for (const { benefitId, productKey } of keys) {
      expect(await use(after, partnerId, productKey)).toMatchObject({ licenses: 10 });
      const shown = await getProductKey(callOf(after), partnerId, benefitId);
      expect(shown.productKey).toBe(productKey);
    }
  expect(before['partners']!.filter((row) => row.includes(' key|'))).toHaveLength(3);
});

test('KEY-02 a rotation beside commands loses nothing', async () => {
  const storage = await testRuntime(first);
  const { runtime } = storage;
  const { partnerId, keys } = await partnerWithKeys(runtime, 4);
  const rotating = storage.another(both);
  const views = keys.flatMap(({ benefitId }) =>
    Array.from({ length: 5 }, () => getProductKey(callOf(rotating), partnerId, benefitId)),
  );
  const [{ rotated }, ...shown] = await Promise.all([rotateKeys(rotating), ...views]);
  expect(rotated).toBe(4);
  expect(new Set(shown.map(({ productKey }) => productKey))).toEqual(
    new Set(keys.map(({ productKey }) => productKey)),
  );
  expect((await rotateKeys(storage.another(second))).rotated).toBe(0);
});

test('KEY-02 the command takes settings from a file, says what it did, and names a key that it cannot open', async () => {
  const { runtime, connectionString } = await testRuntime(first);
  const { partnerId, keys } = await partnerWithKeys(runtime, 1);
  const settings = {
    ...testSettings,
    AzureWebJobsStorage: connectionString,
  };
  const dir = await mkdtemp(join(tmpdir(), 'rotation-test-'));
  const file = join(dir, 'settings.json');
  const lines: string[] = [];
  const run = async (secrets: Record<string, string>) => {
    await writeFile(file, JSON.stringify({ Values: { ...settings, ...secrets } }));
    return rotate(['--settings', file], {}, (line) => lines.push(line));
  };
  await expect(run(second)).rejects.toThrow(keys[0]!.benefitId);
  await run(both);
  expect(lines).toEqual([`${partnerId}: 1 of 1 sealed anew`, '1 partners, 1 keys, 1 sealed anew']);
  await rm(dir, { recursive: true });
});
