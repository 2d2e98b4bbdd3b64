/** Withdrawing a product benefit whose key nobody has yet. */
import { readPartner } from '../partners/directory.ts';
import { execute } from '../platform/command.ts';
import { checkIfMatch } from '../platform/http/conditions.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { notFound, RefusalError } from '../platform/refusals.ts';
import { productRowSchema } from './rows.ts';

/**
 * Withdraws a product benefit (operators). Withdrawing it again changes nothing.
 * @throws RefusalError NotFound, PreconditionFailed, ConcurrentChange
 */
export async function revokeProduct(
  call: CommandCall,
  partnerId: string,
  benefitId: string,
): Promise<void> {
  const { runtime, now } = call;
  const rowKey = `benefit|${benefitId}`;
  await execute(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: async () => {
      const [, row] = await Promise.all([
        readPartner(runtime, partnerId),
        runtime.tables.get('partners', productRowSchema, partnerId, rowKey),
      ]);
      if (!row) throw new RefusalError(notFound());
      return row;
    },
    decide(row) {
      checkIfMatch(call.ifMatch, row.value.version);
      if (row.value.revokedAt !== undefined) return { result: undefined, writes: [] };
      const value = { ...row.value, revokedAt: now, version: row.value.version + 1 };
      return {
        result: undefined,
        resourceId: benefitId,
        writes: [{ op: 'replace', rowKey, etag: row.etag, schema: productRowSchema, value }],
      };
    },
    repeat: async () => undefined,
  });
}
