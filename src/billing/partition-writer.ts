/**
 * Stores the usage lines of one import (ACO-05). Each transaction holds up to 98 lines of one partition, the partition's
 * `period` row, replaced with If-Match so that nothing lands behind a close, and a note of the chunk, by which the same
 * lines sent again are known in one read.
 */
import { createHash } from 'node:crypto';
import type * as z from 'zod';
import type { Month } from '../platform/calendar.ts';
import { newId } from '../platform/ids.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { lostRace, usageTooLate } from './billing-state.ts';
import { pause } from '../platform/command.ts';
import {
  chunkRow,
  chunkSchema,
  customerOfLine,
  lineContentSchema,
  linePrefix,
  linesInAPage,
  lineSchema,
  partitionKey,
  periodRow,
  periodSchema,
} from './rows.ts';
import type { Period, StoredLine } from './rows.ts';

/** Lines by row key, and the characters of the longest one. */
export type Chunk = { lines: ReadonlyMap<string, StoredLine>; longest: number };

/** How many of a chunk's lines are new or changed, and how many were there already. */
export type Stored = { accepted: number; duplicates: number };

export type PartitionWriter = {
  /** Stores a chunk of at most `linesInAChunk` lines. One at a time. */
  store: (chunk: Chunk) => Promise<Stored>;
};

/** A transaction's hundred, less the `period` row and the note of the chunk. */
export const linesInAChunk = 98;

const patienceMilliseconds = 30_000;
const readsAtOnce = 8;
/** From so many lines of a customer's day on, one query is cheaper than reading each. */
const queryFrom = 4;
/** Eight chunks can be compared at once, and their pages come in together. */
const mostCompared = 250;

/** Opens a partition for writing. `isNew` says that the month has no usage yet, as far as is known. */
export function openPartition(
  { tables }: Runtime,
  place: { partnerId: string; month: Month; partition: string },
  isNew: boolean,
): PartitionWriter {
  const key = partitionKey(place.partnerId, place.month, place.partition);
  /** The `period` row as last seen; undefined where there is none, null where nobody has looked. */
  let period: PeriodSeen | undefined | null = isNew ? undefined : null;
  /** Whether the chunk before was there already: the next one then most likely is as well. */
  let wasKnown = false;

  async function store(chunk: Chunk): Promise<Stored> {
    const noteKey = chunkRow(hashOf(chunk));
    const giveUpAt = Date.now() + patienceMilliseconds;
    period ??= period === null ? await readPeriod() : undefined;
    if (wasKnown && isAsStored(await readNote(noteKey)))
      return { accepted: 0, duplicates: chunk.lines.size };
    wasKnown = false;

    // Most chunks are new: they are written without looking first.
    const inserts = [...chunk.lines].map(([rowKey, value]): Write => ({
      op: 'insert',
      rowKey,
      schema: lineSchema,
      value,
    }));
    const { longest } = chunk;
    let { done, by } = await commit(
      inserts,
      { added: chunk.lines.size, changed: 0, longest },
      { noteKey },
    );
    let stored: Stored = { accepted: chunk.lines.size, duplicates: 0 };
    if (done) return stored;

    for (let attempt = 1; Date.now() < giveUpAt; attempt += 1) {
      // The order counts: what is read after the period row is true as long as that row stays.
      period = await readPeriod();
      const note = await readNote(noteKey);
      // The conflict was with ourselves: the SDK repeats a request whose answer was lost.
      if (note?.writers.includes(by)) return stored;
      if (isAsStored(note)) {
        wasKnown = true;
        return { accepted: 0, duplicates: chunk.lines.size };
      }
      const { writes, added, changed } = await compare(chunk);
      ({ done, by } = await commit(writes, { added, changed, longest }, { noteKey, note }));
      stored = { accepted: writes.length, duplicates: chunk.lines.size - writes.length };
      if (done) return stored;
      await pause(attempt);
    }
    throw lostRace();
  }

  /** Commits lines with the period row as last seen and the note of their chunk, which may be there already. */
  async function commit(
    lines: readonly Write[],
    { added, changed, longest }: { added: number; changed: number; longest: number },
    { noteKey, note }: { noteKey: string; note?: Note | undefined },
  ): Promise<{ done: boolean; by: string }> {
    const by = newId();
    const before = period?.value ?? { status: 'open', lines: 0, generation: 0, longest: 0 };
    if (before.status !== 'open') throw usageTooLate(place.month, before.status);
    const value: Period = {
      status: 'open',
      lines: before.lines + added,
      generation: before.generation + (changed > 0 ? 1 : 0),
      longest: Math.max(before.longest, longest),
    };
    const write = { rowKey: periodRow, schema: periodSchema, value };
    const noted: Note = {
      generation: value.generation,
      writers: [...(note?.writers ?? []), by].slice(-10),
    };
    const etag = await tables.commitTagged(
      'billing',
      key,
      [
        period ? { op: 'replace', etag: period.etag, ...write } : { op: 'insert', ...write },
        ...lines,
        { op: 'put', rowKey: noteKey, schema: chunkSchema, value: noted },
      ],
      by,
    );
    if (etag === undefined) return { done: false, by };
    // Some servers tell no ETag within a transaction.
    period = etag === '' ? await readPeriod() : { value, etag };
    return { done: true, by };
  }

  function readPeriod(): Promise<PeriodSeen | undefined> {
    return tables.get('billing', periodSchema, key, periodRow);
  }

  async function readNote(noteKey: string): Promise<Note | undefined> {
    return (await tables.get('billing', chunkSchema, key, noteKey))?.value;
  }

  /** Whether the chunk was stored as it is, and no line of the partition was replaced since. */
  function isAsStored(note: Note | undefined): boolean {
    return note !== undefined && note.generation === period?.value.generation;
  }

  /** What of a chunk must be written, by what is there. */
  async function compare(chunk: Chunk) {
    const there = await readContents([...chunk.lines.keys()]);
    const writes = [...chunk.lines]
      .filter(([rowKey, { content }]) => there.get(rowKey) !== content)
      .map(([rowKey, value]): Write => ({ op: 'put', rowKey, schema: lineSchema, value }));
    const changed = writes.filter(({ rowKey }) => there.has(rowKey)).length;
    return { writes, added: writes.length - changed, changed };
  }

  /** The contents of stored lines: by a query where many stand together, else one by one. */
  async function readContents(rowKeys: readonly string[]): Promise<Map<string, string>> {
    const contents = new Map<string, string>();
    const single: string[] = [];
    const note = (row: Row<z.infer<typeof lineContentSchema>>) =>
      contents.set(row.rowKey, row.value.content);
    for (const day of Map.groupBy(rowKeys.toSorted(), dayOf).values()) {
      const [from = ''] = day;
      if (day.length < queryFrom) {
        single.push(...day);
        continue;
      }
      const page = await tables.page('billing', lineContentSchema, key, {
        prefix: linePrefix(customerOfLine(from)),
        after: from.slice(0, -1),
        upTo: day.at(-1) ?? from,
        size: Math.min(linesInAPage(period?.value), mostCompared),
      });
      page.rows.forEach(note);
      const end = page.rows.at(-1)?.rowKey ?? '';
      if (page.more) single.push(...day.filter((rowKey) => rowKey > end));
    }
    for (let from = 0; from < single.length; from += readsAtOnce) {
      const some = single.slice(from, from + readsAtOnce);
      const rows = await Promise.all(
        some.map((rowKey) => tables.get('billing', lineContentSchema, key, rowKey)),
      );
      for (const row of rows) if (row) note(row);
    }
    return contents;
  }

  return { store };
}

type PeriodSeen = Pick<Row<Period>, 'value' | 'etag'>;
type Note = z.infer<typeof chunkSchema>;

/** `line|customer|date` of a row key. */
function dayOf(rowKey: string): string {
  return rowKey.slice(0, rowKey.lastIndexOf('|'));
}

function hashOf(chunk: Chunk): string {
  const hash = createHash('sha256');
  for (const [rowKey, { content }] of chunk.lines) hash.update(`${rowKey} ${content}\n`);
  return hash.digest('hex').slice(0, 32);
}
