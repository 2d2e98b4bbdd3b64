/** Lists in pages: where to read on is carried in the link, and links come from settings, never from a header. */
import { refuse, RefusalError } from '../refusals.ts';
import type { Row } from '../table-store.ts';
import type { Call } from './endpoint.ts';

/**
 * The key that a continuation token stands for. Asynchronous, so that a token refused among reads that run in parallel
 * leaves none of them without somebody to hear of its failure, which would end the process.
 * @throws RefusalError InvalidRequest when it is not one of ours.
 */
export async function continuationKey(
  token: string | undefined,
  prefix: string,
): Promise<string | undefined> {
  if (token === undefined) return undefined;
  const key = Buffer.from(token, 'base64url').toString('utf8');
  // A token that names a key outside the list would read rows of another kind.
  if (!key.startsWith(prefix) || /[\p{Cc}~]/u.test(key))
    throw new RefusalError(
      refuse('InvalidRequest', 'The continuation token is not valid; see details.', {
        details: [
          {
            code: 'InvalidField',
            target: 'continuationToken',
            message: 'must come from a nextLink',
          },
        ],
      }),
    );
  return key;
}

/** The address of the next page, after the row with this key. */
function nextLink(call: Pick<Call, 'runtime' | 'pathAndQuery'>, lastKey: string): string {
  const url = new URL(call.runtime.config.publicBaseUrl + call.pathAndQuery);
  url.searchParams.set('continuationToken', Buffer.from(lastKey, 'utf8').toString('base64url'));
  return url.toString();
}

/**
 * What one answer of a list may cost. A page of storage is large enough that a filter that fits little needs few of
 * them, and small enough to be worked on between two turns of others.
 */
export const listBounds = { rowsARequest: 250, requests: 10 };

/**
 * Reads a list page by page until it is full, or has cost as much as one answer may: rows that `keep` maps to undefined
 * are left out, so that what a filter leaves out makes a page short only where much is left out.
 *
 * @param read reads the rows after a key, at most `size`
 * @param from the key to read on from, as `continuationKey` gives it
 * @param filtered whether most rows may be left out, so that more than `size` are read at once from the first
 * @returns the items, and the key to read on from when rows are left
 */
export async function fullPage<T, R>(
  read: (after: string | undefined, size: number) => Promise<{ rows: Row<T>[]; more: boolean }>,
  from: Promise<string | undefined>,
  size: number,
  keep: (value: T, row: Row<T>) => R | undefined,
  filtered = false,
): Promise<{ items: R[]; nextKey: string | undefined }> {
  const items: R[] = [];
  let after = await from;
  for (let request = 1; ; request += 1) {
    // Rows that are always left out (erased users) show at the first page: from then on it's as with a filter.
    const wanted = filtered || request > 1 ? listBounds.rowsARequest : size;
    const page = await read(after, Math.min(wanted, listBounds.rowsARequest));
    for (const [index, row] of page.rows.entries()) {
      after = row.rowKey;
      const item = keep(row.value, row);
      if (item !== undefined) items.push(item);
      if (items.length < size) continue;
      const left = page.more || index < page.rows.length - 1;
      return { items, nextKey: left ? after : undefined };
    }
    if (!page.more) return { items, nextKey: undefined };
    if (request === listBounds.requests) return { items, nextKey: after };
  }
}

/** The answer of a list: the items of a page, and the link to the next one. */
export function listAnswer<T>(
  call: Pick<Call, 'runtime' | 'pathAndQuery'>,
  page: { items: T[]; nextKey: string | undefined },
): { status: 200; body: { value: T[]; nextLink?: string } } {
  const { items, nextKey } = page;
  return {
    status: 200,
    body: {
      value: items,
      ...(nextKey === undefined ? {} : { nextLink: nextLink(call, nextKey) }),
    },
  };
}
