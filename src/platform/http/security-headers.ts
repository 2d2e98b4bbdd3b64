/** What answers tell browsers to be strict about, and the refusal of what comes over plain http. */
import type { HttpRequest } from '@azure/functions';
import { refuse, RefusalError } from '../refusals.ts';

/** The Content-Security-Policy of answers that are no pages: nothing may be loaded by them, and nothing may frame them. */
export const dataPolicy = "default-src 'none'; frame-ancestors 'none'";

const year = 365 * 24 * 60 * 60;

/** HSTS, where our own base URL is https; not on an answer to plain http, which must not carry it (RFC 6797, 7.2). */
export function transportHeaders(
  publicBaseUrl: string,
  request: Pick<HttpRequest, 'headers'>,
): Record<string, string> {
  return publicBaseUrl.startsWith('https:') && !cameOverHttp(request)
    ? { 'Strict-Transport-Security': `max-age=${year}` }
    : {};
}

/**
 * Refuses what came over plain http where our own base URL is https. A redirect would let a client with a wrong address
 * go on for ever, sending its token or its link in the clear each time; a refusal shows at the first call.
 * @throws RefusalError Forbidden
 */
export function refuseHttp(publicBaseUrl: string, request: Pick<HttpRequest, 'headers'>): void {
  if (!publicBaseUrl.startsWith('https:') || !cameOverHttp(request)) return;
  throw new RefusalError(
    refuse(
      'Forbidden',
      `This came over http, where others can read it. Use ${publicBaseUrl}, and replace the token or link that was sent.`,
    ),
  );
}

/**
 * What stands in front (App Service, an ingress) says by X-Forwarded-Proto how the caller came, the first of several
 * first. What has no such header came directly: a probe inside the cluster.
 */
function cameOverHttp({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  const [protocol = ''] = (headers.get('x-forwarded-proto') ?? '').split(',');
  return protocol.trim().toLowerCase() === 'http';
}
