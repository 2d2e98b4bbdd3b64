/** Sorts the lines of an import into the partitions of their customers and stores them, in bounded memory (ACO-05). */
import type { Month } from '../platform/calendar.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Turns } from '../platform/turns.ts';
import { contentOf, ratingOrderOf } from './line-identity.ts';
import { linesInAChunk, openPartition } from './partition-writer.ts';
import type { PartitionWriter } from './partition-writer.ts';
import { lineRow, partitionOf } from './rows.ts';
import type { StoredLine } from './rows.ts';
import type { UsageLine } from './usage-line.ts';

/** A line, as it is stored, and how many characters that is. */
export type PackedLine = { line: UsageLine; packed: Record<string, string>; length: number };

export type UsageWriter = {
  /** Takes a line; where that must wait for storage, gives the promise to wait for. */
  add: (line: PackedLine) => Promise<void> | undefined;
  /** Stores what is left, and waits until all is stored. */
  finish: () => Promise<void>;
  /** Drops what is left, and waits for what is being stored. */
  abandon: () => Promise<void>;
  tally: { accepted: number; duplicates: number };
};

/**
 * The most characters of a chunk, which is as much as a hundred lines usually have. It is made into a request at once,
 * and an import holds one for each of 16 partitions and eight more that are being stored.
 */
const charactersInAChunk = 130_000;
const transactionsAtOnce = 8;

type Partition = {
  writer: PartitionWriter;
  lines: Map<string, StoredLine>;
  characters: number;
  /** The characters of its longest line. */
  longest: number;
  /** The chunk being stored: the next one of the partition waits for it. */
  storing: Promise<void>;
};

/** Starts storing. `isNew` says that the month has no usage yet; `turns` are given while chunks are made. */
export function createUsageWriter(
  runtime: Runtime,
  partnerId: string,
  month: Month,
  { isNew, turns }: { isNew: boolean; turns: Turns },
): UsageWriter {
  const tally = { accepted: 0, duplicates: 0 };
  const partitions = new Map<string, Partition>();
  const partitionOfCustomer = new Map<string, Partition>();
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;

  function partitionFor(customerId: string): Partition {
    let partition = partitionOfCustomer.get(customerId);
    if (partition) return partition;
    const name = partitionOf(customerId);
    partition = partitions.get(name) ?? {
      writer: openPartition(runtime, { partnerId, month, partition: name }, isNew),
      lines: new Map(),
      characters: 0,
      longest: 0,
      storing: Promise.resolve(),
    };
    partitions.set(name, partition);
    partitionOfCustomer.set(customerId, partition);
    return partition;
  }

  function add({ line, packed, length }: PackedLine): Promise<void> | undefined {
    const partition = partitionFor(line.CustomerId);
    const rowKey = lineRow(line.CustomerId, ratingOrderOf(line));
    const content = contentOf(line);
    const before = partition.lines.get(rowKey);
    if (before?.content === content) {
      tally.duplicates += 1;
      return undefined;
    }
    // The later of two lines of one identity counts; the earlier was taken all the same.
    if (before) tally.accepted += 1;
    partition.lines.set(rowKey, { content, line: packed });
    partition.characters += length;
    partition.longest = Math.max(partition.longest, length);
    const isFull =
      partition.lines.size >= linesInAChunk || partition.characters >= charactersInAChunk;
    return isFull ? flush(partition) : undefined;
  }

  /** Begins to store a partition's chunk once there is room for it. */
  async function flush(partition: Partition): Promise<void> {
    const { lines, longest } = partition;
    if (lines.size === 0) return;
    partition.lines = new Map();
    partition.characters = 0;
    partition.longest = 0;
    await partition.storing;
    while (running.size >= transactionsAtOnce) await Promise.race(running);
    // A chunk is made into a request at a stretch: not on top of what was done since the last turn.
    await turns.give();
    if (failure) throw failure.error;
    const storing = partition.writer
      .store({ lines, longest })
      .then(({ accepted, duplicates }) => {
        tally.accepted += accepted;
        tally.duplicates += duplicates;
      })
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => running.delete(storing));
    partition.storing = storing;
    running.add(storing);
  }

  async function finish(): Promise<void> {
    for (const partition of partitions.values()) {
      await flush(partition);
      if (turns.isDue()) await turns.give();
    }
    await Promise.all(running);
    if (failure) throw failure.error;
  }

  async function abandon(): Promise<void> {
    await Promise.all(running);
  }

  return { add, finish, abandon, tally };
}
