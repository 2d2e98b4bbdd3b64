/** Writes down what time has done to a credit (CR-15). */
import type { Instant } from '../platform/calendar.ts';
import { newId } from '../platform/ids.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row } from '../platform/table-store.ts';
import { readCredit, replaceCredit } from './rows.ts';
import { settle } from './settle.ts';
import type { CreditState } from './state.ts';

/**
 * Reads a credit whose snapshot and ledger hold all that time has done up to `now`, writing down what was missing.
 * Undefined when there is no such credit. Done twice, or beside a command, it changes nothing more.
 */
export async function settledCredit(
  runtime: Runtime,
  partnerId: string,
  benefitId: string,
  now: Instant,
): Promise<Row<CreditState> | undefined> {
  for (;;) {
    const row = await readCredit(runtime, partnerId, benefitId);
    if (!row) return undefined;
    const settled = settle(row.value, now);
    if (settled.events.length === 0) return row;
    // At most 14 months are granted in a credit's life, so that all of it fits one transaction.
    await runtime.tables.commit('partners', partnerId, replaceCredit(row, settled), newId());
  }
}
