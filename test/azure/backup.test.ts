/** A backup holds every row, each partition as it was at one moment, and comes back as it was. */
import { mkdtemp, readFile, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { backUp, restore, tablesOf, type Tables } from '../../infra/azure/backup.ts';
import { takeAccount } from '../support/azurite.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function account() {
  const connectionString = await takeAccount(inject('storage'));
  const tables = tablesOf({ AzureWebJobsStorage: connectionString });
  const client = (table: string) =>
    TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection: true });
  return { tables, client };
}

async function all(client: TableClient) {
  const rows: Record<string, unknown>[] = [];
  for await (const { etag: _etag, timestamp: _timestamp, ...row } of client.listEntities({
    disableTypeConversion: true,
  })) {
    delete (row as Record<string, unknown>)['odata.metadata'];
    rows.push(row);
  }
  return rows;
}

test('rows of all types, in many and in large partitions, come back as they were', async () => {
  const from = await account();
  const partners = from.client('partners');
  for (const partitionKey of ["o'brien", 'zürich', 'z'])
    await partners.createEntity({
      partitionKey,
      rowKey: 'benefit|1',
      data: '{"name":"Ångström 漢字","lines":"a\\nb"}',
      by: partitionKey,
      whole: 7,
      large: 9_007_199_254_740_993n,
      part: 0.1,
      truth: true,
      when: new Date('2026-12-01T00:00:00Z'),
    });
  for (let start = 0; start < 250; start += 50)
    await partners.submitTransaction(
      Array.from({ length: 50 }, (_, index) => [
        'create',
        { partitionKey: 'large', rowKey: `row|${start + index}`, data: 'x'.repeat(30_000) },
      ]),
    );
  await from.client('claims').createEntity({ partitionKey: 'a', rowKey: 'b', data: '1' });

  const to = join(folder, 'types');
  const manifest = await backUp(from.tables, to);
  expect(manifest.rows).toMatchObject({ partners: 253, claims: 1, outbox: 0 });

  const into = await account();
  expect((await restore(into.tables, to)).rows).toEqual(manifest.rows);
  for (const table of Object.keys(manifest.rows))
    expect(await all(into.client(table))).toEqual(await all(from.client(table)));

  await expect(restore(into.tables, to)).rejects.toThrow('The table partners has rows');
}, 60_000);

test('a partition that changes during the backup is as it was at one moment', async () => {
  const { tables, client } = await account();
  const partners = client('partners');
  // Pages are of a thousand rows: the partition's two rows come in different ones.
  for (let start = 0; start < 999; start += 100)
    await partners.submitTransaction(
      Array.from({ length: Math.min(100, 999 - start) }, (_, index) => [
        'create',
        { partitionKey: 'o', rowKey: `row|${start + index}` },
      ]),
    );
  // Every write changes both.
  const write = (value: number) =>
    partners.submitTransaction(
      ['a', 'z'].map((rowKey) => [
        'upsert',
        { partitionKey: 'p', rowKey, data: String(value) },
        'Replace',
      ]),
    );
  await write(0);
  let going = true;
  const writing = (async () => {
    for (let value = 1; going; value += 1) {
      await write(value);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const to = join(folder, 'changing');
  await backUp(tables, to);
  going = false;
  await writing;
  const into = await account();
  await restore(into.tables, to);
  const rows = (await all(into.client('partners'))).filter(
    ({ partitionKey }) => partitionKey === 'p',
  );
  expect(rows).toHaveLength(2);
  expect(rows[0]?.['data']).toEqual(rows[1]?.['data']);
}, 60_000);

test('half a backup is none', async () => {
  const { tables, client } = await account();
  await client('directory').createEntity({ partitionKey: 'a', rowKey: 'b' });
  const to = join(folder, 'half');
  await backUp(tables, to);
  await unlink(join(to, 'manifest.json'));
  const into = await account();
  await expect(restore(into.tables, to)).rejects.toThrow('manifest.json');
  expect(await all(into.client('directory'))).toEqual([]);
});

test('storage out of reach leaves no manifest', async () => {
  const nowhere: Tables = tablesOf({
    AzureWebJobsStorage:
      'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=bm9uZQ==;TableEndpoint=http://127.0.0.1:1/a;QueueEndpoint=http://127.0.0.1:1/a;',
  });
  const to = join(folder, 'nowhere');
  await expect(backUp(nowhere, to)).rejects.toThrow();
  await expect(readFile(join(to, 'manifest.json'))).rejects.toThrow('ENOENT');
}, 60_000);

test('an account is named as the app names it, by identity too', () => {
  expect(tablesOf({ AzureWebJobsStorage__accountName: 'stx' }).storage).toMatchObject({
    tableEndpoint: 'https://stx.table.core.windows.net',
  });
});
