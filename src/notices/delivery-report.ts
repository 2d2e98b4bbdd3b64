/** What `recordDelivery` does with the mail service's reports, one for each recipient of a mail (CR-08). */
import * as z from 'zod';
import { log } from '../platform/log.ts';
import type { Runtime } from '../platform/runtime.ts';
import { advance } from './advance.ts';
import { partnerOfOperation } from './operations.ts';
import type { NoticeSubjects } from './subject.ts';

/** Only what is used is read: the rest of a report holds addresses and texts. */
const reportSchema = z.object({
  eventType: z.literal('Microsoft.Communication.EmailDeliveryReportReceived'),
  data: z.object({ messageId: z.guid().toLowerCase(), status: z.string().max(64) }),
});

/** `Expanded`: the address was a list, and the mail went on to its members. */
const delivered = new Set(['Delivered', 'Expanded']);
const undelivered = new Set(['Bounced', 'Suppressed', 'Quarantined', 'FilteredSpam', 'Failed']);

/**
 * Records an Event Grid event. Reports may come twice, in any order, before the send was recorded as accepted, and of
 * mails that are not ours (ignored). An event that cannot be read is logged and ignored: sent again it is no better.
 * @throws RefusalError when storage is out of reach: Event Grid then sends the event again.
 */
export async function recordDelivery(
  runtime: Runtime,
  event: unknown,
  subjects: NoticeSubjects,
): Promise<'recorded' | 'ignored'> {
  const report = reportSchema.safeParse(event);
  if (!report.success) {
    const paths = report.error.issues.map(({ path }) => path.join('.'));
    log('warn', 'deliveryReportUnreadable', { paths });
    return 'ignored';
  }
  const { messageId: noticeId, status } = report.data.data;
  const known = delivered.has(status) || undelivered.has(status);
  const partnerId = known ? await partnerOfOperation(runtime, noticeId) : undefined;
  if (!partnerId) {
    log('info', 'deliveryReportIgnored', { noticeId, status });
    return 'ignored';
  }
  const change = delivered.has(status)
    ? ({ status: 'delivered' } as const)
    : ({ status: 'bounced', detail: status } as const);
  const outcome = await advance(runtime, { partnerId, noticeId }, subjects, change);
  return outcome === 'advanced' ? 'recorded' : 'ignored';
}
