/** A month's status, and beginning its close (ACO-04). */
import * as z from 'zod';
import type { Instant, Month } from '../platform/calendar.ts';
import { execute } from '../platform/command.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { log } from '../platform/log.ts';
import { RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import { readState, requireBegun, stateOf, stateWrite } from './billing-state.ts';
import { indexClosing } from './closing-index.ts';
import { requirePartner } from './customers-service.ts';
import { refuseClose, statusOfMonth } from './period.ts';
import type { PeriodStatus } from './period.ts';
import { currentEdition } from './price-list-service.ts';
import { partitions, pinnedRow, pinnedSchema } from './rows.ts';
import { storedRow, toMessage } from '../platform/stored.ts';

/** The message by which one partition of a closing month is settled. */
export const billingMessageSchema = storedRow('message: billing', {
  kind: z.literal('billing-partition'),
  partnerId: z.string(),
  month: z.string(),
  partition: z.string(),
});
export type BillingMessage = z.infer<typeof billingMessageSchema>;

export type PeriodView = { month: Month; status: PeriodStatus };

/** @throws RefusalError NotFound, InvalidRequest for a month to come */
export async function getPeriod(
  runtime: Runtime,
  partnerId: string,
  month: Month,
  now: Instant,
): Promise<PeriodView> {
  requireBegun(month, now);
  const [, row] = await Promise.all([
    requirePartner(runtime, partnerId),
    readState(runtime, partnerId),
  ]);
  return { month, status: statusOfMonth(stateOf(row), month) };
}

/**
 * Begins to close a month, or, while it is being closed, sends its work out again, which is harmless. What remains is
 * done by `closePartition`; where its messages cannot be sent, or fail, `resumeClosings` sends them (ACO-04).
 * @throws RefusalError NotFound, InvalidRequest for a month that is not over, EarlierPeriodOpen, ConcurrentChange
 */
export async function closePeriod(
  call: CommandCall,
  partnerId: string,
  month: Month,
): Promise<PeriodView> {
  const { runtime, now } = call;
  const view = await execute<Awaited<ReturnType<typeof load>>, PeriodView>(runtime, {
    partnerId,
    repeatability: call.repeatability,
    load: () => load(runtime, partnerId, month),
    decide({ row, edition }) {
      const state = stateOf(row);
      const status = statusOfMonth(state, month);
      if (status !== 'open') return { result: { month, status }, writes: [] };
      const refusal = refuseClose(state, month, now);
      if (refusal) throw new RefusalError(refusal);
      const currency = state.open.find((each) => each.month === month)?.currency ?? null;
      return {
        result: { month, status: 'closing' as const },
        resourceId: month,
        ahead: [() => indexClosing(runtime, partnerId, month)],
        writes: [
          stateWrite(row, { ...state, closing: month }),
          {
            op: 'put',
            rowKey: pinnedRow(month),
            schema: pinnedSchema,
            value: { currency, priceList: edition ?? null },
            // A month begins to close once.
            proof: 'by',
          },
        ],
      };
    },
    repeat: () => getPeriod(runtime, partnerId, month, now),
  });
  if (view.status === 'closing') {
    try {
      await sendPartitions(runtime, { partnerId, month }, partitions);
    } catch (error) {
      log('warn', 'afterCommitFailed', { error });
    }
  }
  return view;
}

/**
 * Puts partitions of a month that is being closed on the queue.
 * @throws RefusalError ServiceUnavailable when one of them could not be sent; the others are
 */
export async function sendPartitions(
  { queues }: Runtime,
  { partnerId, month }: { partnerId: string; month: Month },
  which: readonly string[],
): Promise<void> {
  const sent = await Promise.allSettled(
    which.map((partition) => {
      const message = { kind: 'billing-partition', partnerId, month, partition } as const;
      return queues.send('settlements', toMessage(billingMessageSchema, message));
    }),
  );
  for (const one of sent) if (one.status === 'rejected') throw one.reason;
}

async function load(runtime: Runtime, partnerId: string, month: Month) {
  const [, row, edition] = await Promise.all([
    requirePartner(runtime, partnerId),
    readState(runtime, partnerId),
    currentEdition(runtime, month),
  ]);
  return { row, edition };
}
