import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** How far a request's date may be from the clock, in milliseconds, as at the real service. */
const allowedSkew = 15 * 60 * 1000;

/**
 * Checks a request's HMAC-SHA256 signature as Communication Services does. Returns what is wrong with it,
 * or undefined. `accessKey` is base64.
 */
export function signatureProblem(
  request: IncomingMessage,
  body: Buffer,
  accessKey: string,
): string | undefined {
  const { host } = request.headers;
  const date = request.headers['x-ms-date'] ?? request.headers.date;
  const contentHash = request.headers['x-ms-content-sha256'];
  if (typeof date !== 'string' || typeof contentHash !== 'string') {
    return 'x-ms-date or x-ms-content-sha256 is missing';
  }
  if (!(Math.abs(Date.now() - Date.parse(date)) <= allowedSkew)) return 'x-ms-date is too far off';
  if (createHash('sha256').update(body).digest('base64') !== contentHash) {
    return 'x-ms-content-sha256 is not that of the body';
  }
  const text = `${request.method}\n${request.url}\n${date};${host};${contentHash}`;
  const signature = createHmac('sha256', Buffer.from(accessKey, 'base64'))
    .update(text)
    .digest('base64');
  const expected = Buffer.from(
    `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`,
  );
  const given = Buffer.from(request.headers.authorization ?? '');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return 'the signature is wrong';
  }
  return undefined;
}
