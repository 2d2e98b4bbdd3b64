/**
 * What cloud services keep in a partner's partition.
 *
 * - `benefit|id`: the benefit with its keys, sealed.
 * - `key|keyed hash`: the same, found by the key; one for each key that was issued. All of a benefit's rows are
 *   written in the same transaction, always, so that replacing any one of them with If-Match guards them all, and
 *   whoever enters a key has read everything with one point read.
 * - `partner|subscription|id`: beside the partner's own row, since whoever needs the one needs the other: one query.
 * - `event|benefit|sequence`: the history.
 *
 * Whoever writes a benefit or a subscription gets, with the writes, what they make due: the next notice of its end.
 */
import * as z from 'zod';
import { dateSchema, instantSchema } from '../credits/events.ts';
import { editions } from '../credits/terms.ts';
import { endingNoticeSchema } from '../platform/ending-stages.ts';
import type { Actor } from '../platform/identity.ts';
import { sequencePart } from '../platform/keys.ts';
import { readSome } from '../platform/read-some.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Due } from '../platform/schedule.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { keyEnding, nextNoticeDate, subscriptionEnding } from './ending-notice.ts';
import { evolveBenefit, type CloudEvent } from './events.ts';
import { entriesOf, productEntrySchema, termsSchema } from './history.ts';
import { keyActions } from './state.ts';
import { readStored, stored, storedRow } from '../platform/stored.ts';

const redemptionSchema = z.strictObject({
  at: instantSchema,
  action: z.enum(keyActions),
  subscriptionId: z.string(),
  tenantId: z.string(),
  previous: termsSchema.extend({ latest: z.string() }).nullable(),
  result: termsSchema,
});

const issuedKeySchema = z.strictObject({
  issuedAt: instantSchema,
  sealed: z.strictObject({ hash: z.string(), ciphertext: z.string() }),
  redemption: redemptionSchema.nullable(),
  replacedAt: instantSchema.nullable(),
});

/** The core's `ProductBenefit`, and what storing and showing it needs beside. */
export const productRowSchema = storedRow('product', {
  category: z.literal('cloud-service'),
  partnerId: z.string(),
  terms: z.enum(editions),
  id: z.string(),
  membershipId: z.string(),
  membershipType: z.string(),
  program: z.string(),
  productId: z.string(),
  productName: z.string(),
  licenses: z.int().positive(),
  activateBy: dateSchema,
  usageRightsUntil: dateSchema,
  provisionedAt: instantSchema,
  keys: z.array(issuedKeySchema).max(2),
  revokedAt: instantSchema.nullable(),
  expiryRecorded: z.boolean(),
  lastAt: instantSchema,
  /** The sequence of the last entry of its history. */
  sequence: z.int().positive(),
  toldOfEnd: endingNoticeSchema.optional(),
});
export type ProductRow = z.infer<typeof productRowSchema>;

/** An entry of a product's history as stored. */
const entrySchema = stored('product entry', productEntrySchema);

export const subscriptionSchema = stored(
  'subscription',
  termsSchema.extend({
    id: z.string(),
    productId: z.string(),
    productName: z.string(),
    tenantId: z.string(),
    startDate: dateSchema,
    latest: z.string(),
    deletedAt: instantSchema.nullable(),
    lastAt: instantSchema,
    toldOfEnd: endingNoticeSchema.optional(),
  }),
);
export type SubscriptionRow = z.infer<typeof subscriptionSchema>;

export const productRow = (benefitId: string) => `benefit|${benefitId}`;
export const keyRow = (hash: string) => `key|${hash}`;
export const subscriptionRow = (subscriptionId: string) => `partner|subscription|${subscriptionId}`;
const eventRow = (benefitId: string, sequence: number) =>
  `event|${benefitId}|${sequencePart(sequence)}`;

type Awarded = Omit<
  ProductRow,
  'category' | 'keys' | 'revokedAt' | 'expiryRecorded' | 'lastAt' | 'sequence' | 'toldOfEnd'
>;

/** Rows to commit, and what to index before (`due` of a plan). */
export type CloudWrites = { writes: Write[]; due: Due[] };

/** What a new product benefit takes. */
export function insertProduct(awarded: Awarded, actor: Actor): CloudWrites {
  const { provisionedAt: at, licenses } = awarded;
  const value: ProductRow = {
    ...awarded,
    category: 'cloud-service',
    keys: [],
    revokedAt: null,
    expiryRecorded: false,
    lastAt: at,
    sequence: 1,
  };
  const writes: Write[] = [
    { op: 'insert', rowKey: productRow(value.id), schema: productRowSchema, value },
    ...eventWrites(value.id, [{ type: 'provisioned', at, licenses }], 0, actor),
  ];
  return { writes, due: productDue(undefined, value) };
}

/**
 * The benefit after events, and the writes that bring all its rows there, the row that was read first: with
 * If-Match, it guards the others.
 */
export function replaceProduct(
  read: Row<ProductRow>,
  events: readonly CloudEvent[],
  actor: Actor,
): CloudWrites & { product: ProductRow } {
  const before = read.value;
  const product: ProductRow = {
    ...before,
    ...events.reduce(evolveBenefit, before),
    sequence: before.sequence + events.length,
  };
  const writes = [
    ...productWrites(read, product),
    ...eventWrites(product.id, events, before.sequence, actor),
  ];
  return { product, writes, due: productDue(read, product) };
}

/** The writes of all rows of a benefit; the row that was read, first, is the guard. */
export function productWrites(read: Row<ProductRow>, product: ProductRow): Write[] {
  const known = new Set(read.value.keys.map(({ sealed }) => keyRow(sealed.hash)));
  const rowKeys = [
    productRow(product.id),
    ...product.keys.map(({ sealed }) => keyRow(sealed.hash)),
  ];
  const others = rowKeys.filter((rowKey) => rowKey !== read.rowKey);
  const content = { schema: productRowSchema, value: product };
  return [
    { op: 'replace', rowKey: read.rowKey, etag: read.etag, ...content },
    ...others.map((rowKey): Write => {
      // A new key's row must not be there yet; the rest are as the row that was read says.
      const isNew = rowKey !== productRow(product.id) && !known.has(rowKey);
      return { op: isNew ? 'insert' : 'put', rowKey, ...content };
    }),
  ];
}

/** Nothing where the date is the one that the benefit is in the schedule under already. */
export function productDue(read: Row<ProductRow> | undefined, product: ProductRow): Due[] {
  const { id, partnerId } = product;
  const date = nextNoticeDate(keyEnding(product));
  if (date === undefined || (read && date === nextNoticeDate(keyEnding(read.value)))) return [];
  return [{ date, partnerId, kind: 'benefit', id, basis: read?.etag }];
}

function eventWrites(
  benefitId: string,
  events: readonly CloudEvent[],
  lastSequence: number,
  actor: Actor,
): Write[] {
  return entriesOf(events, lastSequence, actor).map((value) => ({
    op: 'insert',
    rowKey: eventRow(benefitId, value.sequence),
    schema: entrySchema,
    value,
    proof: 'by',
  }));
}

/** What it takes to open a subscription, or to change the one that was read. */
export function writeSubscription(
  partnerId: string,
  read: Row<SubscriptionRow> | undefined,
  value: SubscriptionRow,
): CloudWrites {
  const content = { rowKey: subscriptionRow(value.id), schema: subscriptionSchema, value };
  const date = nextNoticeDate(subscriptionEnding(value));
  const known = read && nextNoticeDate(subscriptionEnding(read.value));
  return {
    writes: [read ? { op: 'replace', etag: read.etag, ...content } : { op: 'insert', ...content }],
    due:
      date === undefined || date === known
        ? []
        : [{ date, partnerId, kind: 'subscription', id: value.id, basis: read?.etag }],
  };
}

const anyBenefit = z.looseObject({ category: z.string() });

/** A benefit's row as a product; undefined when it is another thing. @throws ZodError for one that is broken */
export function asProduct(row: Row<unknown>): Row<ProductRow> | undefined {
  if (anyBenefit.parse(row.value).category !== 'cloud-service') return undefined;
  return { ...row, value: readStored(productRowSchema, row.value) };
}

/** A row as a subscription. @throws ZodError for one that is broken */
export function asSubscription(row: Row<unknown>): Row<SubscriptionRow> {
  return { ...row, value: readStored(subscriptionSchema, row.value) };
}

/** Reads some of a partner's subscriptions by id; those that do not exist are left out. */
export function readSubscriptions(
  runtime: Runtime,
  partnerId: string,
  ids: readonly string[],
): Promise<Map<string, Row<unknown>>> {
  return readSome(runtime, partnerId, subscriptionRow(''), ids);
}
