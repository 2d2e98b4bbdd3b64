import type { IncomingMessage, ServerResponse } from 'node:http';

/** Which origins a browser may call from, as local.settings.json's `Host` says it to Core Tools. */
export type CorsSettings = { origins: readonly string[]; credentials: boolean };

/**
 * Sets the CORS headers of an answer and answers preflights itself, as Core Tools does (any header, any
 * method). Returns true when the request has been answered.
 */
export function answerCors(
  cors: CorsSettings,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const origin = request.headers.origin;
  if (cors.origins.length === 0 || origin === undefined) return false;
  const any = cors.origins.includes('*');
  if (any || cors.origins.includes(origin)) {
    response.setHeader('access-control-allow-origin', any && !cors.credentials ? '*' : origin);
    if (!any || cors.credentials) response.setHeader('vary', 'Origin');
    if (cors.credentials) response.setHeader('access-control-allow-credentials', 'true');
  }
  const method = request.headers['access-control-request-method'];
  if (request.method !== 'OPTIONS' || method === undefined) return false;
  if (response.hasHeader('access-control-allow-origin')) {
    response.setHeader('access-control-allow-methods', method);
    const headers = request.headers['access-control-request-headers'];
    if (headers !== undefined) response.setHeader('access-control-allow-headers', headers);
  }
  response.writeHead(204).end();
  return true;
}
