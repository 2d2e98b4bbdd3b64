/**
 * Keeps text from becoming a formula when a file is opened in a spreadsheet. Text from outside is taken as it
 * is on the way in and made harmless on the way out.
 */

// What spreadsheets skip before a formula: spaces of any kind, control characters, marks of no width. The signs
// come in their full-width forms too, which some editions read alike.
const formula = /^(?:[\t\r\n]|[\s\u0000-\u001f\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠])/u;

/** The text, led by an apostrophe when a spreadsheet could take it for a formula. Doing it twice changes nothing. */
export function neutraliseFormula(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

/**
 * One file row's cells in the order of the columns. Cells of numeric columns go out as they are (this program
 * wrote them, and `-400.00` must stay a number); every other cell is made harmless. A missing cell is empty.
 */
export function toCells<Column extends string>(
  row: Partial<Readonly<Record<Column, string>>>,
  columns: readonly Column[],
  numericColumns: ReadonlySet<Column>,
): string[] {
  return columns.map((column) => {
    const text = row[column] ?? '';
    return text === '' || numericColumns.has(column) ? text : neutraliseFormula(text);
  });
}
