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
 * Reads a list page by page until it is full: rows that `keep` maps to undefined are left out, so that a filter never
 * makes a short page.
 *
 * @param read reads the rows after a key, at most `size`
 * @param from the key to read on from, as `continuationKey` gives it
 * @returns the items, and the key to read on from when rows are left
 */
export async function fullPage<T, R>(
  read: (after: string | undefined, size: number) => Promise<{ rows: Row<T>[]; more: boolean }>,
  from: Promise<string | undefined>,
  size: number,
  keep: (value: T, row: Row<T>) => R | undefined,
): Promise<{ items: R[]; nextKey: string | undefined }> {
  const items: R[] = [];
  let after = await from;
  for (;;) {
    const page = await read(after, size);
    for (const [index, row] of page.rows.entries()) {
      after = row.rowKey;
      const item = keep(row.value, row);
      if (item !== undefined) items.push(item);
      if (items.length < size) continue;
      const left = page.more || index < page.rows.length - 1;
      return { items, nextKey: left ? after : undefined };
    }
    if (!page.more) return { items, nextKey: undefined };
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
