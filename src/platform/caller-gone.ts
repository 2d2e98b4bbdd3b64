/** Reads for a caller who may go away: nothing more is asked of storage once nobody waits for the answer. */
import type { TableStore } from './table-store.ts';

/** What is thrown in place of a read whose caller has gone. Nobody is there to be told anything else. */
export const callerGone = new Error('The caller has gone.');

/**
 * The tables as a request sees them that only reads: its reads reject with `callerGone` once `gone` tells so. Writes are
 * as ever.
 */
export function untilGone(tables: TableStore, gone: () => boolean): TableStore {
  const unlessGone = <T>(read: () => Promise<T>): Promise<T> =>
    gone() ? Promise.reject(callerGone) : read();
  return {
    ...tables,
    get: (...key) => unlessGone(() => tables.get(...key)),
    page: (...range) => unlessGone(() => tables.page(...range)),
    pageAcross: (...range) => unlessGone(() => tables.pageAcross(...range)),
  };
}
