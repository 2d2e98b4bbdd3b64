/** Which products never earn (PEC-04), and which a credit offer does not pay for (ACO-01). */
import type { UsageLine } from './usage-line.ts';

/** What the month's price list says of one product; undefined in its place means that it is not listed. */
export type PriceListEntry = { tags: readonly string[] };
/** Gives a product's entry in the month's price list. Where a month has no price list, there is no such function. */
export type PriceList = (productId: string, skuId: string) => PriceListEntry | undefined;

/** `paidByOffer` is whether a credit offer may pay for it; `found` says in words what decided. */
export type ProductVerdict = { earns: boolean; paidByOffer: boolean; found: string };

const microsoft: ReadonlySet<string> = new Set(['', 'microsoft', 'microsoft corporation']);
const reservation = /\breservations?\b|\breserved\b(?! ip\b)/i;
const spot = /\bspot\b/i;

/**
 * Judges the product of one usage line. What the line itself shows always counts: savings plan, reservation, Spot,
 * another publisher, a plan other than Azure plan. A price list, where the month has one, adds that the product
 * must be listed, tagged neither `ThirdParty` nor `Reservation`. A blank publisher is Microsoft's own.
 */
export function judgeProductOf(line: UsageLine, priceList?: PriceList): ProductVerdict {
  const { PublisherName, SubscriptionDescription, ProductName, SkuName, ChargeType, MeterName } =
    line;
  if (SubscriptionDescription.toLowerCase() !== 'azure plan') {
    return excluded(`A legacy offer: "${SubscriptionDescription}" is not Azure plan.`);
  }
  if (line.BenefitType !== '' || line.BenefitOrderId !== '') {
    return excluded(
      `Covered by a savings plan or other benefit (${line.BenefitType || line.BenefitOrderId}).`,
    );
  }
  if ([ChargeType, ProductName, SkuName].some((text) => reservation.test(text))) {
    return excluded(`A reservation: ${ProductName || ChargeType}.`);
  }
  if (!microsoft.has(PublisherName.toLowerCase())) {
    return excluded(`A Marketplace product, published by ${PublisherName}.`);
  }
  const listed = priceList?.(line.ProductId, line.SkuId);
  const tag = listed?.tags.find((each) => /^(?:third ?party|reservation)$/i.test(each.trim()));
  if (tag !== undefined) return excluded(`Tagged ${tag} in the price list of the month.`);
  if (spot.test(MeterName) || spot.test(SkuName)) {
    return {
      earns: false,
      paidByOffer: true,
      found: `A Spot virtual machine: ${MeterName || SkuName}.`,
    };
  }
  if (priceList !== undefined && listed === undefined) {
    return {
      earns: false,
      paidByOffer: true,
      found: `Product ${line.ProductId}, SKU ${line.SkuId} is not in the price list of the month.`,
    };
  }
  return { earns: true, paidByOffer: true, found: 'Azure plan usage of a Microsoft product.' };
}

function excluded(found: string): ProductVerdict {
  return { earns: false, paidByOffer: false, found };
}
