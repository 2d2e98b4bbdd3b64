/** Answers that are files: CSV, written piece by piece, so that a large one never has to fit into memory. */
import type { HttpResponseInit } from '@azure/functions';
import { ReadableStream } from 'node:stream/web';
import { callerGone } from '../caller-gone.ts';
import { log } from '../log.ts';
import { readyForMore } from './forwarded.ts';

/** A CSV file as an answer: its name, and its text in pieces. */
export type FileAnswer = { file: { name: string; text: AsyncIterable<string> } };

/**
 * Starts sending a file, as fast as its caller takes it, and no further once the caller has gone. What goes wrong before
 * its first piece is thrown, and so becomes an ordinary error answer; after that the transfer is broken off
 * (`guard.ts`), so that half a file is never taken for a whole one.
 */
export async function sendFile(
  { name, text }: FileAnswer['file'],
  requestId: string,
): Promise<HttpResponseInit & { headers: Record<string, string> }> {
  const pieces = text[Symbol.asyncIterator]();
  let first: IteratorResult<string, unknown> | undefined = await pieces.next();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          // The library writes whatever it is given: held back here, a slow caller's file does not pile up in memory.
          if (!(await readyForMore(requestId))) {
            await pieces.return?.();
            controller.close();
            return;
          }
          const piece: IteratorResult<string, unknown> = first ?? (await pieces.next());
          first = undefined;
          if (piece.done === true) controller.close();
          else controller.enqueue(encoder.encode(piece.value));
        } catch (error) {
          if (error !== callerGone) log('error', 'fileBrokenOff', { requestId, error });
          controller.error(error);
        }
      },
      async cancel() {
        await pieces.return?.();
      },
    },
    { highWaterMark: 1 },
  );
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="${name}"`,
      Vary: 'Accept',
    },
    body,
  };
}

/** Whether an Accept header likes CSV better than JSON. Without one, or when it likes both alike, JSON it is. */
export function prefersCsv(accept: string | null): boolean {
  return qualityOf(accept, 'text', 'csv') > qualityOf(accept, 'application', 'json');
}

function qualityOf(accept: string | null, type: string, subtype: string): number {
  const ranges = (accept ?? '*/*').toLowerCase().split(',');
  const found = ranges.map((range) => {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim());
    const rank = [`*/*`, `${type}/*`, `${type}/${subtype}`].indexOf(name);
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    return { rank, weight: Number.isNaN(Number(weight)) ? 0 : Number(weight) };
  });
  const best = found
    .filter(({ rank }) => rank >= 0)
    .toSorted((one, other) => other.rank - one.rank)[0];
  return best?.weight ?? 0;
}
