/** The token of the link in an email, and the ring of keys that signs it. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkAddress, readLink, signLink } from '../../src/credits/link-token.ts';
import { newId } from '../../src/platform/ids.ts';
import { readKeyRing, type KeyRing } from '../../src/platform/key-ring.ts';

const ring = (...ids: string[]) =>
  readKeyRing(ids.map((id) => `${id}:${Buffer.alloc(32, id).toString('base64')}`).join(','))!;
const target = { partnerId: newId(), benefitId: newId(), linkId: newId() };
const keys = ring('a');
const token = signLink(keys, target);

/** What reading answers: the target, or the code of the refusal. */
function read(by: KeyRing, text: string): unknown {
  try {
    return readLink(by, text);
  } catch (error) {
    return (error as { refusal: { code: string } }).refusal.code;
  }
}

test('CR-08 replacing the signing key kills no link: the ring still reads what an older key signed', () => {
  const added = ring('a', 'b');
  const promoted = ring('b', 'a');
  expect(signLink(added, target)).toBe(token);
  const fresh = signLink(promoted, target);
  expect(fresh).not.toBe(token);
  for (const both of [added, promoted])
    for (const each of [token, fresh]) expect(readLink(both, each)).toEqual(target);
  expect(readLink(ring('b'), fresh)).toEqual(target);
  expect(read(ring('b'), token)).toBe('NotFound');
});

test('CR-08 a token names its key by a byte: of keys that share it the one that signed is found', () => {
  // Of 300 keys with IDs of their own some share a byte.
  const many: KeyRing = Array.from({ length: 300 }, (_, i) => ({
    id: `key-${i}`,
    secret: Buffer.alloc(32, `secret ${i} `),
  }));
  for (const key of many) expect(readLink(many, signLink([key], target))).toEqual(target);
});

test('WD-02 a link has at most 100 characters after the host', () => {
  const address = new URL(linkAddress({ publicBaseUrl: 'https://benefits.example' }, token));
  expect(address.pathname + address.search).toHaveLength('/redeem/'.length + 88);
  expect(address.pathname.length).toBeLessThanOrEqual(100);
});

test('CR-08 the same assignment has the same token, any other another one', () => {
  const ids = fc.uuid();
  fc.assert(
    fc.property(ids, ids, ids, (partnerId, benefitId, linkId) => {
      const one = { partnerId, benefitId, linkId };
      const signed = signLink(keys, one);
      expect(signLink(keys, { ...one })).toBe(signed);
      expect(readLink(keys, signed)).toEqual(one);
    }),
  );
  for (const name of ['partnerId', 'benefitId', 'linkId'] as const)
    expect(signLink(keys, { ...target, [name]: newId() })).not.toBe(token);
});

test('CR-08 a token with any bit changed is none of ours', () => {
  const bytes = Buffer.from(token, 'base64url');
  expect(bytes).toHaveLength(66);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    expect(read(keys, changed.toString('base64url')), `bit ${bit}`).toBe('NotFound');
  }
});

test('CR-08 a token has one spelling: no padding, no other alphabet, nothing before or after it', () => {
  // A token whose text differs between the two alphabets of base64.
  let other = token;
  for (let i = 0; !/[-_]/.test(other); i += 1)
    other = signLink(keys, { ...target, linkId: newId() });
  expect(read(keys, other)).not.toBe('NotFound');
  const bytes = Buffer.from(other, 'base64url');
  for (const spelling of [
    '',
    'x',
    bytes.toString('base64'),
    `${other}=`,
    `${other}==`,
    ` ${other}`,
    `${other}\n`,
    `${other.slice(0, 40)}\n${other.slice(40)}`,
    `${other}A`,
    other.slice(0, -1),
    other.toUpperCase(),
    bytes.toString('hex'),
    Buffer.concat([bytes, Buffer.from([0])]).toString('base64url'),
    `%${other.charCodeAt(0).toString(16)}${other.slice(1)}`,
    `${other.slice(0, -1)}é`,
  ])
    expect(read(keys, spelling), spelling).toBe('NotFound');
});

test('CR-08 an ID that is no GUID is never put into a token', () => {
  for (const wrong of ['', 'x', newId().toUpperCase(), `${newId()}0`, newId().slice(1)])
    expect(() => signLink(keys, { ...target, linkId: wrong })).toThrow('GUID');
});
