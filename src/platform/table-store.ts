/**
 * The one way to Table Storage. A row is `{PartitionKey, RowKey, data, by}`: `data` the value as JSON, checked with
 * zod on the way in and out; `by` the write that made it, so that a writer whose answer was lost knows its own row.
 *
 * Limits that Azurite does not enforce and Azure does are enforced here. The SDK is loaded at the first use.
 */
import type { TableClient, TableTransactionResponse, TransactionAction } from '@azure/data-tables';
import type * as z from 'zod';
import type { Instant } from './calendar.ts';
import type { StorageConfig } from './config.ts';
import type { TableName } from './storage-names.ts';
import { asStorageFault, isMissing, isRefusedWrite } from './storage-faults.ts';
import {
  clientOptions,
  credentialFor,
  requestTimeout,
  type ObserveRequest,
} from './storage-client.ts';
import { readStored, type StoredSchema } from './stored.ts';

export type Row<T> = { value: T; etag: string; partitionKey: string; rowKey: string; by: string };

export type Schema<T> = z.ZodType<T>;

/**
 * One write of a transaction. `replace` needs the ETag that was read; `put` overwrites whatever is there. `proof`: by
 * this row it can be told later that the transaction has landed (proof.ts).
 */
export type Write =
  | { op: 'insert'; rowKey: string; schema: StoredSchema; value: unknown; proof?: Proof }
  | { op: 'put'; rowKey: string; schema: StoredSchema; value: unknown; proof?: Proof }
  | {
      op: 'replace';
      rowKey: string;
      schema: StoredSchema;
      value: unknown;
      etag: string;
      proof?: Proof;
    }
  | { op: 'touch'; rowKey: string; etag: string }
  | { op: 'delete'; rowKey: string; etag?: never };

/** Deletes a row only as it was read. Outside of transactions, where the SDK does not look at the ETag of a delete. */
export type DeleteAsRead = { op: 'delete'; rowKey: string; etag: string };

/**
 * `by`: once written the row stays as it is, so that its `by` names who wrote it. `key`: nobody else ever inserts this
 * key, so that its being there is enough.
 */
export type Proof = 'by' | 'key';

export type Range = {
  /** Every RowKey that begins with this. */
  prefix: string;
  /** Only RowKeys after this one. */
  after?: string | undefined;
  /** No RowKey after this one. */
  upTo?: string | undefined;
  /** At most so many rows. */
  size: number;
};

/** What one request costs and may hold: Azure's limits. */
export const maximum = { writes: 100, propertyCharacters: 32_000 };

export type TableStore = ReturnType<typeof createTableStore>;

/**
 * Opens Table Storage. Every call may throw a `RefusalError` ServiceUnavailable when storage is out of reach; nothing
 * waits longer than 2.5 s. `observe` is told of every request sent (tests count them).
 */
export function createTableStore(storage: StorageConfig, prefix: string, observe?: ObserveRequest) {
  const clients = new Map<TableName, Promise<TableClient>>();

  async function open(table: TableName): Promise<TableClient> {
    const { TableClient } = await import('@azure/data-tables');
    const name = prefix + table;
    const options = clientOptions(observe);
    return 'connectionString' in storage
      ? TableClient.fromConnectionString(storage.connectionString, name, {
          ...options,
          allowInsecureConnection: storage.connectionString.includes('http://'),
        })
      : new TableClient(
          storage.tableEndpoint,
          name,
          await credentialFor(storage.clientId),
          options,
        );
  }

  function client(table: TableName): Promise<TableClient> {
    let opened = clients.get(table);
    if (!opened) clients.set(table, (opened = open(table)));
    return opened;
  }

  async function attempt<T>(table: TableName, work: (c: TableClient) => Promise<T>): Promise<T> {
    try {
      return await work(await client(table));
    } catch (error) {
      throw asStorageFault(error);
    }
  }

  const deadline = () => ({ abortSignal: AbortSignal.timeout(requestTimeout.milliseconds) });

  /** Submits a transaction; undefined when one of its writes was refused. */
  function transact(
    table: TableName,
    partitionKey: string,
    writes: readonly Write[],
    by: string,
  ): Promise<TableTransactionResponse | undefined> {
    if (writes.length > maximum.writes)
      throw new Error(`A transaction holds at most ${maximum.writes} writes: ${writes.length}`);
    return attempt(table, async (tableClient) => {
      try {
        return await tableClient.submitTransaction(
          writes.map((write) => toAction(partitionKey, write, by)),
          deadline(),
        );
      } catch (error) {
        if (isRefusedWrite(error)) return undefined;
        throw error;
      }
    });
  }

  /** Writes one row; undefined when it was refused. A row to delete that is gone is deleted. */
  function writeOne(
    table: TableName,
    partitionKey: string,
    write: Write | DeleteAsRead,
    by: string,
  ): Promise<{ etag: string } | undefined> {
    return attempt(table, async (tableClient) => {
      try {
        const { etag = '' } = await send(tableClient);
        return { etag };
      } catch (error) {
        if (write.op === 'delete' && isMissing(error)) return { etag: '' };
        if (isRefusedWrite(error)) return undefined;
        throw error;
      }
    });

    function send(tableClient: TableClient): Promise<{ etag?: string | undefined }> {
      const etag = 'etag' in write ? write.etag : undefined;
      const options = { ...(etag === undefined ? {} : { etag }), ...deadline() };
      if (write.op === 'delete')
        return tableClient.deleteEntity(partitionKey, write.rowKey, options).then(() => ({}));
      const entity = toEntity(partitionKey, write, by);
      if (write.op === 'insert') return tableClient.createEntity(entity, options);
      if (write.op === 'put') return tableClient.upsertEntity(entity, 'Replace', options);
      return tableClient.updateEntity(entity, write.op === 'touch' ? 'Merge' : 'Replace', options);
    }
  }

  return {
    /** Reads one row by its key; undefined when there is none. */
    get<T>(
      table: TableName,
      schema: Schema<T>,
      partitionKey: string,
      rowKey: string,
    ): Promise<Row<T> | undefined> {
      return attempt(table, async (tableClient) => {
        try {
          return parseRow(schema, await tableClient.getEntity(partitionKey, rowKey, deadline()));
        } catch (error) {
          if (isMissing(error)) return undefined;
          throw error;
        }
      });
    },

    /** Reads the rows of a partition whose keys lie in the range, in key order; `more` says whether others follow. */
    page<T>(
      table: TableName,
      schema: Schema<T>,
      partitionKey: string,
      range: Range,
    ): Promise<{ rows: Row<T>[]; more: boolean }> {
      return attempt(table, async (tableClient) => {
        const { odata } = await import('@azure/data-tables');
        const { prefix, after, upTo } = range;
        const filter = [
          odata`PartitionKey eq ${partitionKey}`,
          after === undefined ? odata`RowKey ge ${prefix}` : odata`RowKey gt ${after}`,
          upTo === undefined ? odata`RowKey lt ${prefix + '~'}` : odata`RowKey le ${upTo}`,
        ].join(' and ');
        const rows: Row<T>[] = [];
        // A page may come back short or empty and still have a continuation: read on until it is full.
        const pages = tableClient
          .listEntities({ queryOptions: { filter }, ...deadline() })
          .byPage({ maxPageSize: Math.min(range.size, 1_000) });
        for await (const page of pages) {
          for (const entity of page) {
            if (rows.length === range.size) return { rows, more: true };
            rows.push(parseRow(schema, entity));
          }
          const more = page.continuationToken !== undefined;
          if (rows.length === range.size || !more) return { rows, more };
        }
        return { rows, more: false };
      });
    },

    /**
     * Reads rows of neighbouring partitions, in the order of their keys; `more` says whether others may follow, to be
     * read with `after` the last one. For housekeeping over small tables: a server may have to look at every row.
     * `writtenBefore` (real time) leaves out rows that were written since.
     */
    pageAcross<T>(
      table: TableName,
      schema: Schema<T>,
      partitions: { from: string; before: string },
      options: { size: number; after?: Row<T> | undefined; writtenBefore?: Instant },
    ): Promise<{ rows: Row<T>[]; more: boolean }> {
      return attempt(table, async (tableClient) => {
        const { odata } = await import('@azure/data-tables');
        const { size, after, writtenBefore } = options;
        const { from, before } = partitions;
        const conditions = [
          after
            ? odata`(PartitionKey gt ${after.partitionKey} or (PartitionKey eq ${after.partitionKey} and RowKey gt ${after.rowKey}))`
            : odata`PartitionKey ge ${from}`,
          odata`PartitionKey lt ${before}`,
          ...(writtenBefore ? [odata`Timestamp lt ${new Date(writtenBefore)}`] : []),
        ];
        const pages = tableClient
          .listEntities({ queryOptions: { filter: conditions.join(' and ') }, ...deadline() })
          .byPage({ maxPageSize: size });
        const rows: Row<T>[] = [];
        // Partitions can lie on different servers: pages come back short, even empty, and go on.
        for await (const page of pages) {
          rows.push(...page.map((entity) => parseRow(schema, entity)));
          if (rows.length >= size) break;
        }
        return { rows, more: rows.length >= size };
      });
    },

    /**
     * Commits writes of one partition, all or nothing. `'committed'`, or `'conflict'` when a row to insert is there
     * already or a row to replace is no longer the one that was read.
     */
    async commit(
      table: TableName,
      partitionKey: string,
      writes: readonly Write[],
      by: string,
    ): Promise<'committed' | 'conflict'> {
      return (await transact(table, partitionKey, writes, by)) ? 'committed' : 'conflict';
    },

    /**
     * Commits as `commit` does, and gives the new ETag of the first write's row, for a writer who goes on with that
     * row; undefined on a conflict.
     */
    async commitTagged(
      table: TableName,
      partitionKey: string,
      writes: readonly Write[],
      by: string,
    ): Promise<string | undefined> {
      const answer = await transact(table, partitionKey, writes, by);
      return answer && (answer.subResponses[0]?.etag ?? '');
    },

    /** Writes one row; `'conflict'` as in `commit`. One request, and cheaper than a transaction of one. */
    async write(
      table: TableName,
      partitionKey: string,
      write: Write | DeleteAsRead,
      by: string,
    ): Promise<'committed' | 'conflict'> {
      return (await writeOne(table, partitionKey, write, by)) ? 'committed' : 'conflict';
    },

    /** Writes one row as `write` does, and gives its new ETag, for a writer who may take it back; undefined on a conflict. */
    async writeTagged(
      table: TableName,
      partitionKey: string,
      write: Exclude<Write, { op: 'delete' }>,
      by: string,
    ): Promise<string | undefined> {
      return (await writeOne(table, partitionKey, write, by))?.etag;
    },

    /** Asks whether the tables answer: one cheap request. @throws as every call. */
    ping(): Promise<void> {
      return attempt('directory', async (tableClient) => {
        try {
          await tableClient.getEntity('ping', 'ping', deadline());
        } catch (error) {
          if (!isMissing(error)) throw error;
        }
      });
    },
  };
}

/** An entity as it comes from storage, checked. @throws ZodError when its value is not of the schema */
export function parseRow<T>(schema: Schema<T>, entity: Record<string, unknown>): Row<T> {
  const { partitionKey, rowKey, etag, data, by } = entity as Record<string, string>;
  return {
    value: readStored(schema, JSON.parse(data ?? 'null')),
    etag: etag ?? '',
    partitionKey: partitionKey ?? '',
    rowKey: rowKey ?? '',
    by: by ?? '',
  };
}

/** The entity that a write stores. @throws ZodError, and Error for a value that no row can hold */
export function toEntity(
  partitionKey: string,
  write: Exclude<Write, { op: 'delete' }>,
  by: string,
) {
  const key = { partitionKey, rowKey: write.rowKey };
  if (write.op === 'touch') return key;
  const data = JSON.stringify(write.schema.parse(write.value));
  if (data.length > maximum.propertyCharacters)
    throw new Error(`A row is too large: ${write.rowKey}, ${data.length} characters`);
  return { ...key, data, by };
}

function toAction(partitionKey: string, write: Write, by: string): TransactionAction {
  if (write.op === 'delete') return ['delete', { partitionKey, rowKey: write.rowKey }];
  const entity = toEntity(partitionKey, write, by);
  if (write.op === 'insert') return ['create', entity];
  if (write.op === 'put') return ['upsert', entity, 'Replace'];
  const mode = write.op === 'touch' ? 'Merge' : 'Replace';
  return ['update', entity, mode, { etag: write.etag }];
}
