/**
 * A request's body, read piece by piece and no further than its limit.
 *
 * The Functions host sends a request whole before it looks for an answer. So what is left of a refused body is read and
 * dropped beside the answer: left unread, it would keep the refusal from the caller (docs/decisions/bodies-and-bounds.md).
 */
import type { HttpRequest } from '@azure/functions';
import type { ReadableStream, ReadableStreamDefaultReader } from 'node:stream/web';
import { refuse, RefusalError } from '../refusals.ts';

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** How much of a body is read, and for how long it's waited for. */
export type BodyLimit = {
  bytes: number;
  /** Within which the whole body must arrive; with `perPiece`, each piece after the last. */
  seconds: number;
  perPiece?: true;
  /** Says that the body is larger, and what to do. */
  tooLarge: () => RefusalError;
};

/** For how long the rest of a refused body is read and dropped, in milliseconds. Then the connection is closed. */
const dropMilliseconds = 60_000;

/**
 * Opens a body for reading. Its pieces come as they arrive; whoever stops early leaves the rest to be dropped.
 * @throws RefusalError `tooLarge` at once where the length is told, else, as InvalidRequest for a body that was cut off
 * or is late, while the pieces are read
 */
export function openBody(request: HttpRequest, limit: BodyLimit): AsyncGenerator<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > limit.bytes) throw limit.tooLarge();
  return pieces(request.body as ReadableStream<Uint8Array> | null, limit);
}

/** Reads a whole body into memory. @throws RefusalError as `openBody` */
export async function readBody(request: HttpRequest, limit: BodyLimit): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  for await (const piece of openBody(request, limit)) read.push(piece);
  return Buffer.concat(read);
}

async function* pieces(
  body: ReadableStream<Uint8Array> | null,
  { bytes, seconds, perPiece, tooLarge }: BodyLimit,
): AsyncGenerator<Uint8Array> {
  if (!body) return;
  const reader = body.getReader();
  const openedAt = performance.now();
  let size = 0;
  let ended = false;
  try {
    for (;;) {
      const passed = perPiece ? 0 : performance.now() - openedAt;
      const next = await nextPiece(reader, seconds * 1_000 - passed);
      if (next === 'late')
        throw broken(`The body did not arrive within ${seconds} seconds. Send it again.`);
      ended = next === 'cut-off' || next.done;
      if (next === 'cut-off') throw broken('The body was cut off before its end. Send it again.');
      if (next.done) return;
      size += next.value.byteLength;
      if (size > bytes) throw tooLarge();
      yield next.value;
    }
  } finally {
    if (!ended) void dropRest(reader);
  }
}

async function nextPiece(reader: Reader, milliseconds: number) {
  if (milliseconds <= 0) return 'late' as const;
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => resolve('late'), milliseconds);
  try {
    return await Promise.race([reader.read(), late]);
  } catch {
    return 'cut-off' as const;
  } finally {
    clearTimeout(timer);
  }
}

async function dropRest(reader: Reader): Promise<void> {
  const timer = setTimeout(() => void reader.cancel().catch(() => undefined), dropMilliseconds);
  timer.unref();
  try {
    while (!(await reader.read()).done);
  } catch {
    // The caller has gone: nobody waits for the rest.
  } finally {
    clearTimeout(timer);
  }
}

function broken(message: string): RefusalError {
  return new RefusalError(refuse('InvalidRequest', message, { target: 'body' }));
}
