/** Cuts bytes that come in pieces into lines of text, in bounded memory (ACO-05). */

/** A line of a file and its number, from 1. `tooLong` lines come without their text. */
export type PhysicalLine = { number: number; text: string; tooLong: boolean };

/** The most characters of one line; a usage line has at most 24,000. */
export const longestPhysicalLine = 64_000;

/**
 * How many bytes are cut into lines at once. Texts that are cut out of a longer one can keep all of it in memory, so
 * this is also about what a line costs that waits for others to be stored with.
 */
const bytesAtOnce = 8 * 1024;

/**
 * The lines of a UTF-8 text, in batches of a few KiB, however large the pieces are that come in. Line ends are LF or CRLF; what follows the
 * last one is a line unless it is empty. Bytes that are not UTF-8 become U+FFFD.
 */
export async function* physicalLines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<PhysicalLine[]> {
  const decoder = new TextDecoder('utf-8');
  /** The line that has begun. */
  const begun = { text: '', tooLong: false };
  let number = 0;

  function take(text: string): PhysicalLine[] {
    const lines: PhysicalLine[] = [];
    let from = 0;
    for (;;) {
      const end = text.indexOf('\n', from);
      if (end === -1) break;
      begun.text += text.slice(from, end);
      from = end + 1;
      lines.push(finish());
    }
    begun.text += text.slice(from);
    // What is left out of a line that is too long need not be kept.
    if (begun.text.length > longestPhysicalLine) {
      begun.text = '';
      begun.tooLong = true;
    }
    return lines;
  }

  function finish(): PhysicalLine {
    number += 1;
    const text = begun.text.endsWith('\r') ? begun.text.slice(0, -1) : begun.text;
    const tooLong = begun.tooLong || text.length > longestPhysicalLine;
    begun.text = '';
    begun.tooLong = false;
    return { number, text: tooLong ? '' : text, tooLong };
  }

  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += bytesAtOnce) {
      const bytes = chunk.subarray(from, from + bytesAtOnce);
      const lines = take(decoder.decode(bytes, { stream: true }));
      if (lines.length > 0) yield lines;
    }
  }
  const last = take(decoder.decode());
  if (begun.text !== '' || begun.tooLong) last.push(finish());
  if (last.length > 0) yield last;
}
