/** The last resort of an HTTP function. Loaded at start, so it imports next to nothing. */
import type { HttpResponseInit } from '@azure/functions';
import { log } from '../log.ts';

/**
 * Runs an HTTP function's work and never throws: with HTTP streams the host leaves a caller without an answer for
 * 240 seconds when a function throws. What `serve` and `servePage` cannot turn into an answer of their own (a file that
 * cannot be loaded, a contract that cannot be made, a log that cannot be written) ends here, as a bare 500.
 */
export async function answered(
  name: string,
  kind: 'json' | 'page',
  requestId: string,
  work: () => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  try {
    return await work();
  } catch (error) {
    try {
      log('error', 'requestFailed', { function: name, requestId, error });
    } catch {
      // Standard output is gone. The caller is still owed an answer.
    }
    return lastResort(kind, requestId);
  }
}

/** What is answered when nothing better can be: InternalError with the request ID. */
export function lastResort(kind: 'json' | 'page', requestId: string) {
  const code = 'InternalError';
  const message = `Something went wrong here. Try again; if it stays, report it with the request id. Request id: ${requestId}.`;
  return {
    status: 500,
    headers: {
      'Cache-Control': 'no-store',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'x-ms-error-code': code,
      'x-ms-request-id': requestId,
      'Content-Type': kind === 'json' ? 'application/json' : 'text/plain; charset=utf-8',
    },
    body: kind === 'json' ? JSON.stringify({ error: { code, message } }) : `${message}\n`,
  };
}
