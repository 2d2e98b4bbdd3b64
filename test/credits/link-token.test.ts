/** The token of the link in an email, and the ring of keys that signs it. */
import { expect, test } from 'vitest';
import { readLink, signLink } from '../../src/credits/link-token.ts';
import { newId } from '../../src/platform/ids.ts';
import { readKeyRing } from '../../src/platform/key-ring.ts';

const ring = (...ids: string[]) =>
  readKeyRing(ids.map((id) => `${id}:${Buffer.alloc(32, id).toString('base64')}`).join(','))!;
const target = { partnerId: newId(), benefitId: newId(), assignmentId: newId() };

test('CR-08 replacing the signing key kills no link: the ring still reads what an older key signed', async () => {
  const old = await signLink(ring('a'), target);
  const added = ring('a', 'b');
  const promoted = ring('b', 'a');
  expect(await signLink(added, target)).toBe(old);
  const fresh = await signLink(promoted, target);
  expect(fresh).not.toBe(old);
  for (const keys of [added, promoted])
    for (const token of [old, fresh]) expect(await readLink(keys, token)).toEqual(target);
  expect(await readLink(ring('b'), fresh)).toEqual(target);
  await expect(readLink(ring('b'), old)).rejects.toMatchObject({ refusal: { code: 'NotFound' } });
});
