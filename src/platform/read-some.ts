import * as z from 'zod';
import type { Runtime } from './runtime.ts';
import type { Row } from './table-store.ts';

/**
 * Reads some rows of a partner that share a prefix, whatever they are, by what follows it; those that do not exist are
 * left out. One request for each of a few, one for all of many.
 */
export async function readSome(
  runtime: Runtime,
  partnerId: string,
  prefix: string,
  ids: readonly string[],
): Promise<Map<string, Row<unknown>>> {
  const byId = (rows: Row<unknown>[]) =>
    new Map(rows.map((row) => [row.rowKey.slice(prefix.length), row]));
  const keys = ids.map((id) => prefix + id).sort();
  const [first, last] = [keys[0], keys.at(-1)];
  if (first === undefined || keys.length < 3) {
    const rows = await Promise.all(
      keys.map((key) => runtime.tables.get('partners', z.unknown(), partnerId, key)),
    );
    return byId(rows.filter((row) => row !== undefined));
  }
  const wanted = new Set(keys);
  const found: Row<unknown>[] = [];
  // The key before the first one: a range begins after what it is given.
  let after = first.slice(0, -1);
  for (;;) {
    const range = { prefix, after, upTo: last, size: 1_000 };
    const page = await runtime.tables.page('partners', z.unknown(), partnerId, range);
    found.push(...page.rows.filter((row) => wanted.has(row.rowKey)));
    after = page.rows.at(-1)?.rowKey ?? after;
    if (!page.more) return byId(found);
  }
}
