import { expect, test } from 'vitest';
import { linkTokenIn } from '../../infra/local/seed.ts';
import { linkAddress, signLink } from '../../src/credits/link-token.ts';
import { newId } from '../../src/platform/ids.ts';

test('CR-08 the seed finds the token of the link in an email, as the app writes it', () => {
  const ring = [{ id: 'l1', secret: Buffer.alloc(32, 7) }];
  const target = { partnerId: newId(), benefitId: newId(), linkId: newId() };
  const token = signLink(ring, target);
  const address = linkAddress({ publicBaseUrl: 'http://127.0.0.1:7071' }, token);
  expect(linkTokenIn(`Open\n${address}\nand redeem.`)).toBe(token);
  expect(linkTokenIn(`${address}.`)).toBe(token);
  expect(linkTokenIn('No link here.')).toBeUndefined();
});
