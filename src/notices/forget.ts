/**
 * The end of notices: each is kept for 90 days after the last word of it (accepted, delivered, bounced, given up or
 * cancelled), then deleted. The schedule holds a row for each partner and day with such words, written before them; the
 * daily sweep meets it 90 days later.
 */
import * as z from 'zod';
import { addDays, dateOf, type DateOnly, type Instant } from '../platform/calendar.ts';
import { newId } from '../platform/ids.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Due } from '../platform/schedule.ts';
import { noticeKey } from './notice.ts';

const keptDays = 90;
const pageSize = 1_000;
const rowsInATransaction = 100;

/** When the notices whose last word comes at `at` can go; to be written ahead of that word. */
export function noticesDue(partnerId: string, at: Instant): Due {
  const saidOn = dateOf(at);
  // The day itself counts to its end.
  return { date: addDays(saidOn, keptDays + 1), partnerId, kind: 'notices', id: saidOn };
}

/** Lenient: whatever else a notice holds, it can go. */
const endSchema = z.object({ lastWordAt: z.string().optional() });

/**
 * Deletes a partner's notices whose last word came on a date or before it, page by page. Broken off, it can be
 * repeated. A notice that is still open has had no last word and stays.
 * @throws RefusalError ServiceUnavailable
 */
export async function forgetNotices(
  runtime: Runtime,
  partnerId: string,
  saidOn: DateOnly,
): Promise<void> {
  const { tables } = runtime;
  const prefix = noticeKey('');
  let after: string | undefined;
  for (;;) {
    const range = { prefix, after, size: pageSize };
    const page = await tables.page('partners', endSchema, partnerId, range);
    const over = page.rows
      .filter(
        ({ value: { lastWordAt } }) => lastWordAt !== undefined && dateOf(lastWordAt) <= saidOn,
      )
      .map(({ rowKey }) => ({ op: 'delete' as const, rowKey }));
    for (let i = 0; i < over.length; i += rowsInATransaction) {
      const some = over.slice(i, i + rowsInATransaction);
      if ((await tables.commit('partners', partnerId, some, newId())) === 'committed') continue;
      // Another sweep of the same day was quicker with some of them.
      for (const one of some) await tables.write('partners', partnerId, one, newId());
    }
    after = page.rows.at(-1)?.rowKey;
    if (!page.more) return;
  }
}
