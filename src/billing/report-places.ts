/** Where a page of a report ends, as text for a continuation token, and back. What does not fit leads to no row at all. */
import type { OfferUse, StoredOffer } from './rows.ts';

/** A row of the daily file: `index` is its number among the rows of its line, `z` of the last one. */
export type RowPlace = { partition: string; key: string; index: string };

/** A line of the reconciliation: `index` is its number among the lines of its subscription and meter. */
export type MeterPlace = { partition: string; customerId: string; meter: string; index: number };

/** A row's place; places compare as rows follow each other. */
export function rowPlace({ partition, key, index }: RowPlace): string {
  return `${partition}|${key}|${index}`;
}

/** Reads what `rowPlace` gave, whether or not offers' uses follow it. */
export function parseRowPlace(text: string): RowPlace {
  const [partition = '', line = '', customerId = '', date = '', identity = '', index = ''] =
    text.split('|');
  return { partition, key: [line, customerId, date, identity].join('|'), index };
}

/** A meter's place. Subscriptions and meters can be named in any characters. */
export function meterPlace({ partition, customerId, meter, index }: MeterPlace): string {
  const name = Buffer.from(meter, 'utf8').toString('base64url');
  return `${partition}|line|${customerId}|${name}|${index}`;
}

/** Reads what `meterPlace` gave. */
export function parseMeterPlace(text: string): MeterPlace {
  const [partition = '', , customerId = '', name = '', index = ''] = text.split('|');
  const meter = Buffer.from(name, 'base64url').toString('utf8');
  return { partition, customerId, meter, index: Number.parseInt(index, 10) };
}

/** A row's place with what its customer's offers have paid; without offers the place alone. */
export function withUses(place: string, uses: readonly OfferUse[]): string {
  if (uses.length === 0) return place;
  const short = (units: number) => (units === 0 ? '' : units.toString(36));
  const texts = uses
    .toSorted(byAgreement)
    .map(({ before, inMonth }) => `${short(before)}.${short(inMonth)}`);
  return `${place}|${texts.join(',')}`;
}

/**
 * What offers had paid by a place; undefined where the place does not say, or not of these offers. It comes back from a
 * caller, who could have changed it and would then see wrong figures of the own, open month.
 */
export function usesAt(place: string, offers: readonly StoredOffer[]): OfferUse[] | undefined {
  const texts = place.split('|')[6]?.split(',');
  if (texts?.length !== offers.length) return undefined;
  const uses = offers.toSorted(byAgreement).map(({ agreementId, amount }, index) => {
    const [before = 0, inMonth = 0] = (texts[index] ?? '').split('.').map(unitsOf);
    return before + inMonth <= amount ? { agreementId, before, inMonth } : undefined;
  });
  const known = uses.filter((use) => use !== undefined);
  return known.length === offers.length ? known : undefined;
}

function unitsOf(text: string): number {
  if (text === '') return 0;
  return /^[0-9a-z]{1,9}$/.test(text) ? Number.parseInt(text, 36) : Infinity;
}

function byAgreement(one: { agreementId: string }, other: { agreementId: string }): number {
  return one.agreementId < other.agreementId ? -1 : 1;
}
