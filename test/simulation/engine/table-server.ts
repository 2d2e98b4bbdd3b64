/**
 * What Table Storage keeps and decides, in memory: rows by partition in the order of their keys, ETags, and
 * transactions of one partition that happen whole or not at all.
 */
import type { TableName } from '../../../src/platform/storage-names.ts';

/** A row as it lies in storage. Never changed: a write puts another in its place. */
export type Stored = {
  partitionKey: string;
  rowKey: string;
  data: string;
  by: string;
  etag: string;
  /** Milliseconds of the server's clock. */
  timestamp: number;
};

/** One write of a transaction. `etag` is the one that the row must have; without, any row will do. */
export type ServerWrite =
  | { op: 'insert' | 'put'; rowKey: string; data: string; by: string; etag?: never }
  | { op: 'replace'; rowKey: string; data: string; by: string; etag?: string }
  | { op: 'touch'; rowKey: string; etag?: string }
  | { op: 'delete'; rowKey: string; etag?: string };

/** What a write has done to a row. */
export type Change = {
  rowKey: string;
  before: Stored | undefined;
  after: Stored | undefined;
};

type Partition = { rows: Map<string, Stored>; keys: string[] };
type Table = { partitions: Map<string, Partition>; keys: string[] };

export type TableServer = ReturnType<typeof createTableServer>;
export type TableContent = Map<TableName, Map<string, Map<string, Stored>>>;

/** What Table Storage refuses in a key. */
const forbidden = /[/\\#?\u0000-\u001f\u007f-\u009f]/;

/** Makes a server that holds what an earlier one did. `now` is its clock. */
export function createTableServer(now: () => number, content?: TableContent, firstTag = 1) {
  const tables = new Map<TableName, Table>();
  let lastTag = firstTag;
  for (const [name, partitions] of content ?? [])
    for (const [key, rows] of partitions) {
      const partition = partitionOf(name, key);
      for (const row of rows.values()) set(partition, row);
    }

  function tableOf(name: TableName): Table {
    let table = tables.get(name);
    if (!table) tables.set(name, (table = { partitions: new Map(), keys: [] }));
    return table;
  }

  function partitionOf(name: TableName, key: string): Partition {
    const table = tableOf(name);
    let partition = table.partitions.get(key);
    if (!partition) {
      partition = { rows: new Map(), keys: [] };
      table.partitions.set(key, partition);
      insertSorted(table.keys, key);
    }
    return partition;
  }

  function set(partition: Partition, row: Stored): void {
    if (!partition.rows.has(row.rowKey)) insertSorted(partition.keys, row.rowKey);
    partition.rows.set(row.rowKey, row);
  }

  /**
   * Does all writes of a partition or, where one is refused, none. Gives the changes, or undefined when refused.
   * @throws Error for what Table Storage answers 400
   */
  function apply(
    name: TableName,
    partitionKey: string,
    writes: readonly ServerWrite[],
  ): Change[] | undefined {
    if (writes.length === 0) throw new Error('InvalidInput: a transaction of nothing');
    const seen = new Set<string>();
    for (const { rowKey } of writes) {
      if (seen.has(rowKey)) throw new Error(`InvalidDuplicateRow: ${rowKey}`);
      if (forbidden.test(rowKey) || forbidden.test(partitionKey))
        throw new Error(`InvalidInput: a key holds what no key may: ${partitionKey} ${rowKey}`);
      seen.add(rowKey);
    }
    const there = tableOf(name).partitions.get(partitionKey)?.rows;
    if (writes.some((write) => refuses(there?.get(write.rowKey), write))) return undefined;
    const partition = partitionOf(name, partitionKey);
    return writes.map((write): Change => {
      const { rowKey } = write;
      const before = partition.rows.get(rowKey);
      if (write.op === 'delete') {
        partition.rows.delete(rowKey);
        removeSorted(partition.keys, rowKey);
        return { rowKey, before, after: undefined };
      }
      const { data, by } = write.op === 'touch' ? before! : write;
      lastTag += 1;
      const etag = `W/"${lastTag}"`;
      const after: Stored = { partitionKey, rowKey, data, by, etag, timestamp: now() };
      set(partition, after);
      return { rowKey, before, after };
    });
  }

  return {
    apply,

    get(name: TableName, partitionKey: string, rowKey: string): Stored | undefined {
      return tables.get(name)?.partitions.get(partitionKey)?.rows.get(rowKey);
    },

    /** Rows of a partition with keys from one on (or after it), before or up to another; at most `size`. */
    query(
      name: TableName,
      partitionKey: string,
      from: { key: string; included: boolean },
      to: { key: string; included: boolean },
      size: number,
    ): { rows: Stored[]; continued: boolean } {
      const partition = tables.get(name)?.partitions.get(partitionKey);
      if (!partition) return { rows: [], continued: false };
      const rows: Stored[] = [];
      for (let i = firstIndex(partition.keys, from); i < partition.keys.length; i += 1) {
        const key = partition.keys[i]!;
        if (to.included ? key > to.key : key >= to.key) break;
        if (rows.length === size) return { rows, continued: true };
        rows.push(partition.rows.get(key)!);
      }
      return { rows, continued: false };
    },

    /** Rows of partitions with keys from one on and before another, in the order of both keys; at most `size`. */
    queryAcross(
      name: TableName,
      partitions: { from: string; before: string },
      after: { partitionKey: string; rowKey: string } | undefined,
      fits: (row: Stored) => boolean,
      size: number,
    ): { rows: Stored[]; continued: boolean } {
      const table = tables.get(name);
      const rows: Stored[] = [];
      if (!table) return { rows, continued: false };
      const first = { key: after?.partitionKey ?? partitions.from, included: true };
      for (let p = firstIndex(table.keys, first); p < table.keys.length; p += 1) {
        const key = table.keys[p]!;
        if (key >= partitions.before) break;
        const partition = table.partitions.get(key)!;
        const begun = after?.partitionKey === key;
        const from = begun ? { key: after.rowKey, included: false } : { key: '', included: true };
        for (let i = firstIndex(partition.keys, from); i < partition.keys.length; i += 1) {
          const row = partition.rows.get(partition.keys[i]!)!;
          if (!fits(row)) continue;
          if (rows.length === size) return { rows, continued: true };
          rows.push(row);
        }
      }
      return { rows, continued: false };
    },

    /** Every row of a partition, in the order of the keys. */
    rowsOf(name: TableName, partitionKey: string, prefix = ''): Stored[] {
      const partition = tables.get(name)?.partitions.get(partitionKey);
      if (!partition) return [];
      const found: Stored[] = [];
      for (
        let i = firstIndex(partition.keys, { key: prefix, included: true });
        i < partition.keys.length && partition.keys[i]!.startsWith(prefix);
        i += 1
      )
        found.push(partition.rows.get(partition.keys[i]!)!);
      return found;
    },

    /** The keys of a table's partitions that hold something. */
    partitionsOf(name: TableName): string[] {
      const table = tables.get(name);
      return (table?.keys ?? []).filter((key) => table!.partitions.get(key)!.keys.length > 0);
    },

    /** What it holds, for another server to begin with. */
    content(): TableContent {
      return new Map(
        [...tables].map(([name, { partitions }]) => [
          name,
          new Map([...partitions].map(([key, { rows }]) => [key, rows])),
        ]),
      );
    },

    lastTag: () => lastTag,
  };
}

function refuses(there: Stored | undefined, write: ServerWrite): boolean {
  if (write.op === 'put') return false;
  if (write.op === 'insert') return there !== undefined;
  if (!there) return true;
  return write.etag !== undefined && write.etag !== there.etag;
}

/** The index of the first key that is not before the bound. */
function firstIndex(
  keys: readonly string[],
  { key, included }: { key: string; included: boolean },
) {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = keys[middle]!;
    if (included ? found < key : found <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insertSorted(keys: string[], key: string): void {
  keys.splice(firstIndex(keys, { key, included: true }), 0, key);
}

function removeSorted(keys: string[], key: string): void {
  const index = firstIndex(keys, { key, included: true });
  if (keys[index] === key) keys.splice(index, 1);
}
