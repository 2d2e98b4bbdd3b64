/**
 * How a writer whose answer was lost knows that its transaction has landed, whoever has written since: by a row that
 * only this transaction writes. A snapshot is none, since anybody may overwrite it.
 */
import * as z from 'zod';
import type { Runtime } from './runtime.ts';
import type { Write } from './table-store.ts';
import { storedRow } from './stored.ts';

/** Between a commit and the look for it, nobody else commits so often to one row. */
const marksKept = 16;

const markSchema = storedRow('commit mark', {});

/**
 * The proof of a command none of whose rows stays as it is: a mark beside the row that it replaces, of which the last
 * few are kept. `version` is the one that the row is given.
 */
export function commitMark(rowKey: string, version: number): Write {
  const mark = `commit|${rowKey}|${version % marksKept}`;
  return { op: 'put', rowKey: mark, schema: markSchema, value: {}, proof: 'by' };
}

/** Whether a transaction has a row that proves it. */
export function isProven(writes: readonly Write[]): boolean {
  return proofIn(writes) !== undefined;
}

/**
 * Whether the transaction of these writes, named `by`, has landed in a partner's partition. One point read; false
 * without one where no row of it could tell.
 */
export async function hasLanded(
  { tables }: Runtime,
  partnerId: string,
  writes: readonly Write[],
  by: string,
): Promise<boolean> {
  const found = proofIn(writes);
  if (!found) return false;
  const row = await tables.get('partners', z.unknown(), partnerId, found.rowKey);
  return row !== undefined && (found.proof === 'key' || row.by === by);
}

function proofIn(writes: readonly Write[]) {
  for (const write of writes)
    if ('proof' in write) return { rowKey: write.rowKey, proof: write.proof };
  return undefined;
}
