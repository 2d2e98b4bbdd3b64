/**
 * The sweep of 1,000, 3,000 and 10,000 due credits, each partner with one, against the bare SDK doing the same
 * transactions: how requests and time grow.
 */
import { TableClient, type TransactionAction } from '@azure/data-tables';
import { createStorage, startAzurite } from '../../infra/local/azurite.ts';
import { readConfig } from '../../src/platform/config.ts';
import { newId } from '../../src/platform/ids.ts';
import { inParallel } from '../../src/platform/parallel.ts';
import { createRuntime, type Runtime } from '../../src/platform/runtime.ts';
import { scheduleSchema } from '../../src/platform/schedule.ts';
import { duePartitions } from '../../src/settlement/due-shards.ts';
import { settleShard } from '../../src/settlement/settle-shard.ts';
import { seed } from '../settlement/seed.ts';
import { testSettings } from '../support/settings.ts';

export const sweepSizes = [1_000, 3_000, 10_000] as const;

/** `seconds` of the sweep and of the floor; `requests` of the sweep. */
export type SweepRun = { credits: number; requests: number; seconds: number; floor: number };

/** The exponent with which a figure grows over the sizes: the slope of a line through the logarithms. */
export function growth(runs: readonly SweepRun[], figure: (run: SweepRun) => number): number {
  const points = runs.map((run) => [Math.log(run.credits), Math.log(figure(run))] as const);
  const mean = (index: 0 | 1) =>
    points.reduce((sum, point) => sum + point[index], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const above = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return above / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

/** Measures all sizes, each on a storage of its own. */
export async function measureSweeps(): Promise<SweepRun[]> {
  const runs: SweepRun[] = [];
  for (const credits of sweepSizes) runs.push(await measureSweep(credits));
  return runs;
}

async function measureSweep(credits: number): Promise<SweepRun> {
  const azurite = await startAzurite({ ports: { blob: 0, queue: 0, table: 0 } });
  try {
    await createStorage(azurite.connectionString, '');
    let requests = 0;
    let now = '2026-11-22T10:00:00.000Z';
    const config = readConfig({
      ...testSettings,
      AzureWebJobsStorage: azurite.connectionString,
    });
    const runtime: Runtime = {
      ...createRuntime(config, () => (requests += 1)),
      clock: { now: () => now },
    };
    const partners = await seed(runtime, now, credits, 1, 64);
    now = '2026-12-01T00:05:00.000Z';
    const partitions = await partitionsDue(runtime, now);
    requests = 0;
    const startedAt = performance.now();
    for (const partition of partitions) await settleShard(runtime, { partition });
    const seconds = (performance.now() - startedAt) / 1_000;
    const floor = await floorSeconds(azurite.connectionString, partners);
    return { credits, requests, seconds, floor };
  } finally {
    await azurite.stop();
  }
}

async function partitionsDue(runtime: Runtime, now: string): Promise<string[]> {
  const { rows } = await runtime.tables.pageAcross('schedule', scheduleSchema, duePartitions(now), {
    size: 100_000,
  });
  return [...new Set(rows.map(({ partitionKey }) => partitionKey))];
}

/**
 * A point read of each snapshot and a transaction that replaces it and adds two entries, eight at a time; the index
 * rows of the next date, a hundred a transaction, and their deletion. Nothing is decided or checked.
 */
async function floorSeconds(
  connectionString: string,
  partners: readonly string[],
): Promise<number> {
  const table = (name: string) =>
    TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection: true });
  const [benefits, schedule] = [table('partners'), table('schedule')];
  const keys = new Map<string, { rowKey: string; events: { data: string }[] }>();
  const rows = benefits.listEntities<{ data: string }>();
  for await (const { partitionKey = '', rowKey = '', data } of rows) {
    const known = keys.get(partitionKey) ?? { rowKey: '', events: [] };
    if (rowKey.startsWith('benefit|')) known.rowKey = rowKey;
    else known.events.push({ data });
    keys.set(partitionKey, known);
  }
  const shards = Array.from({ length: 64 }, (_, shard) =>
    partners.filter((_partner, index) => index % 64 === shard),
  );
  const startedAt = performance.now();
  for (const [shard, its] of shards.entries()) {
    const index = its.map((partnerId) => ({
      partitionKey: `floor|${shard}`,
      rowKey: `${partnerId}|benefit|${newId()}|${newId()}`,
      data: JSON.stringify({ writtenAt: new Date().toISOString(), basis: newId() }),
      by: newId(),
    }));
    const hundreds = Array.from({ length: Math.ceil(index.length / 100) }, (_, i) =>
      index.slice(i * 100, (i + 1) * 100),
    );
    for (const some of hundreds)
      await schedule.submitTransaction(
        some.map((entity): TransactionAction => ['upsert', entity, 'Replace']),
      );
    await inParallel(its, 8, async (partitionKey) => {
      const { rowKey, events } = keys.get(partitionKey)!;
      const { etag, data } = await benefits.getEntity<{ data: string }>(partitionKey, rowKey);
      await benefits.submitTransaction([
        ['update', { partitionKey, rowKey, data, by: newId() }, 'Replace', { etag }],
        ...events
          .slice(0, 2)
          .map((event): TransactionAction => [
            'create',
            { partitionKey, rowKey: `floor|${newId()}`, data: event.data, by: newId() },
          ]),
      ]);
    });
    for (const some of hundreds)
      await schedule.submitTransaction(
        some.map(({ partitionKey, rowKey }): TransactionAction => [
          'delete',
          { partitionKey, rowKey },
        ]),
      );
  }
  return (performance.now() - startedAt) / 1_000;
}

/** Says how it went; the number of targets missed. */
export async function benchSweep(write: (line: string) => void): Promise<number> {
  const { info } = console;
  console.info = () => undefined;
  const runs = await measureSweeps();
  console.info = info;
  for (const { credits, requests, seconds, floor } of runs)
    write(
      `${String(credits).padStart(6)} due  ${(requests / credits).toFixed(2)} requests a credit  ` +
        `${Math.round(credits / seconds)}/s  floor ${Math.round(credits / floor)}/s  ratio ${(seconds / floor).toFixed(2)}`,
    );
  const requests = growth(runs, (run) => run.requests);
  const time = growth(runs, (run) => run.seconds);
  const floor = growth(runs, (run) => run.floor);
  const met = requests <= 1.02;
  write(
    `growth exponent: requests ${requests.toFixed(3)} (target 1.02, ${met ? 'met' : 'MISSED'}), ` +
      `time ${time.toFixed(3)}, floor's ${floor.toFixed(3)}`,
  );
  return met ? 0 : 1;
}

if (import.meta.main)
  process.exitCode = await benchSweep((line) => process.stdout.write(`${line}\n`));
