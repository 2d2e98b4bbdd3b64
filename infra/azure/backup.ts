/**
 * `npm run backup` and `npm run restore`: all tables to a folder of compressed lines, and back into empty tables. Table
 * Storage has no backup of its own. Queues are not kept: what waits on them is found again by its index rows.
 *
 * The app may go on working. Each partition is as it was at one moment, since what changed meanwhile is read again until
 * two readings agree. `partners` goes first: guards and index rows are written before the commit that they belong to, so
 * every commit in the backup has its own.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { TableClient, TableEntityResult, TransactionAction } from '@azure/data-tables';
import { readConfig, type Config } from '../../src/platform/config.ts';
import { credentialFor } from '../../src/platform/storage-client.ts';
import { tableNames } from '../../src/platform/storage-names.ts';

type Entity = TableEntityResult<Record<string, unknown>>;
type Row = { partitionKey: string; rowKey: string } & Record<string, unknown>;

/** Where tables are, and what their names begin with. */
export type Tables = Pick<Config, 'storage' | 'tablePrefix'>;

export type Manifest = { startedAt: string; finishedAt: string; rows: Record<string, number> };

/** Clocks differ by less: a row no older than this at the start may have been written since. */
const clockSkew = 300_000;
const maximum = { rows: 100, bytes: 3_000_000 };

async function openTable({ storage, tablePrefix }: Tables, table: string): Promise<TableClient> {
  const { TableClient } = await import('@azure/data-tables');
  const name = tablePrefix + table;
  return 'connectionString' in storage
    ? TableClient.fromConnectionString(storage.connectionString, name, {
        allowInsecureConnection: storage.connectionString.includes('http://'),
      })
    : new TableClient(storage.tableEndpoint, name, await credentialFor(storage.clientId));
}

function withoutService({ etag: _etag, timestamp: _timestamp, ...row }: Entity): Row {
  delete (row as Record<string, unknown>)['odata.metadata'];
  return row as Row;
}

/** A partition as it was at one moment: read until two readings agree. */
async function readPartition(client: TableClient, partitionKey: string): Promise<Entity[]> {
  const filter = `PartitionKey eq '${partitionKey.replaceAll("'", "''")}'`;
  let before: string | undefined;
  for (;;) {
    const rows: Entity[] = [];
    for await (const row of client.listEntities({
      queryOptions: { filter },
      disableTypeConversion: true,
    }))
      rows.push(row);
    const now = rows.map(({ rowKey, etag }) => `${rowKey} ${etag}`).join('\n');
    if (now === before) return rows;
    before = now;
  }
}

async function* rowsOf(client: TableClient, startedAt: number): AsyncGenerator<Row> {
  const changing: string[] = [];
  let partition: Entity[] = [];
  const finish = () => {
    const [first] = partition;
    const fresh = partition.some((row) => Date.parse(row.timestamp ?? '') > startedAt - clockSkew);
    const rows = fresh ? [] : partition.map(withoutService);
    if (fresh) changing.push(first!.partitionKey!);
    partition = [];
    return rows;
  };
  for await (const row of client.listEntities({ disableTypeConversion: true })) {
    if (partition.length > 0 && partition[0]?.partitionKey !== row.partitionKey) yield* finish();
    partition.push(row);
  }
  yield* finish();
  for (const key of changing) yield* (await readPartition(client, key)).map(withoutService);
}

/** Writes all tables to a folder, which is made. @throws Error when storage is out of reach: there is no manifest then */
export async function backUp(tables: Tables, folder: string): Promise<Manifest> {
  await mkdir(folder, { recursive: true });
  const startedAt = Date.now();
  const rows: Record<string, number> = {};
  for (const table of tableNames) {
    const client = await openTable(tables, table);
    let count = 0;
    const lines = async function* () {
      for await (const row of rowsOf(client, startedAt)) {
        count += 1;
        yield `${JSON.stringify(row)}\n`;
      }
    };
    const file = createWriteStream(join(folder, `${table}.ndjson.gz`));
    await pipeline(Readable.from(lines()), createGzip(), file);
    rows[table] = count;
  }
  const manifest: Manifest = {
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date().toISOString(),
    rows,
  };
  // Last: a folder with a manifest is a whole backup.
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/**
 * Fills empty tables from a folder. Tables that have rows are refused, all of them, before anything is written.
 * @throws Error for a folder without a manifest, for rows in a table, and when a table's count is not the manifest's
 */
export async function restore(tables: Tables, folder: string): Promise<Manifest> {
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const clients = new Map<string, TableClient>();
  for (const table of Object.keys(manifest.rows)) {
    const client = await openTable(tables, table);
    const first = await client.listEntities().next();
    if (!first.done) throw new Error(`The table ${table} has rows: restore into empty tables only`);
    clients.set(table, client);
  }
  for (const [table, client] of clients) {
    const count = await fill(client, join(folder, `${table}.ndjson.gz`));
    if (count !== manifest.rows[table])
      throw new Error(`${table}: ${count} rows restored of ${manifest.rows[table]}`);
  }
  return manifest;
}

async function fill(client: TableClient, file: string): Promise<number> {
  const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()) });
  let batch: TransactionAction[] = [];
  let partition = '';
  let bytes = 0;
  let count = 0;
  const send = async () => {
    if (batch.length > 0) await client.submitTransaction(batch);
    batch = [];
    bytes = 0;
  };
  for await (const line of lines) {
    const row = JSON.parse(line) as Row;
    const full = batch.length >= maximum.rows || bytes + line.length > maximum.bytes;
    if (full || row.partitionKey !== partition) await send();
    partition = row.partitionKey;
    batch.push(['create', row]);
    bytes += line.length;
    count += 1;
  }
  await send();
  return count;
}

/** The tables that settings name: `AzureWebJobsStorage` or `AzureWebJobsStorage__accountName`, and TABLE_PREFIX. */
export function tablesOf(environment: Record<string, string | undefined>): Tables {
  // What else the app needs is nothing to a backup.
  const key = (id: string) => `${id}:${Buffer.alloc(32, id).toString('base64')}`;
  return readConfig({
    PUBLIC_BASE_URL: 'http://localhost',
    OPERATOR_TENANT_ID: '00000000-0000-4000-8000-000000000000',
    TOKEN_AUDIENCE: '00000000-0000-4000-8000-000000000000',
    TOKEN_ISSUER: 'https://localhost/{tid}',
    TOKEN_JWKS_URI: 'http://localhost',
    LINK_SIGNING_KEYS: key('l'),
    PRODUCT_KEY_ENCRYPTION_KEYS: key('e'),
    PRODUCT_KEY_HASH_KEYS: key('h'),
    MAIL_ENDPOINT: 'http://localhost',
    MAIL_SENDER: 'nobody@example.com',
    ...environment,
  });
}

if (import.meta.main) {
  const [verb, folder] = process.argv.slice(2);
  const work = { backup: backUp, restore }[verb ?? ''];
  if (!work || !folder) throw new Error('npm run backup -- FOLDER, or npm run restore -- FOLDER');
  const { rows } = await work(tablesOf(process.env), folder);
  for (const [table, count] of Object.entries(rows)) process.stdout.write(`${table}: ${count}\n`);
}
