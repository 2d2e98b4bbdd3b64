/** The records of repeatable requests go once nobody may repeat them any more: a day's at a time. */
import * as z from 'zod';
import { newId } from '../platform/ids.ts';
import { requestPrefix } from '../platform/repeatability.ts';
import type { Runtime } from '../platform/runtime.ts';

const pageSize = 100;

/** Deletes a partner's records of requests first sent on a date. */
export async function forgetRequests(
  runtime: Runtime,
  partnerId: string,
  sentOn: string,
): Promise<void> {
  const prefix = requestPrefix(sentOn);
  for (;;) {
    const { rows, more } = await runtime.tables.page('partners', z.unknown(), partnerId, {
      prefix,
      size: pageSize,
    });
    const deletes = rows.map(({ rowKey }) => ({ op: 'delete' as const, rowKey }));
    if (deletes.length === 0) return;
    // A conflict is another sweep that deletes the same rows: read what is left.
    const outcome = await runtime.tables.commit('partners', partnerId, deletes, newId());
    if (!more && outcome === 'committed') return;
  }
}
