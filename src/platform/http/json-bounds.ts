/**
 * What a JSON body may hold whatever its contract, counted in its bytes before any of it is parsed. One MiB can be
 * 340,000 empty objects, 90,000 names or 500,000 nested lists, each of which costs the parser or the contract far more
 * than its size (docs/decisions/bodies-and-bounds.md).
 */
import { refuse, RefusalError } from '../refusals.ts';

/** Far above what any contract takes: the largest, a customer with 1,000 access entries, has some 11,000 values. */
export const jsonBounds = {
  /** Values of all levels together. */
  values: 20_000,
  /** Fields of one object. */
  fields: 100,
  /** Objects and lists inside one another. */
  depth: 16,
  /** Bytes of one text or name, as written. */
  textBytes: 16_384,
};

const [quote, comma, colon, backslash] = [0x22, 0x2c, 0x3a, 0x5c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Refuses a JSON text that holds more than any contract takes. Says nothing of whether it is JSON.
 * @throws RefusalError PayloadTooLarge for too many values, InvalidRequest for the other bounds
 */
export function checkJsonBounds(bytes: Uint8Array): void {
  // Fields of the objects (lists: none) that have begun, the innermost last.
  const fields = new Uint32Array(jsonBounds.depth + 1);
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    switch (bytes[at]) {
      case quote:
        at = endOfText(bytes, at);
        break;
      case comma:
        values += 1;
        break;
      case colon:
        if ((fields[depth] = (fields[depth] ?? 0) + 1) > jsonBounds.fields)
          throw invalid(`An object has more than ${jsonBounds.fields} fields.`);
        break;
      case openList:
      case openObject:
        values += 1;
        depth += 1;
        if (depth > jsonBounds.depth)
          throw invalid(`Values are nested more than ${jsonBounds.depth} levels deep.`);
        fields[depth] = 0;
        break;
      case closeList:
      case closeObject:
        depth = Math.max(0, depth - 1);
        break;
    }
    if (values > jsonBounds.values)
      throw new RefusalError(
        refuse(
          'PayloadTooLarge',
          `The body holds more than ${jsonBounds.values} values. Send it in several requests.`,
        ),
      );
  }
}

/** Where the text that begins at `start` ends: at its closing quote, or the end of the bytes. */
function endOfText(bytes: Uint8Array, start: number): number {
  const longest = Math.min(bytes.length, start + 1 + jsonBounds.textBytes);
  let at = start + 1;
  while (at < longest && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  if (at < bytes.length && bytes[at] !== quote)
    throw invalid(`A text is longer than ${jsonBounds.textBytes} bytes.`);
  return at;
}

function invalid(what: string): RefusalError {
  return new RefusalError(
    refuse('InvalidRequest', `The body is not valid. ${what}`, { target: 'body' }),
  );
}
