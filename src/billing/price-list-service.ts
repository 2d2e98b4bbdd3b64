/** Price lists in storage. Every put is an edition of its own, and closed months keep theirs. */
import type { Month } from '../platform/calendar.ts';
import type { Upload } from '../platform/http/upload.ts';
import { newId } from '../platform/ids.ts';
import { refuse, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import { createTurns } from '../platform/turns.ts';
import type { Write } from '../platform/table-store.ts';
import { lostRace } from './billing-state.ts';
import { pause } from '../platform/command.ts';
import { createPriceList, mostProducts, readPriceList } from './price-list.ts';
import type { PriceListBuilder } from './price-list.ts';
import type { PriceList } from './product.ts';
import {
  priceListPartPrefix,
  priceListPartSchema,
  priceListPartition,
  priceListRow,
  priceListSchema,
  priceListTakenRow,
  priceListTakenSchema,
} from './rows.ts';
import { csvRows } from './table-rows.ts';
import type { IncomingRow } from './table-rows.ts';
import type { Reject } from './usage-line.ts';
import { columnName } from './usage-source.ts';

const partCharacters = 26_000;
/** Less than fits into one transaction's 4 MiB, which would hold up the event loop. */
const partsInATransaction = 20;
const shownRejects = 1_000;
/** A list counts as a whole: one of which so much cannot be read would take the credit from what is missing in it. */
const mostRejects = 10_000;
const neededColumns = ['ProductId', 'SkuId', 'Publisher', 'Tags'] as const;

export type PriceListResult = {
  month: Month;
  products: number;
  rejected: Reject[];
  rejectedTotal: number;
};

/**
 * Replaces a month's price list. Nothing of it counts before all of it is stored. Months that are closed keep the
 * edition they were closed with.
 * @throws RefusalError InvalidRequest for wrong columns and beyond 10,000 bad lines, PayloadTooLarge beyond 300,000 products, ConcurrentChange
 */
export async function putPriceList(
  runtime: Runtime,
  month: Month,
  upload: Upload,
): Promise<PriceListResult> {
  const list = createPriceList();
  const rejected: Reject[] = [];
  let rejectedTotal = 0;
  const turns = createTurns();
  for await (const rows of csvRows(upload.chunks, checkColumns)) {
    for (const incoming of rows) {
      const refused = takeProduct(list, incoming);
      if (refused) {
        rejectedTotal += 1;
        if (rejected.length < shownRejects) rejected.push(refused);
        if (rejectedTotal > mostRejects) throw tooManyRejects(refused);
      }
      if (list.products() > mostProducts) throw tooManyProducts();
      if (turns.isDue()) await turns.give();
    }
    if (turns.isDue()) await turns.give();
  }
  const texts: string[] = [];
  for (const text of list.entries(partCharacters)) {
    texts.push(text);
    if (turns.isDue()) await turns.give();
  }
  await store(runtime, month, texts, list.products());
  return { month, products: list.products(), rejected, rejectedTotal };
}

/** Adds a row of the file to the list; gives the reject of a row that cannot be. */
function takeProduct(list: PriceListBuilder, incoming: IncomingRow): Reject | undefined {
  if ('reject' in incoming) return incoming.reject;
  const cell = (column: (typeof neededColumns)[number]) => {
    const text = incoming.row[column];
    return typeof text === 'string' ? text.trim() : '';
  };
  if (cell('ProductId') === '' || cell('SkuId') === '') {
    const message = 'ProductId or SkuId is blank.';
    return { line: incoming.line, code: 'MissingValue', message };
  }
  list.add(cell('ProductId'), cell('SkuId'), cell('Tags'));
  return undefined;
}

/** The edition of a month's price list that counts now; undefined where it has none. */
export async function currentEdition(runtime: Runtime, month: Month): Promise<string | undefined> {
  const partition = priceListPartition(month);
  const row = await runtime.tables.get('billing', priceListSchema, partition, priceListRow);
  return row?.value.edition;
}

/** Reads an edition to look products up in. */
export async function readEdition(
  runtime: Runtime,
  month: Month,
  edition: string,
): Promise<PriceList> {
  const texts: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await runtime.tables.page(
      'billing',
      priceListPartSchema,
      priceListPartition(month),
      {
        prefix: priceListPartPrefix(edition),
        after,
        size: 100,
      },
    );
    texts.push(...page.rows.map(({ value }) => value.entries));
    after = page.rows.at(-1)?.rowKey;
    if (!page.more || after === undefined) return readPriceList(texts);
  }
}

async function store(runtime: Runtime, month: Month, texts: string[], products: number) {
  const { tables } = runtime;
  const partition = priceListPartition(month);
  const edition = newId();
  const writes = texts.map((entries, part): Write => ({
    op: 'put',
    rowKey: priceListPartPrefix(edition) + String(part).padStart(4, '0'),
    schema: priceListPartSchema,
    value: { entries },
  }));
  for (let from = 0; from < writes.length; from += partsInATransaction) {
    const some = writes.slice(from, from + partsInATransaction);
    await tables.commit('billing', partition, some, edition);
  }
  for (let attempt = 1; attempt <= 8; attempt += 1) {
    const row = await tables.get('billing', priceListSchema, partition, priceListRow);
    const version = (row?.value.version ?? 0) + 1;
    const write = {
      rowKey: priceListRow,
      schema: priceListSchema,
      value: { edition, products, version },
    };
    const replace: Write = row
      ? { op: 'replace', etag: row.etag, ...write }
      : { op: 'insert', ...write };
    const taken: Write = {
      op: 'insert',
      rowKey: priceListTakenRow(edition),
      schema: priceListTakenSchema,
      value: {},
    };
    const outcome = await tables.commit('billing', partition, [replace, taken], edition);
    if (outcome === 'committed') return;
    // The answer can have been lost, and another edition have come after this one: it must not be put on top again.
    if (await tables.get('billing', priceListTakenSchema, partition, taken.rowKey)) return;
    await pause(attempt);
  }
  throw lostRace();
}

function checkColumns(header: readonly string[]): string | undefined {
  const names = header.map(columnName);
  const missing = neededColumns.filter((column) => !names.includes(column));
  if (missing.length > 0) return `Missing: ${missing.map((column) => `"${column}"`).join(', ')}.`;
  const twice = neededColumns.find((column) => names.indexOf(column) !== names.lastIndexOf(column));
  return twice === undefined ? undefined : `Given twice: "${twice}".`;
}

function tooManyRejects({ line, message }: Reject): RefusalError {
  return new RefusalError(
    refuse('InvalidRequest', 'The file has too many bad lines to be a price list; see details.', {
      target: 'body',
      details: [
        {
          code: 'TooManyRejects',
          target: 'body',
          message: `more than ${mostRejects} lines are bad, line ${line} for one: ${message}`,
        },
      ],
    }),
  );
}

function tooManyProducts(): RefusalError {
  return new RefusalError(
    refuse('PayloadTooLarge', `A price list has at most ${mostProducts} different products.`),
  );
}
