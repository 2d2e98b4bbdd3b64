/** How settlement stands, for operators and for alerts: a fixed number of requests, whatever there is. */
import { daysBetween, dateOf, formatInstant, type Instant } from '../platform/calendar.ts';
import { log } from '../platform/log.ts';
import { recordHealth } from '../platform/metrics.ts';
import type { Runtime } from '../platform/runtime.ts';
import { scheduleSchema } from '../platform/schedule.ts';
import { mailQueueNames, queueNames } from '../platform/storage-names.ts';
import type { SettlementOut } from './contract.ts';
import { duePartitions, lastRuns } from './due-shards.ts';
import { listStuck } from './stuck.ts';

const countedRows = 1_000;
const stuckShown = 100;

/** What is due, overdue and stuck, the last runs, and how the queues stand. @throws RefusalError ServiceUnavailable */
export async function settlementOverview(runtime: Runtime, now: Instant): Promise<SettlementOut> {
  const sum = async (counts: Promise<number>[]) =>
    (await Promise.all(counts)).reduce((all, count) => all + count, 0);
  const [due, { stuck, more: moreStuck }, runs, mailBacklog, poisonMessages] = await Promise.all([
    runtime.tables.pageAcross('schedule', scheduleSchema, duePartitions(now), {
      size: countedRows,
    }),
    listStuck(runtime, stuckShown),
    lastRuns(runtime),
    sum(mailQueueNames.map((queue) => runtime.queues.count(queue))),
    sum(queueNames.map((queue) => runtime.queues.count(queue, true))),
  ]);
  const today = dateOf(now);
  const partitions = due.rows.map(({ partitionKey }) => partitionKey);
  const isToday = (partition: string) => partition.startsWith(today);
  const oldestDue = partitions[0]?.slice(0, today.length);
  return {
    due: tally(partitions.filter(isToday)),
    overdue: tally(partitions.filter((partition) => !isToday(partition))),
    more: due.more,
    ...(oldestDue === undefined ? {} : { oldestDue }),
    stuck: {
      value: stuck.map(({ id, partnerId, kind, entityId, reason, since, attempts }) => ({
        id,
        partnerId,
        ...(kind === 'benefit' ? { benefitId: entityId } : {}),
        reason,
        since: formatInstant(since),
        attempts,
      })),
      more: moreStuck,
    },
    lastRuns: runs.map(({ timer, startedAt, finishedAt, shards }) => ({
      timer,
      startedAt: formatInstant(startedAt),
      ...(finishedAt === undefined ? {} : { finishedAt: formatInstant(finishedAt) }),
      ...(shards === undefined ? {} : { shards }),
    })),
    mailBacklog,
    poisonMessages,
  };
}

function tally(partitions: readonly string[]) {
  return { shards: new Set(partitions).size, rows: partitions.length };
}

/** Logs what alerts go by, as one event of numbers (docs/operations.md), and measures it. @throws RefusalError ServiceUnavailable */
export async function logSettlementHealth(runtime: Runtime): Promise<void> {
  const now = runtime.clock.now();
  const { overdue, due, oldestDue, stuck, mailBacklog, poisonMessages } = await settlementOverview(
    runtime,
    now,
  );
  const backlogAgeDays = oldestDue === undefined ? 0 : daysBetween(oldestDue, dateOf(now));
  const alarming = backlogAgeDays > 1 || stuck.value.length > 0 || poisonMessages > 0;
  const health = {
    dueRows: due.rows,
    overdueRows: overdue.rows,
    backlogAgeDays,
    stuckRows: stuck.value.length,
    mailBacklog,
    poisonMessages,
  };
  recordHealth(health);
  log(alarming ? 'warn' : 'info', 'settlementHealth', health);
}
