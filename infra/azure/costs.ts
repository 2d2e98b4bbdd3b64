/**
 * `npm run azure:costs`: what a month costs for 100, 10,000 and a million partners. Requests to storage are the measured
 * ones of docs/performance.md; what partners do in a month, and the prices, are assumptions that stand here to be changed.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** US dollars, list prices of East US, pay as you go; from memory of November 2026, to be checked with Azure's calculator. */
const prices = {
  gigabyteSecond: 0.000026,
  /** Of an instance that is always ready, whether it has work or not. */
  readyGigabyteSecond: 0.000004,
  millionExecutions: 0.4,
  freeGigabyteSeconds: 100_000,
  freeExecutions: 250_000,
  tenThousandTableRequests: 0.00036,
  tableGigabyte: 0.0563,
  tenThousandQueueRequests: 0.004,
  mail: 0.00025,
  mailMegabyte: 0.00012,
  logGigabyte: 2.3,
  freeLogGigabytes: 5,
  /** infra/azure/modules/alerts.bicep: log alerts every 5 (2), 15 (6) and 60 minutes (4), and one by a metric. */
  alerts: 2 * 1.5 + 6 * 0.5 + 4 * 0.5 + 0.1,
  millionEvents: 0.6,
  freeEvents: 100_000,
};

/** What a partner's people and systems do in a month. Names are the rows of docs/performance.md. */
const requestsOfPartner: Record<string, number> = {
  'List 50 benefits': 20,
  'Get one benefit': 10,
  'List users': 4,
  'List eligible users': 2,
  'Assign a credit': 0.2,
  'Assign to a new user': 0.3,
  'Reassign a credit': 0.1,
  'Send the mail again': 0.1,
  'Take a credit away': 0.1,
  'See a redemption (link)': 1,
  'Redeem a credit': 0.4,
  'Add a user': 0.5,
  'Register a partner': 0.01,
  'Start a membership': 0.01,
  'Renew a membership (one monthly credit held)': 0.08,
};

/** Work that nobody waits for, and its requests to storage. */
const unattended = {
  /** One a day, of up to 80 records: one read, one transaction. Calls over HTTP all the same. */
  usageReports: { times: 30, table: 2 },
  /** Two credits settle a month (lapse and grant together): index row, read, transaction, each shared by a partner's. */
  settled: { times: 2, table: 4 },
  /** A mail: twelve requests to tables (docs/decisions/0006), and its way over the queue: put, get, delete. */
  mails: { times: 1.2, table: 12, queue: 3 },
};

const shape = {
  /** GB of an instance, and how many HTTP requests it works on at once. */
  instanceGigabytes: 2,
  concurrency: 100,
  /** Milliseconds of a wait for storage, and of all else of a request. */
  wait: 5,
  ownWork: 10,
  /** Seconds of a month in which nine tenths of the requests come: 22 days of 9 hours. */
  busySeconds: 22 * 9 * 3_600,
  /** Bytes that a partner holds after a year, all tables; bytes of logs a call, after sampling of traces. */
  storedBytes: 60_000,
  logBytes: 2_500,
  mailMegabytes: 0.03,
  pollsOfQueues: 4 * 2 * 60 * 24 * 30,
  timers: 12 * 24 * 30,
};

const secondsOfMonth = 30 * 86_400;
const root = resolve(import.meta.dirname, '../..');

/** What scales together: all HTTP functions, and every other function alone. */
export function scaleGroups(): number {
  return 1 + globSync('functions/{events,queues,timers}/*.ts', { cwd: root }).length;
}

/** What `zoneRedundant` adds a month, in US dollars: Azure keeps two instances of every scale group ready. */
export function zoneRedundancyCost(groups = scaleGroups()): number {
  return 2 * groups * shape.instanceGigabytes * secondsOfMonth * prices.readyGigabyteSecond;
}

type Measured = Map<string, { requests: number; waits: number }>;

/** Reads the table of docs/performance.md. */
export function readMeasured(markdown: string): Measured {
  const rows = markdown.matchAll(/^\| ([^|\s]+(?: [^|\s]+)*) +\| +(\d+) +\| +(\d+) +\|$/gm);
  return new Map(
    [...rows].map(([, name, requests, waits]) => [
      name!,
      { requests: Number(requests), waits: Number(waits) },
    ]),
  );
}

export type Costs = Record<
  'functions' | 'tables' | 'tableSpace' | 'queues' | 'mail' | 'logs' | 'fixed' | 'total',
  number
> & { calls: number; tableRequests: number; mails: number };

/** The month's costs in US dollars. @throws Error when an operation is not among the measured ones */
export function costsOf(partners: number, measured: Measured): Costs {
  let calls = 0;
  let tableRequests = 0;
  let seconds = 0;
  for (const [name, times] of Object.entries(requestsOfPartner)) {
    const row = measured.get(name);
    if (!row) throw new Error(`docs/performance.md says nothing of "${name}"`);
    calls += times;
    tableRequests += times * row.requests;
    seconds += (times * (row.waits * shape.wait + shape.ownWork)) / 1_000;
  }
  const { usageReports, settled, mails } = unattended;
  calls += usageReports.times;
  tableRequests += usageReports.times * usageReports.table;
  seconds += (usageReports.times * (usageReports.table * shape.wait + shape.ownWork)) / 1_000;
  tableRequests += settled.times * settled.table + mails.times * mails.table;

  const all = (ofPartner: number) => ofPartner * partners;
  const executions = all(calls + mails.times) + shape.timers;
  // HTTP: paid for while at least one request is under way, a second at the least; beyond that as many instances as the
  // requests fill. The rest: mails take turns, a sweep's work adds up.
  const active = [
    { share: 0.9, during: shape.busySeconds },
    { share: 0.1, during: secondsOfMonth - shape.busySeconds },
  ].map(({ share, during }) => {
    const rate = (all(calls) * share) / during;
    const filled = (rate * (seconds / calls)) / shape.concurrency;
    return during * Math.max(1 - Math.exp(-rate), filled);
  });
  const mailSeconds = Math.min(all(mails.times), secondsOfMonth);
  const sweepSeconds = all(settled.times) * settled.table * (shape.wait / 1_000);
  const gigabyteSeconds =
    shape.instanceGigabytes *
    (active.reduce((sum, part) => sum + part, 0) + mailSeconds + sweepSeconds + shape.timers);

  const above = (amount: number, free: number) => Math.max(0, amount - free);
  const part = {
    functions:
      above(gigabyteSeconds, prices.freeGigabyteSeconds) * prices.gigabyteSecond +
      (above(executions, prices.freeExecutions) / 1e6) * prices.millionExecutions,
    tables: (all(tableRequests) / 1e4) * prices.tenThousandTableRequests,
    tableSpace: (all(shape.storedBytes) / 1e9) * prices.tableGigabyte,
    queues:
      ((all(mails.times * mails.queue) + shape.pollsOfQueues) / 1e4) *
      prices.tenThousandQueueRequests,
    mail:
      all(mails.times) * (prices.mail + shape.mailMegabytes * prices.mailMegabyte) +
      (above(all(mails.times), prices.freeEvents) / 1e6) * prices.millionEvents,
    logs: above((executions * shape.logBytes) / 1e9, prices.freeLogGigabytes) * prices.logGigabyte,
    fixed: prices.alerts,
  };
  const total = Object.values(part).reduce((sum, cost) => sum + cost, 0);
  return {
    ...part,
    total,
    calls: all(calls),
    tableRequests: all(tableRequests),
    mails: all(mails.times),
  };
}

/** The table of docs/operations.md. */
export function costTable(measured: Measured): string {
  const sizes = [100, 10_000, 1_000_000];
  const costs = sizes.map((partners) => costsOf(partners, measured));
  const count = (value: number) => Math.round(value).toLocaleString('en-US');
  const money = (value: number) => (value > 0 && value < 0.01 ? '< 0.01' : value.toFixed(2));
  const line = (name: string, cells: string[]) => [name, ...cells];
  const of = (key: keyof Costs, show: (value: number) => string) =>
    costs.map((each) => show(each[key]));
  const rows = [
    line(
      'a month',
      sizes.map((partners) => `${count(partners)} partners`),
    ),
    line('HTTP calls', of('calls', count)),
    line('requests to tables', of('tableRequests', count)),
    line('mails', of('mails', count)),
    line('Functions, $', of('functions', money)),
    line('table requests, $', of('tables', money)),
    line('table space, $', of('tableSpace', money)),
    line('queues, $', of('queues', money)),
    line('mail, with its reports, $', of('mail', money)),
    line('logs, $', of('logs', money)),
    line('alerts, $', of('fixed', money)),
    line(
      '**all, $**',
      of('total', (value) => `**${money(value)}**`),
    ),
    line(
      'more with zone redundancy, $',
      sizes.map(() => money(zoneRedundancyCost())),
    ),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const written = rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
    return `| ${cells.join(' | ')} |`;
  });
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  written.splice(1, 0, `| ${rule.join(' | ')} |`);
  return `${written.join('\n')}\n`;
}

/** The table as the repository's own measurements give it. */
export function currentCostTable(): string {
  return costTable(readMeasured(readFileSync(join(root, 'docs/performance.md'), 'utf8')));
}

/** Puts the table in its place in docs/operations.md. @throws Error when the place is gone */
export function withCostTable(markdown: string, table: string): string {
  const place = /(<!-- costs: [^>]*-->\n).*?(<!-- \/costs -->)/s;
  if (!place.test(markdown)) throw new Error('docs/operations.md has no place for the costs');
  return markdown.replace(place, (_, before: string, after: string) => {
    return `${before}\n${table}\n${after}`;
  });
}

if (import.meta.main) {
  const table = currentCostTable();
  process.stdout.write(table);
  if (process.argv.includes('--write')) {
    const file = join(root, 'docs/operations.md');
    writeFileSync(file, withCostTable(readFileSync(file, 'utf8'), table));
  }
}
