/** What happens at every request to a page: the page, or an error page; strict headers on both. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { log } from '../log.ts';
import type { Refusal } from '../refusals.ts';
import { runtime } from '../runtime.ts';
import type { HostContext } from '../telemetry.ts';
import { errorPage } from './error-page.ts';
import { refuseManyParameters, refuseReservedParameters, routeParams } from './host-request.ts';
import { htmlAnswer, type PageAnswer } from './page-answer.ts';
import type { PageDefinition } from './page.ts';
import { shellPolicy } from './page-shell.ts';
import { recordAnswer, type Known } from './request-log.ts';
import { refuseHttp, transportHeaders } from './security-headers.ts';
import { invokedByHttp, refusalOf, told } from './serve.ts';

/** A page's address can hold a secret (a redemption link): it is kept by no cache and told to nobody. */
const strictHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': shellPolicy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex',
};

/** Answers one request. What goes wrong becomes an error page that tells nothing of the inside. */
export async function servePage(
  definition: PageDefinition,
  request: HttpRequest,
  context: HostContext,
): Promise<HttpResponseInit> {
  const requestId = context.invocationId;
  const startedAt = performance.now();
  const known: Known = {};
  const { status, contentType, body, headers } = await invokedByHttp(
    definition,
    request,
    context,
    async (span) => {
      const answer = await answerOf(definition, request, requestId, known);
      told(span, answer.status, answer.headers?.['x-ms-error-code']);
      return answer;
    },
  );
  const outcome = { status, code: headers?.['x-ms-error-code'] };
  recordAnswer(definition, { requestId, startedAt }, outcome, known);
  const common = {
    ...strictHeaders,
    ...transportHeaders(runtime().config.publicBaseUrl, request),
    'x-ms-request-id': requestId,
    ...headers,
  };
  const entityTag = headers?.['ETag'];
  if (
    status === 200 &&
    entityTag !== undefined &&
    names(request.headers.get('if-none-match'), entityTag)
  )
    return { status: 304, headers: common };
  return { status, headers: { ...common, 'Content-Type': contentType }, body };
}

async function answerOf(
  definition: PageDefinition,
  request: HttpRequest,
  requestId: string,
  known: Known,
): Promise<PageAnswer> {
  try {
    const app = runtime();
    refuseManyParameters(request.url);
    refuseReservedParameters(new URL(request.url).searchParams);
    refuseHttp(app.config.publicBaseUrl, request);
    const params = routeParams(definition.route, request);
    known.partnerId = (await definition.admit?.({ runtime: app, params }))?.partnerId;
    const now = app.clock.now();
    return await definition.handle({ runtime: app, now, requestId, params, request });
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.code === 'InternalError')
      log('error', 'requestFailed', { function: definition.name, requestId, error });
    const own = await definition.refused?.(refusal, requestId);
    const answer = own ?? htmlAnswer(errorPage(refusal, requestId));
    return { ...answer, headers: { ...answer.headers, ...refusalHeaders(refusal) } };
  }
}

function refusalHeaders({ code, retryAfterSeconds }: Refusal): Record<string, string> {
  return {
    'x-ms-error-code': code,
    ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
  };
}

/** Whether an If-None-Match header names the tag (weak comparison, as for GET). */
function names(header: string | null, entityTag: string): boolean {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(entityTag);
}
