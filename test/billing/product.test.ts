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

test.each([
  [{}, 'Azure plan usage of a Microsoft product.'],
  [{ SubscriptionDescription: 'EA' }, 'A legacy offer: "EA" is not Azure plan.'],
  [
    { BenefitType: 'SavingsPlan', BenefitOrderId: 'b-1' },
    'Covered by a savings plan or other benefit (SavingsPlan).',
  ],
  [{ BenefitOrderId: 'b-1' }, 'Covered by a savings plan or other benefit (b-1).'],
  [{ ProductName: 'Reserved VM', ChargeType: 'x' }, 'A reservation: Reserved VM.'],
  [{ ProductName: '', ChargeType: 'Reservation' }, 'A reservation: Reservation.'],
  [{ SkuName: 'D2 reserved' }, 'A reservation: Virtual Machines Dsv5 Series.'],
  [{ PublisherName: 'Fabrikam' }, 'A Marketplace product, published by Fabrikam.'],
  [{ MeterName: 'D2 Spot', SkuName: 'D2' }, 'A Spot virtual machine: D2 Spot.'],
  [{ MeterName: '', SkuName: 'D2 Spot' }, 'A Spot virtual machine: D2 Spot.'],
])('PEC-09 of a product with %o it says what decided: %s', (changes, found) => {
  expect(judgeProductOf(usageLine(changes)).found).toBe(found);
});

test('PEC-09 of a product that the price list decides it says so', () => {
  const found = (changes: Readonly<Record<string, unknown>>, list: PriceList) =>
    judgeProductOf(usageLine(changes), list).found;
  expect(found({}, listing('x', 'ThirdParty'))).toBe(
    'Tagged ThirdParty in the price list of the month.',
  );
  expect(found({ SkuId: '9' }, listing())).toBe(
    'Product DZH318Z0BPS6, SKU 9 is not in the price list of the month.',
  );
});

test.each([
  ['Third Party', neither],
  ['third party', neither],
  ['RESERVATION', neither],
  ['NotThirdParty', both],
  ['ThirdPartyNot', both],
  ['Reservations', both],
])('PEC-04 a product tagged %s in the price list: %o', (tag, expected) => {
  expect(verdict({}, listing(tag))).toEqual(expected);
});

test.each(['Reserved IP v4', 'Unreserved capacity', 'Preservation', 'reservedIP'])(
  'PEC-04 %s is no reservation',
  (ProductName) => {
    expect(verdict({ ProductName })).toEqual(both);
  },
);

test('PEC-04 Spot that is not in the price list is told of as Spot', () => {
  const { found } = judgeProductOf(usageLine({ MeterName: 'Spot', SkuId: '9' }), listing());
  expect(found).toBe('A Spot virtual machine: Spot.');
});
