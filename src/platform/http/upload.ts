/** A body that is read as it comes, so that a large file never has to fit into memory. */
import type { HttpRequest } from '@azure/functions';
import type { ReadableStream } from 'node:stream/web';
import { refuse, RefusalError } from '../refusals.ts';

/** The most that the Functions host takes in one body. */
export const largestUpload = 100 * 1024 * 1024;

/** An upload: its media type, without parameters and in lower case, and its bytes in pieces. */
export type Upload = { mediaType: string; chunks: AsyncIterable<Uint8Array> };

/**
 * Opens a request's body for reading.
 * @throws RefusalError UnsupportedMediaType when it is none of the media types or not UTF-8; PayloadTooLarge over
 * 100 MiB, at once where the length is told, else while the pieces are read.
 */
export function openUpload(request: HttpRequest, mediaTypes: readonly string[]): Upload {
  const contentType = request.headers.get('content-type') ?? '';
  const [mediaType = '', ...parameters] = contentType.split(';').map((part) => part.trim());
  const known = mediaTypes.find((each) => each === mediaType.toLowerCase());
  const charset = parameters.find((parameter) => /^charset\s*=/i.test(parameter));
  if (!known || (charset && !/=\s*"?(?:utf-8|us-ascii)"?$/i.test(charset)))
    throw new RefusalError(
      refuse(
        'UnsupportedMediaType',
        `Send the body as Content-Type: ${mediaTypes.join(' or ')}, in UTF-8.`,
      ),
    );
  if (Number(request.headers.get('content-length') ?? 0) > largestUpload) throw tooLarge();
  return { mediaType: known, chunks: withinLimit(request.body) };
}

async function* withinLimit(body: HttpRequest['body']): AsyncGenerator<Uint8Array> {
  if (!body) return;
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => Promise.reject(cutOff()));
      if (done) return;
      size += value.byteLength;
      if (size > largestUpload) throw tooLarge();
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

function cutOff(): RefusalError {
  return new RefusalError(
    refuse('InvalidRequest', 'The body was cut off before its end. Send it again.', {
      target: 'body',
    }),
  );
}

function tooLarge(): RefusalError {
  return new RefusalError(
    refuse(
      'PayloadTooLarge',
      'The body is larger than 100 MiB, the most that is taken in one request. Send it in several parts, in any order; what is sent twice counts once.',
    ),
  );
}
