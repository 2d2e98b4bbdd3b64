import { createHmac, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  decryptKey,
  encryptKey,
  lookupHashes,
  reencryptKey,
  sealKey,
} from '../../src/cloud-services/key-cipher.ts';
import { readKeyRing } from '../../src/platform/key-ring.ts';
import { generateKey } from '../../src/cloud-services/product-key.ts';

const old = { id: 'k1', secret: randomBytes(32) };
const current = { id: 'k2', secret: randomBytes(32) };
const hashSecret = { id: 'h1', secret: randomBytes(32) };
const binding = { partnerId: 'partner-1', benefitId: 'benefit-1' };

test('KEY-02 a key comes back from its ciphertext, which holds nothing of it and is never the same twice', () => {
  const key = generateKey();
  const one = encryptKey([current], key, binding);
  expect(one).toMatch(/^v1\.k2\.[\w-]{16}\.[\w-]{34}\.[\w-]{22}$/);
  expect(decryptKey([current], one, binding)).toBe(key);
  expect(encryptKey([current], key, binding)).not.toBe(one);
  for (let index = 0; index < 25; index += 5)
    expect(one).not.toContain(key.slice(index, index + 5));
});

test('KEY-02 a ciphertext opens only where it belongs and unchanged', () => {
  const ciphertext = encryptKey([current], generateKey(), binding);
  const open =
    (text: string, where = binding, ring = [current]) =>
    () =>
      decryptKey(ring, text, where);
  expect(open(ciphertext, { ...binding, partnerId: 'partner-2' })).toThrow('belongs to another');
  expect(open(ciphertext, { ...binding, benefitId: 'benefit-2' })).toThrow('belongs to another');
  expect(open(ciphertext, { partnerId: 'partner-1benefit', benefitId: '-1' })).toThrow();
  expect(open(ciphertext, binding, [{ ...current, secret: old.secret }])).toThrow();
  expect(open(ciphertext, binding, [old])).toThrow('no longer configured');
  expect(open(ciphertext.replace('.k2.', '.k1.'), binding, [current, old])).toThrow('was changed');
  const relabelled = ciphertext.replace('.k2.', '.k3.');
  expect(open(relabelled, binding, [{ ...current, id: 'k3' }])).toThrow('was changed');
  expect(open(ciphertext.slice(3))).toThrow('not of the form');
  expect(open(`${ciphertext}.x`)).toThrow('not of the form');
  const [version, id, ...parts] = ciphertext.split('.');
  for (const index of parts.keys()) {
    const flipped = Buffer.from(parts[index] ?? '', 'base64url');
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    const changed = [version, id, ...parts.with(index, flipped.toString('base64url'))].join('.');
    expect(open(changed)).toThrow('was changed');
    expect(open([version, id, ...parts.with(index, '')].join('.'))).toThrow();
  }
  // A tag cut short would be easier to forge.
  const shortTag = Buffer.from(parts[2] ?? '', 'base64url')
    .subarray(0, 4)
    .toString('base64url');
  expect(open([version, id, ...parts.with(2, shortTag)].join('.'))).toThrow('was changed');
});

test('KEY-02 no error of the cipher holds a key, a secret or a ciphertext', () => {
  const key = generateKey();
  const ciphertext = encryptKey([old], key, binding);
  for (const ring of [[current], [{ ...old, secret: current.secret }]]) {
    try {
      decryptKey(ring, ciphertext, binding);
      expect.unreachable();
    } catch (error) {
      const told = `${(error as Error).message} ${JSON.stringify(error)}`;
      expect((error as Error).cause).toBeUndefined();
      for (const secret of [key, ...ciphertext.split('.').slice(2)])
        expect(told).not.toContain(secret);
    }
  }
});

test('KEY-02 rotation re-encrypts once and reads both meanwhile', () => {
  const key = generateKey();
  const before = encryptKey([old], key, binding);
  const rotated = reencryptKey([current, old], before, binding);
  expect(rotated).toMatch(/^v1\.k2\./);
  expect(decryptKey([current], rotated ?? '', binding)).toBe(key);
  expect(decryptKey([current, old], before, binding)).toBe(key);
  expect(reencryptKey([current, old], rotated ?? '', binding)).toBeUndefined();
});

test('KEY-02 a key is found by its keyed hash, by the previous secret as well during a rotation', () => {
  const key = generateKey();
  const secrets = { encryption: [current], hash: [hashSecret] };
  const { hash, ciphertext } = sealKey(secrets, key, binding);
  expect(decryptKey([current], ciphertext, binding)).toBe(key);
  expect(hash).toBe(createHmac('sha256', hashSecret.secret).update(key).digest('base64url'));
  expect(hash).toMatch(/^[\w-]{43}$/);
  expect(lookupHashes([hashSecret], key)).toEqual([hash]);
  const [now, before] = lookupHashes([{ id: 'h2', secret: randomBytes(32) }, hashSecret], key);
  expect(before).toBe(hash);
  expect(now).not.toBe(hash);
});

test('KEY-02 key rings are read strictly from settings', () => {
  const base64 = current.secret.toString('base64');
  const ring = readKeyRing(`k2:${base64}, k1:${old.secret.toString('base64url')}`);
  expect(ring?.map(({ id, secret }) => [id, Buffer.from(secret)])).toEqual([
    ['k2', current.secret],
    ['k1', old.secret],
  ]);
  const short = randomBytes(31).toString('base64');
  for (const bad of [
    '',
    base64,
    `k:${short}`,
    `k.1:${base64}`,
    `k:${base64},`,
    `k:${base64},k:${base64}`,
  ]) {
    expect(readKeyRing(bad)).toBeUndefined();
  }
  expect(() => encryptKey([], generateKey(), binding)).toThrow('at least one secret');
});
