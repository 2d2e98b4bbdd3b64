/** What the checks have in common: they look at what a transaction did, and say what must never be. */
import type { Change } from '../engine/table-server.ts';
import { valueOf, type Applied, type System } from '../world/system.ts';

/** Says that something is wrong: which rule, and what was seen. */
export type Violate = (rule: string, seen: string) => void;

/** Looks at each transaction, right after it happened. */
export type Check = (applied: Applied) => void;

/** Makes a check of a system as it stands. */
export type CheckMaker = (system: System, violate: Violate) => Check;

/** What a change made of a row; undefined where it is gone. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names what the row is
export function after<T>(change: Change): T | undefined {
  return change.after && valueOf<T>(change.after);
}

/** What a row was before a change; undefined where there was none. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names what the row is
export function before<T>(change: Change): T | undefined {
  return change.before && valueOf<T>(change.before);
}

/** The changes of rows of a kind. */
export function ofKind({ changes }: Applied, prefix: string): Change[] {
  return changes.filter(({ rowKey }) => rowKey.startsWith(prefix));
}

/** The rows of a kind in a partner's partition. */
export function rowsOf<T>({ tables }: System, partnerId: string, prefix: string): T[] {
  return tables.rowsOf('partners', partnerId, prefix).map((stored) => valueOf<T>(stored));
}

/** A row's value; undefined where there is none. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names what the row is
export function rowOf<T>(
  { tables }: System,
  table: Parameters<System['tables']['get']>[0],
  partitionKey: string,
  rowKey: string,
): T | undefined {
  const stored = tables.get(table, partitionKey, rowKey);
  return stored && valueOf<T>(stored);
}

/** The first part of an id, which is enough to tell it by. */
export const short = (id: string): string => id.slice(0, 8);
