/**
 * `npm run scale`: a month of a million partners against the limits of Table and Queue storage and of the mail service,
 * with the app's own shards and partition keys and the measured requests of docs/performance.md.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addDays, nextMonth, startOfMonth } from '../../src/platform/calendar.ts';
import { shards } from '../../src/platform/keys.ts';
import { schedulePartition } from '../../src/platform/schedule.ts';
import {
  app,
  callsOfPartner,
  creditsOfPartners,
  limits,
  mailedCalls,
  month,
  prices,
  seconds,
} from './assumptions.ts';

const hoursOfMonth = month.days * 24;

/** Partners and credits of a due partition. */
type Share = { partners: number; credits: number };

/** What falls due on a date, by the partition of the schedule; of `partners` only `sampled` are really put there. */
export function spread(
  partners: number,
  sampled: number,
  date: string,
  of: (index: number) => number,
): Map<string, Share> {
  const found = new Map<string, Share>();
  const each = partners / sampled;
  for (let i = 0; i < sampled; i += 1) {
    const credits = of(i);
    if (credits === 0) continue;
    // Ids as tenants have them; how they are spread is for the app's own hash to see to.
    const partnerId = `${i.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
    const partition = schedulePartition(date, partnerId);
    const share = found.get(partition) ?? { partners: 0, credits: 0 };
    share.partners += each;
    share.credits += each * credits;
    found.set(partition, share);
  }
  return found;
}

/** How many redeemed credits the i-th partner has. */
export function creditsOf(index: number): number {
  let place = ((index * 7_919) % 10_000) / 10_000;
  for (const { share, credits } of creditsOfPartners) {
    if (place < share) return credits;
    place -= share;
  }
  return 1;
}

export type Sweep = {
  name: string;
  rows: number;
  requests: number;
  instances: number;
  seconds: number;
  /** Entities a second of the busiest partition, and which. */
  hottest: { partition: string; rate: number };
  /** Requests a second, all shards together. */
  accountRate: number;
  /** The least seconds, should Azure count the entities of queries and transactions, not the requests. */
  secondsByEntities: number;
  /** Messages: one a shard, and one for each time that a shard is handed on. */
  messages: number;
  /** Most shards over fewest. */
  imbalance: number;
};

/**
 * Works off due partitions as `settleShard` does: pages of rows, partners by eights, two waits each; the shards of an
 * instance share its one processor. `entitiesOfRow` are all entities that are read and written for a row.
 */
export function sweep(
  name: string,
  due: Map<string, Share>,
  {
    instances,
    entitiesOfRow,
    writesNext,
  }: { instances: number; entitiesOfRow: number; writesNext: boolean },
): Sweep {
  const works = [...due].map(([partition, { partners, credits }]) => {
    const pages = Math.ceil(credits / app.pageRows);
    const turns = pages * Math.ceil(partners / pages / app.partnersAtOnce) || 0;
    const batches = credits / app.rowsInATransaction;
    const waits =
      pages * (seconds.query + (writesNext ? 2 : 1) * seconds.batchOf100) +
      turns * (seconds.read + seconds.commit);
    const cpu = partners * seconds.cpuOfPartner + credits * seconds.cpuOfCredit;
    const requests = pages + partners * 2 + batches * (writesNext ? 2 : 1);
    return { partition, partners, credits, waits, cpu, requests };
  });
  const ofInstance = Array.from({ length: Math.min(instances, works.length) }, (_, i) => {
    const its = works.filter((_work, index) => index % instances === i);
    const busy = its.reduce((sum, { cpu }) => sum + cpu, 0);
    return { its, lasts: Math.max(busy, ...its.map(({ waits, cpu }) => waits + cpu)) };
  });
  const lasts = Math.max(...ofInstance.map((instance) => instance.lasts));
  let hottest = { partition: '', rate: 0 };
  for (const { its, lasts: time } of ofInstance)
    for (const { partition, credits } of its) {
      // Read once and deleted once; what is written ahead goes to another date's partition, as many at the most.
      const rate = (2 * credits) / time;
      if (rate > hottest.rate) hottest = { partition, rate };
    }
  const sum = (of: (work: (typeof works)[number]) => number) =>
    works.reduce((all, work) => all + of(work), 0);
  const entities = sum(({ credits }) => credits * entitiesOfRow);
  const perShard = works.map(({ credits }) => credits);
  return {
    name,
    rows: sum(({ credits }) => credits),
    requests: sum(({ requests }) => requests),
    instances: ofInstance.length,
    seconds: lasts,
    hottest,
    accountRate: sum(({ requests }) => requests) / lasts,
    secondsByEntities: entities / limits.accountOperations,
    messages: works.length * Math.ceil(lasts / app.sweepBudgetSeconds),
    imbalance: Math.max(...perShard) / Math.min(...perShard),
  };
}

/** The sweeps of a month: its end, a day's, and the first of a month, when most terms end. */
export function sweeps(
  partners: number,
  sampled: number,
  instances = shards.length / app.batchSize,
) {
  const first = startOfMonth(nextMonth('2026-11')).slice(0, 10);
  // Index row read and deleted, the next one written; snapshot read and written, two events.
  const options = { instances, entitiesOfRow: 7, writesNext: true };
  const ending = (share: number) => (i: number) => ((i * 104_729) % 1_000_000) / 1_000_000 < share;
  const daily = ((1 - month.endsOnTheFirst) * month.endsAMonth * month.reminderStages) / month.days;
  const onFirst = ending(month.endsOnTheFirst * month.endsAMonth);
  const ordinary = ending(daily);
  return {
    monthEnd: sweep(
      'Month’s end: lapses and grants',
      spread(partners, sampled, first, creditsOf),
      options,
    ),
    daily: sweep(
      'An ordinary day: ends and their reminders',
      spread(partners, sampled, addDays(first, 8), (i) => (ordinary(i) ? creditsOf(i) : 0)),
      options,
    ),
    firstOfMonth: sweep(
      'The first: a quarter of the month’s ends',
      spread(partners, sampled, first, (i) => (onFirst(i) ? creditsOf(i) : 0)),
      options,
    ),
    requests: sweep(
      'A day’s records of repeatable requests',
      spread(partners, sampled, addDays(first, 9), () => month.reportsADay),
      // Index row and record, each read and deleted.
      { instances, entitiesOfRow: 4, writesNext: false },
    ),
  };
}

export type MailMonth = {
  notices: number;
  reminders: number;
  /** Sends an hour that the month's mails need on the average, and that the busiest hour's notices need. */
  neededPerHour: number;
  peakPerHour: number;
  /** Messages that wait, at the end of each day. */
  depth: number[];
  sent: number;
  /** Table and queue requests of messages that came, found no slot and were put back. */
  wokenInVain: number;
};

/** A month of mails, hour by hour, at a quota. Notices go first: reminders have half of the slots at the most. */
export function mails(partners: number, perHour: number): MailMonth {
  const owed = mailedCalls.reduce((sum, name) => sum + (callsOfPartner[name] ?? 0), 0);
  const notices = partners * owed;
  const reminders = partners * month.endsAMonth * month.reminderStages * month.reminderRecipients;
  const peak = (notices * month.workingShare) / month.workingHours;
  const quiet = (notices * (1 - month.workingShare)) / (hoursOfMonth - month.workingHours);
  const waiting = { notices: 0, reminders: 0 };
  const depth: number[] = [];
  let sent = 0;
  let wokenInVain = 0;
  for (let hour = 0; hour < hoursOfMonth; hour += 1) {
    const day = Math.floor(hour / 24);
    const clock = hour % 24;
    const working = day % 7 < 5 && day < 30 && clock >= 8 && clock < 17;
    waiting.notices += working ? peak : quiet;
    if (clock === 0) waiting.reminders += reminders / month.days;
    const ofReminders = Math.min(waiting.reminders, perHour / 2);
    const ofNotices = Math.min(waiting.notices, perHour - ofReminders);
    waiting.reminders -= ofReminders;
    waiting.notices -= ofNotices;
    sent += ofReminders + ofNotices;
    wokenInVain += waiting.notices + waiting.reminders;
    if (clock === 23) depth.push(waiting.notices + waiting.reminders);
  }
  const neededPerHour = (notices + reminders) / hoursOfMonth;
  return { notices, reminders, neededPerHour, peakPerHour: peak, depth, sent, wokenInVain };
}

/** How many waiting mails the app bears, and what gives way then. */
export const backlogLimits = {
  /** All that wait for the next hour read the counters' one partition within the spread. */
  pacing: (limits.partitionEntities * app.hourSpreadSeconds) / app.countersRead,
  /** `redeliverNotices` looks at each in the time that a function has. */
  redeliver: Math.floor(
    limits.functionSeconds /
      (seconds.query / app.redeliverPage + seconds.read / app.redeliverAtOnce),
  ),
};

/** Requests and waits of docs/performance.md. */
export function measured(): Map<string, number> {
  const file = join(import.meta.dirname, '../../docs/performance.md');
  const rows = readFileSync(file, 'utf8').matchAll(/^\| (.+?) +\| +(\d+) +\| +(\d+) +\|$/gm);
  return new Map([...rows].map(([, name = '', requests]) => [name, Number(requests)]));
}

/** What people and usage reporters ask of tables. @throws Error for a call that was never measured */
export function callLoad(partners: number) {
  const known = measured();
  let requests = 0;
  for (const [name, times] of Object.entries(callsOfPartner)) {
    const each = known.get(name);
    if (each === undefined) throw new Error(`docs/performance.md says nothing of "${name}"`);
    requests += times * each * partners;
  }
  const reports = partners * month.reportsADay * month.reportRequests;
  return {
    requests: requests + reports * month.days,
    peakRate:
      (requests * month.workingShare) / (month.workingHours * 3_600) +
      reports / (month.reportHours * 3_600),
  };
}

/** Dollars of a month, of what the model counts (all else: docs/operations.md). */
export function costs(partners: number, all: ReturnType<typeof sweeps>, mail: MailMonth) {
  const { monthEnd, daily, firstOfMonth, requests } = all;
  const swept =
    monthEnd.requests + firstOfMonth.requests + month.days * (daily.requests + requests.requests);
  const instanceSeconds = [monthEnd, firstOfMonth].reduce(
    (sum, s) => sum + s.seconds * s.instances,
    0,
  );
  const dailySeconds = [daily, requests].reduce((sum, s) => sum + s.seconds * s.instances, 0);
  const table =
    callLoad(partners).requests +
    swept +
    mail.sent * app.requestsOfMail +
    mail.wokenInVain * app.requestsOfWaking;
  const queue = (mail.sent + mail.wokenInVain) * 3;
  return {
    tables: (table / 1e4) * prices.tenThousandTableRequests,
    queues: (queue / 1e4) * prices.tenThousandQueueRequests,
    mail: mail.sent * prices.mail,
    sweeps:
      (instanceSeconds + month.days * dailySeconds) *
      prices.instanceGigabytes *
      prices.gigabyteSecond,
  };
}
