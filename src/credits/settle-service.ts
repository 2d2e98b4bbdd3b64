/** Writes down what time has done to a credit (CR-15). */
import type { Instant } from '../platform/calendar.ts';
import { newId } from '../platform/ids.ts';
import type { Runtime } from '../platform/runtime.ts';
import { beforeCommit, writeAhead } from '../platform/schedule.ts';
import type { Row } from '../platform/table-store.ts';
import { readCredit, replaceCredit, type CreditRow } from './rows.ts';
import { settle } from './settle.ts';

/**
 * Reads a credit whose snapshot and ledger hold all that time has done up to `now`, writing down what was missing.
 * Undefined when there is no such credit. Done twice, or beside a command, it changes nothing more.
 */
export async function settledCredit(
  runtime: Runtime,
  partnerId: string,
  benefitId: string,
  now: Instant,
): Promise<Row<CreditRow> | undefined> {
  for (;;) {
    const row = await readCredit(runtime, partnerId, benefitId);
    if (!row) return undefined;
    const settled = settle(row.value, now);
    if (settled.events.length === 0) return row;
    // At most 14 months are granted in a credit's life, so that all of it fits one transaction.
    const { writes, due } = replaceCredit(row, settled);
    await beforeCommit(() => writeAhead(runtime, due));
    await runtime.tables.commit('partners', partnerId, writes, newId());
  }
}
