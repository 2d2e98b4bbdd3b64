/**
 * `node test/bench/billing.ts [rows …]`: importing and rating a month against a floor, which is csv-parse and the same
 * table requests with the bare SDK. Each measurement has a process of its own with little memory, and an Azurite of its
 * own. Prints a table; exits with 1 where a ratio is beyond what docs/performance.md promises.
 */
import { fork } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import { importUsage } from '../../src/billing/import-service.ts';
import { openMonth } from '../../src/billing/month-source.ts';
import { dailyRows } from '../../src/billing/reports.ts';
import { partitionOf, partitions } from '../../src/billing/rows.ts';
import { csvText } from '../../src/billing/csv-file.ts';
import { dailyUsageColumns } from '../../src/billing/data/daily-usage-columns.ts';
import { dailyNumericColumns } from '../../src/billing/daily-file.ts';
import { readConfig } from '../../src/platform/config.ts';
import { createRuntime } from '../../src/platform/runtime.ts';
import type { Runtime } from '../../src/platform/runtime.ts';
import { startTestStorage, takeAccount } from '../support/azurite.ts';
import { testSettings } from '../support/settings.ts';
import { newPartner, now } from '../billing/support/direct.ts';
import { manyRows, usageCsv } from '../billing/support/files.ts';

const month = '2025-09';
const customers = 40;
const heapMegabytes = 96;
const mostRatio = 1.6;
const placeholder = '99999999-9999-4999-8999-999999999999';

type Job = { kind: 'ours' | 'floor'; storage: string; file: string; rows: number };
type Times = { importMs: number; rateMs: number; heapMegabytes: number };

async function ours({ storage, file, rows }: Job): Promise<Times> {
  const runtime = runtimeOn(storage);
  const partnerId = await newPartner(runtime, customers);
  const chunks = withPartner(createReadStream(file), partnerId);
  const importedAt = await timed(async () => {
    const upload = { mediaType: 'text/csv', chunks };
    const { accepted } = await importUsage(runtime, partnerId, month, upload, now);
    if (accepted !== rows) throw new Error(`${accepted} of ${rows} rows were accepted`);
  });
  const ratedAt = await timed(async () => {
    const source = await openMonth(runtime, partnerId, month);
    let lines = 0;
    const batches = (async function* () {
      for await (const batch of dailyRows(source, {})) {
        lines += batch.length;
        yield batch.map(({ row }) => row);
      }
    })();
    let characters = 0;
    for await (const piece of csvText(dailyUsageColumns, dailyNumericColumns, batches))
      characters += piece.length;
    if (characters < rows) throw new Error('The file is too short');
    if (lines !== rows) throw new Error(`${lines} of ${rows} rows were rated`);
  });
  return { importMs: importedAt, rateMs: ratedAt, heapMegabytes: heapUsed() };
}

/** What nobody can do without: reading the file, and the requests. */
async function floor({ storage, file, rows }: Job): Promise<Times> {
  const { TableClient } = await import('@azure/data-tables');
  const table = TableClient.fromConnectionString(storage, 'billing', {
    allowInsecureConnection: true,
  });
  const data = (value: unknown) => JSON.stringify(value);
  const open = new Map<string, { lines: object[]; etag: string; busy: Promise<void> }>();
  const running = new Set<Promise<void>>();

  async function send(partitionKey: string) {
    const partition = open.get(partitionKey)!;
    const lines = partition.lines.splice(0);
    await partition.busy;
    while (running.size >= 8) await Promise.race(running);
    const write = async () => {
      const period = { partitionKey, rowKey: 'period', data: data({ lines: 98 }), by: placeholder };
      const chunk = {
        partitionKey,
        rowKey: `chunk|${crypto.randomUUID()}`,
        data: '{}',
        by: placeholder,
      };
      const answer = await table.submitTransaction([
        partition.etag === ''
          ? ['create', period]
          : ['update', period, 'Replace', { etag: partition.etag }],
        ...lines.map((line) => ['create', line] as ['create', never]),
        ['upsert', chunk, 'Replace'],
      ]);
      partition.etag = answer.subResponses[0]?.etag ?? '';
    };
    const busy = write().finally(() => running.delete(busy));
    partition.busy = busy;
    running.add(busy);
  }

  const importMs = await timed(async () => {
    const parser = createReadStream(file).pipe(parse({ columns: true }));
    let i = 0;
    for await (const cells of parser as AsyncIterable<Record<string, string>>) {
      i += 1;
      const customer = cells['CustomerId'] ?? '';
      const partitionKey = `${placeholder}|${month}|${partitionOf(customer)}`;
      const partition = open.get(partitionKey) ?? {
        lines: [],
        etag: '',
        busy: Promise.resolve(),
      };
      open.set(partitionKey, partition);
      const rowKey = `line|${customer}|${cells['UsageDate'] ?? ''}|${String(i).padStart(32, '0')}`;
      const line = Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell !== ''));
      partition.lines.push({
        partitionKey,
        rowKey,
        data: data({ content: placeholder, line }),
        by: placeholder,
      });
      if (partition.lines.length === 98) await send(partitionKey);
    }
    for (const [key, { lines }] of open) if (lines.length > 0) await send(key);
    await Promise.all(running);
  });
  const rateMs = await timed(async () => {
    let read = 0;
    for (const partition of partitions) {
      const filter = `PartitionKey eq '${placeholder}|${month}|${partition}' and RowKey ge 'line|' and RowKey lt 'line|~'`;
      const pages = table.listEntities<{ data: string }>({ queryOptions: { filter } });
      for await (const page of pages.byPage({ maxPageSize: 1_000 }))
        for (const entity of page) if (JSON.parse(entity.data) !== undefined) read += 1;
    }
    if (read !== rows) throw new Error(`${read} of ${rows} rows were read`);
  });
  return { importMs, rateMs, heapMegabytes: heapUsed() };
}

function runtimeOn(storage: string): Runtime {
  return createRuntime(
    readConfig({
      ...testSettings,
      AzureWebJobsStorage: storage,
    }),
  );
}

/** The file with the partner's id in it; ids are of one length, so that pieces can be patched in place. */
async function* withPartner(chunks: AsyncIterable<Buffer>, partnerId: string) {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(10) + 1;
    rest = bytes.subarray(end);
    yield Buffer.from(bytes.toString('utf8', 0, end).replaceAll(placeholder, partnerId));
  }
  if (rest.length > 0) yield rest;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function heapUsed(): number {
  return Math.round(process.memoryUsage().heapTotal / 1024 / 1024);
}

function measure(job: Job): Promise<Times> {
  return new Promise((resolve, reject) => {
    const execArgv = [`--max-old-space-size=${heapMegabytes}`];
    const child = fork(import.meta.filename, ['--job'], { execArgv });
    child.once('message', (times) => resolve(times as Times));
    child.once('exit', (code) => reject(new Error(`${job.kind} ended with ${code ?? 'a signal'}`)));
    child.send(job);
  });
}

async function main(sizes: readonly number[]): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-billing-'));
  let isGood = true;
  console.log(`heap of each process at most ${heapMegabytes} MB`);
  console.log('rows    import rows/s (ratio)  rating rows/s (ratio)  both (ratio)  heap MB');
  for (const rows of sizes) {
    const file = join(dir, `${rows}.csv`);
    await writeFile(file, usageCsv(manyRows(placeholder, month, rows, customers)));
    const times: Partial<Record<Job['kind'], Times>> = {};
    for (const kind of ['floor', 'ours'] as const) {
      const azurite = await startTestStorage();
      const storage = await takeAccount(azurite.storage);
      times[kind] = await measure({ kind, storage, file, rows }).finally(() => azurite.stop());
    }
    const [mine, bare] = [times.ours!, times.floor!];
    const both = (mine.importMs + mine.rateMs) / (bare.importMs + bare.rateMs);
    const perSecond = (ms: number) => String(Math.round(rows / (ms / 1000))).padStart(7);
    const ratio = (one: number, other: number) => (one / other).toFixed(2);
    console.log(
      `${String(rows).padEnd(8)}${perSecond(mine.importMs)} (${ratio(mine.importMs, bare.importMs)})` +
        `        ${perSecond(mine.rateMs)} (${ratio(mine.rateMs, bare.rateMs)})` +
        `         ${perSecond(mine.importMs + mine.rateMs)} (${both.toFixed(2)})  ${mine.heapMegabytes}`,
    );
    if (mine.importMs / bare.importMs > mostRatio || both > mostRatio) isGood = false;
  }
  await rm(dir, { recursive: true, force: true });
  if (!isGood) process.exitCode = 1;
}

if (process.argv.includes('--job')) {
  process.once('message', (message) => {
    const job = message as Job;
    void (job.kind === 'ours' ? ours(job) : floor(job)).then((times) => {
      process.send?.(times, () => process.exit(0));
    });
  });
} else if (import.meta.main) {
  const asked = process.argv.slice(2).map(Number).filter(Boolean);
  await main(asked.length > 0 ? asked : [10_000, 50_000, 100_000]);
}
