/**
 * How many emails of assignments a partner may have sent again: 60 in any hour (CR-08). One row in the partner's
 * partition holds the instants of the last hour's; it is replaced in the commit of each resend, so that of two at the same
 * moment one decides again. First emails are not counted and never refused.
 */
import * as z from 'zod';
import { addMilliseconds, type Instant } from '../platform/calendar.ts';
import { refuse, type Refusal } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { instantSchema } from './events.ts';
import { secondsUntil } from './guards.ts';
import { stored } from '../platform/stored.ts';

const mostAnHour = 60;
const hourMilliseconds = 3_600_000;
const rowKey = 'resent-mails';

const resendsSchema = stored(
  'resends',
  z.strictObject({ sentAt: z.array(instantSchema).max(mostAnHour) }),
);

/** What was last read of a partner's resends; undefined when there never was one. */
export type Resends = Row<z.infer<typeof resendsSchema>> | undefined;

/** Reads a partner's resends of the last hour: one point read. */
export function readResends(runtime: Runtime, partnerId: string): Promise<Resends> {
  return runtime.tables.get('partners', resendsSchema, partnerId, rowKey);
}

/** Counts one more resend: the write that goes into its commit, or TooManyRequests with the time to wait. */
export function countResend(
  resends: Resends,
  now: Instant,
): { write: Write } | { refusal: Refusal } {
  const from = addMilliseconds(now, -hourMilliseconds);
  const recent = (resends?.value.sentAt ?? []).filter((at) => at > from);
  const [oldest] = recent;
  if (oldest !== undefined && recent.length >= mostAnHour) {
    const retryAfterSeconds = secondsUntil(addMilliseconds(oldest, hourMilliseconds), now);
    return {
      refusal: refuse(
        'TooManyRequests',
        `Your organization has sent ${mostAnHour} emails again within an hour, the most there can be. Try again later.`,
        { retryAfterSeconds },
      ),
    };
  }
  const content = { rowKey, schema: resendsSchema, value: { sentAt: [...recent, now] } };
  return {
    write: resends
      ? { op: 'replace', ...content, etag: resends.etag }
      : { op: 'insert', ...content },
  };
}
