/** Redemptions that meet others in their midst, at the one moment that matters. */
import { expect, test } from 'vitest';
import { replaceProductKey } from '../../src/cloud-services/key-service.ts';
import { redeemKey } from '../../src/cloud-services/redeem-service.ts';
import { getBenefit } from '../../src/partners/benefits-service.ts';
import { RefusalError } from '../../src/platform/refusals.ts';
import type { Runtime } from '../../src/platform/runtime.ts';
import { testRuntime } from '../support/runtime.ts';
import { callOf, partnerWithKeys } from './direct.ts';

/** The runtime, with `work` done before its first request of a kind is sent. */
function interrupted(
  runtime: Runtime,
  kind: 'page' | 'commit',
  work: () => Promise<unknown>,
): Runtime {
  let first: Promise<unknown> | undefined;
  const before = (sent: typeof kind) => (sent === kind ? (first ??= work()) : undefined);
  const { tables } = runtime;
  return {
    ...runtime,
    tables: {
      ...tables,
      async page(...request) {
        await before('page');
        return tables.page(...request);
      },
      async commit(...request) {
        await before('commit');
        return tables.commit(...request);
      },
    },
  };
}

const codeOf = async (work: Promise<unknown>) => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof RefusalError ? error.refusal.code : error;
};

test('KEY-04 who reads the key before and the subscriptions after another redemption of it is told so', async () => {
  const { runtime } = await testRuntime();
  const { partnerId, keys } = await partnerWithKeys(runtime, 1);
  const input = { productKey: keys[0]!.productKey, action: 'activate' } as const;
  const between = interrupted(runtime, 'page', () => redeemKey(callOf(runtime), partnerId, input));
  expect(await codeOf(redeemKey(callOf(between), partnerId, input))).toBe('KeyAlreadyRedeemed');
});

test('KEY-04 a redemption is not decided again on another subscription than it aimed at', async () => {
  const { runtime } = await testRuntime();
  const { partnerId, keys } = await partnerWithKeys(runtime, 2);
  const [opening, extending] = [keys[0]!, keys[1]!];
  const redeem = (productKey: string, action: 'activate' | 'extend', by = runtime) =>
    redeemKey(callOf(by), partnerId, { productKey, action });
  const { subscription } = await redeem(opening.productKey, 'activate');

  // The subscription is undone and another one opened, just before the extension of the first is committed.
  const between = interrupted(runtime, 'commit', async () => {
    const { benefitId } = opening;
    const { productKey } = await replaceProductKey(
      callOf(runtime),
      partnerId,
      benefitId,
      'wrong-tenant',
    );
    const again = await redeem(productKey, 'activate');
    expect(again.subscription.id).not.toBe(subscription.id);
  });
  expect(await codeOf(redeem(extending.productKey, 'extend', between))).toBe('ConcurrentChange');
  const { body } = await getBenefit(runtime, partnerId, extending.benefitId, runtime.clock.now());
  expect(body).toMatchObject({ keyStatus: 'issued' });
});

test('KEY-08 a redemption that another one overtook is decided again on what that one left', async () => {
  const { runtime } = await testRuntime();
  const { partnerId, keys } = await partnerWithKeys(runtime, 3);
  const redeem = (index: number, action: 'activate' | 'add-licenses', by = runtime) =>
    redeemKey(callOf(by), partnerId, { productKey: keys[index]!.productKey, action });
  await redeem(0, 'activate');
  const between = interrupted(runtime, 'commit', () => redeem(1, 'add-licenses'));
  const { result } = await redeem(2, 'add-licenses', between);
  expect(result.licenses).toBe(30);
});
