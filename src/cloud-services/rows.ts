/** A product benefit's row, `benefit|id`. */
import * as z from 'zod';
import { dateSchema, instantSchema } from '../credits/events.ts';
import { editions } from '../credits/terms.ts';
import type { Write } from '../platform/table-store.ts';

export const productRowSchema = z.strictObject({
  category: z.literal('cloud-service'),
  id: z.string(),
  partnerId: z.string(),
  membershipId: z.string(),
  membershipType: z.string(),
  program: z.string(),
  terms: z.enum(editions),
  productId: z.string(),
  productName: z.string(),
  licenses: z.int().positive(),
  /** The key must be redeemed before this date. */
  activateBy: dateSchema,
  /** The end of the rights of use: the membership's. */
  usageRightsUntil: dateSchema,
  provisionedAt: instantSchema,
  revokedAt: instantSchema.optional(),
  version: z.int().positive(),
});
export type ProductBenefit = z.infer<typeof productRowSchema>;

/** The write of a new product benefit. */
export function insertProduct(product: ProductBenefit): Write {
  return {
    op: 'insert',
    rowKey: `benefit|${product.id}`,
    schema: productRowSchema,
    value: product,
  };
}
