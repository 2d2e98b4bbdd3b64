/** A body that is read as it comes, so that a large file never has to fit into memory. */
import type { HttpRequest } from '@azure/functions';
import { refuse, RefusalError } from '../refusals.ts';
import { openBody, type BodyLimit } from './body.ts';

/** The most bytes that the Functions host takes in one body. */
export const largestUpload = 100 * 1024 * 1024;

/** How long an upload takes in all is the host's to bound (230 s). */
const uploadLimit: BodyLimit = {
  bytes: largestUpload,
  seconds: 60,
  perPiece: true,
  tooLarge: () =>
    new RefusalError(
      refuse(
        'PayloadTooLarge',
        'The body is larger than 100 MiB, the most that is taken in one request. Send it in several parts, in any order; what is sent twice counts once.',
      ),
    ),
};

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
  return { mediaType: known, chunks: openBody(request, uploadLimit) };
}
