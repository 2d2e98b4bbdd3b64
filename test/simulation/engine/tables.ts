/** The product's table store over a server in memory: the same calls, checks and answers as over Table Storage. */
import {
  maximum,
  parseRow,
  toEntity,
  type DeleteAsRead,
  type Range,
  type Row,
  type Schema,
  type TableStore,
  type Write,
} from '../../../src/platform/table-store.ts';
import type { Instant } from '../../../src/platform/calendar.ts';
import type { TableName } from '../../../src/platform/storage-names.ts';
import type { Change, ServerWrite, Stored, TableServer } from './table-server.ts';

/** How a request gets to the server: at once, or when a scheduler says so. */
export type Send = <T>(
  label: string,
  kind: 'read' | 'write' | 'mail',
  perform: () => T,
) => Promise<T>;

/** What the simulation does to requests on their way. */
export type Between = {
  /** Told of everything that a request has done. */
  applied?(table: TableName, partitionKey: string, changes: readonly Change[]): void;
  /** A write as it arrives; undefined when it never does (tests of the simulation switch guards off by it). */
  write?(table: TableName, write: ServerWrite): ServerWrite | undefined;
  /** A row as it is read (likewise). */
  read?(table: TableName, row: Stored): Stored;
  /** How many rows a server gives of those it could give at most: pages can be short, even empty. */
  pageSize?(most: number): number;
};

/** Opens a table store on a server. */
export function createSimulatedTables(
  server: TableServer,
  send: Send,
  between: Between = {},
): TableStore {
  const pageSize = (most: number) => between.pageSize?.(most) ?? most;
  const toRow = <T>(table: TableName, schema: Schema<T>, stored: Stored): Row<T> =>
    parseRow(schema, { ...(between.read?.(table, stored) ?? stored) });

  /** Has the server do writes; what it did, or undefined when it refused. `refused` is told so at that moment. */
  function submit(
    table: TableName,
    partitionKey: string,
    writes: readonly ServerWrite[],
    refused?: () => void,
  ): Promise<Change[] | undefined> {
    const what = writes.map(({ op, rowKey }) => `${op} ${rowKey}`).join(', ');
    return send(`${table} ${partitionKey}: ${what}`, 'write', () => {
      const arriving = between.write
        ? writes.flatMap((write) => between.write?.(table, write) ?? [])
        : writes;
      if (arriving.length === 0 && writes.length > 0) return [];
      const changes = server.apply(table, partitionKey, arriving);
      if (changes) between.applied?.(table, partitionKey, changes);
      else refused?.();
      return changes;
    });
  }

  async function transact(
    table: TableName,
    partitionKey: string,
    writes: readonly Write[],
    by: string,
  ): Promise<Change[] | undefined> {
    if (writes.length > maximum.writes)
      throw new Error(`A transaction holds at most ${maximum.writes} writes: ${writes.length}`);
    return submit(
      table,
      partitionKey,
      writes.map((write) => toServer(partitionKey, write, by)),
    );
  }

  return {
    async get<T>(table: TableName, schema: Schema<T>, partitionKey: string, rowKey: string) {
      const stored = await send(`${table} ${partitionKey}: get ${rowKey}`, 'read', () =>
        server.get(table, partitionKey, rowKey),
      );
      return stored && toRow(table, schema, stored);
    },

    async page<T>(table: TableName, schema: Schema<T>, partitionKey: string, range: Range) {
      const { prefix, upTo, size } = range;
      const to = { key: upTo ?? `${prefix}~`, included: upTo !== undefined };
      const first = { key: range.after ?? prefix, included: range.after === undefined };
      const rows: Row<T>[] = [];
      let from = first;
      for (;;) {
        const most = pageSize(Math.min(size, 1_000));
        const page = await send(`${table} ${partitionKey}: query ${from.key}`, 'read', () =>
          server.query(table, partitionKey, from, to, most),
        );
        for (const stored of page.rows) {
          if (rows.length === size) return { rows, more: true };
          rows.push(toRow(table, schema, stored));
        }
        if (rows.length === size || !page.continued) return { rows, more: page.continued };
        const last = page.rows.at(-1);
        if (last) from = { key: last.rowKey, included: false };
      }
    },

    async pageAcross<T>(
      table: TableName,
      schema: Schema<T>,
      partitions: { from: string; before: string },
      options: { size: number; after?: Row<T> | undefined; writtenBefore?: Instant },
    ) {
      const { size, writtenBefore } = options;
      const before = writtenBefore === undefined ? Infinity : Date.parse(writtenBefore);
      const rows: Row<T>[] = [];
      let after: { partitionKey: string; rowKey: string } | undefined = options.after;
      for (;;) {
        const most = pageSize(size);
        const page = await send(`${table}: query from ${partitions.from}`, 'read', () =>
          server.queryAcross(table, partitions, after, ({ timestamp }) => timestamp < before, most),
        );
        rows.push(...page.rows.map((stored) => toRow(table, schema, stored)));
        if (rows.length >= size || !page.continued) return { rows, more: rows.length >= size };
        after = page.rows.at(-1) ?? after;
      }
    },

    async commit(table, partitionKey, writes, by) {
      return (await transact(table, partitionKey, writes, by)) ? 'committed' : 'conflict';
    },

    async commitTagged(table, partitionKey, writes, by) {
      const changes = await transact(table, partitionKey, writes, by);
      return changes && (changes[0]?.after?.etag ?? '');
    },

    async write(table, partitionKey, write, by) {
      const seen = { gone: false };
      const changes = await submit(table, partitionKey, [toServer(partitionKey, write, by)], () => {
        seen.gone = server.get(table, partitionKey, write.rowKey) === undefined;
      });
      // A delete is refused where the row is another one by now, and where there is none: then it is as it should be.
      return changes || (write.op === 'delete' && seen.gone) ? 'committed' : 'conflict';
    },

    async writeTagged(table, partitionKey, write, by) {
      const changes = await submit(table, partitionKey, [toServer(partitionKey, write, by)]);
      return changes && (changes[0]?.after?.etag ?? '');
    },

    async ping() {
      await send('directory: ping', 'read', () => undefined);
    },
  };
}

function toServer(partitionKey: string, write: Write | DeleteAsRead, by: string): ServerWrite {
  const { op, rowKey } = write;
  if (op === 'delete') return { op, rowKey, ...(write.etag ? { etag: write.etag } : {}) };
  if (op === 'touch') return { op, rowKey, etag: write.etag };
  const { data = '' } = toEntity(partitionKey, write, by) as { data?: string };
  return op === 'replace' ? { op, rowKey, data, by, etag: write.etag } : { op, rowKey, data, by };
}
