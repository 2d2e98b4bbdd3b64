import { expect, test } from 'vitest';

import { judgeProductOf } from '../../src/billing/product.ts';
import type { PriceList } from '../../src/billing/product.ts';
import { usageLine } from './examples.ts';

function verdict(changes: Readonly<Record<string, unknown>>, priceList?: PriceList) {
  const { earns, paidByOffer } = judgeProductOf(usageLine(changes), priceList);
  return { earns, paidByOffer };
}
const both = { earns: true, paidByOffer: true };
const neither = { earns: false, paidByOffer: false };
const listing =
  (...tags: string[]): PriceList =>
  (productId, skuId) =>
    productId === 'DZH318Z0BPS6' && skuId === '0001' ? { tags } : undefined;

test.each([
  {},
  { PublisherName: '' },
  { PublisherName: 'microsoft corporation' },
  { SubscriptionDescription: 'AZURE PLAN' },
  { MeterName: 'Hotspot Minutes' },
  { ProductName: 'Reserved IP Addresses' },
])('PEC-04 usage with %o earns', (changes) => {
  expect(verdict(changes)).toEqual(both);
});

test.each([
  { BenefitType: 'SavingsPlan' },
  { BenefitOrderId: 'b-1' },
  { ChargeType: 'Reservation' },
  { ProductName: 'Reserved VM Instance, Standard_D2s_v5' },
  { ProductName: 'Azure Cosmos DB reserved capacity' },
  { PublisherName: 'Fabrikam' },
  { PublisherName: 'Microsoft-like LLC' },
  { SubscriptionDescription: 'Microsoft Azure' },
  { SubscriptionDescription: '' },
])('PEC-04 usage with %o never earns, listed or not, and no offer pays for it', (changes) => {
  expect(verdict(changes)).toEqual(neither);
  expect(verdict(changes, listing())).toEqual(neither);
});

test.each([{ MeterName: 'D2s v5 Spot' }, { SkuName: 'D2s v5 spot' }])(
  'PEC-04 Spot usage (%o) never earns',
  (changes) => {
    expect(verdict(changes)).toEqual({ earns: false, paidByOffer: true });
    expect(verdict(changes, listing())).toEqual({ earns: false, paidByOffer: true });
  },
);

test('PEC-04 with a price list a product earns only if listed and tagged neither ThirdParty nor Reservation', () => {
  expect(verdict({}, listing())).toEqual(both);
  expect(verdict({}, listing('Featured'))).toEqual(both);
  expect(verdict({}, listing('Featured', 'ThirdParty'))).toEqual(neither);
  expect(verdict({}, listing('reservation '))).toEqual(neither);
  expect(verdict({ SkuId: '0002' }, listing())).toEqual({ earns: false, paidByOffer: true });
});
