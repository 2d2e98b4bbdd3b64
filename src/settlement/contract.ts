/** Shapes of the operators' view of settlement. */
import * as z from 'zod';
import { date, guid, instantOut } from '../platform/http/schemas.ts';

const tally = z.strictObject({
  shards: z.int(),
  rows: z.int(),
});

export const settlementOut = z
  .strictObject({
    due: tally.meta({ description: 'What falls due today and has not been worked off.' }),
    overdue: tally.meta({ description: 'What is left of days before.' }),
    more: z.boolean().meta({ description: 'Only the oldest thousand rows were counted.' }),
    oldestDue: date.optional(),
    stuck: z.strictObject({
      value: z.array(
        z.strictObject({
          id: guid,
          partnerId: z.string(),
          benefitId: z.string().optional(),
          reason: z.string().meta({ description: 'The name or code of the error.' }),
          since: instantOut,
          attempts: z.int(),
        }),
      ),
      more: z.boolean(),
    }),
    lastRuns: z.array(
      z.strictObject({
        timer: z.string(),
        startedAt: instantOut,
        finishedAt: instantOut.optional(),
        shards: z.int().optional(),
      }),
    ),
    mailBacklog: z.int().meta({ description: 'Messages on the queues of notices and reminders.' }),
    poisonMessages: z.int().meta({ description: 'Messages that the host gave up, of all queues.' }),
  })
  .meta({ id: 'Settlement' });

export type SettlementOut = z.input<typeof settlementOut>;
