/** How a file of daily usage is opened: a CSV's header, a JSON line (ACO-05). What a row says is usage-line.ts's. */
import { dailyUsageColumns } from './data/daily-usage-columns.ts';

const columns: ReadonlySet<string> = new Set(dailyUsageColumns);

/**
 * Whether a CSV's header is usable: exactly the 55 columns of the daily file, each once, in any order (a byte
 * order mark and outer spaces don't matter). Gives undefined when it is, else what is wrong with it.
 */
export function checkHeader(header: readonly string[]): string | undefined {
  const given = new Set<string>();
  const unknown: string[] = [];
  const twice: string[] = [];
  for (const name of header.map(columnName)) {
    if (!columns.has(name)) unknown.push(name);
    else if (given.has(name)) twice.push(name);
    given.add(name);
  }
  const missing = dailyUsageColumns.filter((column) => !given.has(column));
  const problems = [
    ...named('Missing', missing),
    ...named('Unknown', unknown),
    ...named('Given twice', twice),
  ];
  return problems.length === 0
    ? undefined
    : `${problems.join(' ')} The file needs the 55 daily columns.`;
}

/** A header cell as a column's name. */
export function columnName(cell: string): string {
  return cell.replace(/^\ufeff/, '').trim();
}

/**
 * Reads one JSON line as a row. Numbers come out as they were written, digit by digit, never through floating
 * point. Gives undefined for what is not a JSON object.
 */
export function parseJsonLine(text: string): Record<string, unknown> | undefined {
  try {
    const row: unknown = JSON.parse(text, keepNumbersAsWritten);
    return typeof row === 'object' && row !== null && !Array.isArray(row)
      ? Object.fromEntries(Object.entries(row))
      : undefined;
  } catch {
    return undefined;
  }
}

function keepNumbersAsWritten(
  this: unknown,
  _key: string,
  value: unknown,
  context?: { source?: string },
): unknown {
  return typeof value === 'number' ? (context?.source ?? String(value)) : value;
}

function named(what: string, columns: readonly string[]): string[] {
  const shown = columns.slice(0, 10).map((column) => `"${column.slice(0, 60)}"`);
  const more = columns.length > 10 ? ` and ${columns.length - 10} more` : '';
  return columns.length === 0 ? [] : [`${what}: ${shown.join(', ')}${more}.`];
}
