/** What happens at every request to a JSON endpoint: identity, checks, the use case, and the answer. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { Span } from '@opentelemetry/api';
import * as z from 'zod';
import { callerGone, untilGone } from '../caller-gone.ts';
import { authenticate, authorize, rolesOf, type Actor, type Identity } from '../identity.ts';
import { log } from '../log.ts';
import { refuse, RefusalError, statusOf, type Refusal } from '../refusals.ts';
import { readRepeatability } from '../repeatability.ts';
import { runtime, type Runtime } from '../runtime.ts';
import { failed, invoked, type HostContext } from '../telemetry.ts';
import { apiVersion } from './api-version.ts';
import type { Call, Definition } from './endpoint.ts';
import { entityTag, matchesNone, readIfMatch } from './conditions.ts';
import { prefersCsv, sendFile } from './file-answer.ts';
import { watchCaller } from './forwarded.ts';
import { refuseManyParameters, refuseReservedParameters, routeParams } from './host-request.ts';
import { parseInput, readJsonBody } from './input.ts';
import { recordAnswer, type Known } from './request-log.ts';
import { guid } from './schemas.ts';
import { dataPolicy, refuseHttp, transportHeaders } from './security-headers.ts';
import { openUpload } from './upload.ts';

/** Response headers that a portal's script in a browser may read. */
const exposed = [
  'ETag',
  'Location',
  'Operation-Location',
  'Retry-After',
  'Repeatability-Result',
  'Content-Disposition',
  'x-ms-request-id',
  'x-ms-error-code',
].join(', ');

type Answer = Omit<HttpResponseInit, 'headers'> & { headers: Record<string, string> };

/** Answers one request. Never throws: what goes wrong becomes an error answer. */
export async function serve(
  definition: Definition,
  request: HttpRequest,
  context: HostContext,
): Promise<HttpResponseInit> {
  const requestId = context.invocationId;
  const startedAt = performance.now();
  const known: Known = {};
  const answer = await invokedByHttp(definition, request, context, async (span) => {
    const answer = await respond(definition, request, requestId, known).catch(
      (error: unknown): Answer => errorAnswer(definition, requestId, error),
    );
    told(span, answer.status ?? 200, answer.headers['x-ms-error-code']);
    return answer;
  });
  const outcome = { status: answer.status ?? 200, code: answer.headers['x-ms-error-code'] };
  recordAnswer(definition, { requestId, startedAt }, outcome, known);
  return {
    ...answer,
    headers: {
      'Access-Control-Expose-Headers': exposed,
      'Cache-Control': 'no-store',
      'Content-Security-Policy': dataPolicy,
      'X-Content-Type-Options': 'nosniff',
      ...transportHeaders(runtime().config.publicBaseUrl, request),
      'x-ms-request-id': requestId,
      ...answer.headers,
    },
  };
}

/** Runs a request in its span. The route is told as it was declared: the path itself can hold a link's token. */
export function invokedByHttp<T>(
  { name, method, route }: Pick<Definition, 'name' | 'method' | 'route'>,
  request: HttpRequest,
  context: HostContext,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const traceparent = request.headers.get('traceparent');
  const attributes = { 'http.request.method': method, 'http.route': `/${route}` };
  return invoked({ name, trigger: 'http', context, traceparent, attributes }, work);
}

/** Tells a request's span how it was answered. A refusal is no failure of ours: only a 5xx marks the span so. */
export function told(span: Span, status: number, code: string | undefined): void {
  span.setAttribute('http.response.status_code', status);
  if (status >= 500) failed(span, code ?? String(status));
  else if (code !== undefined) span.setAttribute('error.type', code);
}

async function respond(
  definition: Definition,
  request: HttpRequest,
  requestId: string,
  known: Known,
): Promise<Answer> {
  const app = runtime();
  refuseManyParameters(request.url);
  const routed = routeParams(definition.route, request);
  known.partnerId = guid.safeParse(routed['partnerId']).data;
  // Not `request.query`: the host has joined there what was given twice.
  const url = new URL(request.url);
  refuseReservedParameters(url.searchParams);
  refuseHttp(app.config.publicBaseUrl, request);
  const identity =
    typeof definition.access === 'string'
      ? undefined
      : await authenticate(app.config.token, request.headers.get('authorization'), (subject) => {
          known.tenantId = subject.tenantId;
          known.callerId = subject.objectId;
        });
  known.role = identity && (rolesOf(identity).join(',') || undefined);
  if (definition.versioned !== false) checkVersion(url.searchParams);

  const params = parseInput(definition.params, routed);
  const actor = await callerOf(definition, app, identity, params);
  if ('role' in actor) known.role = actor.role;
  const query = parseInput(definition.query, queryObject(url.searchParams));
  const unsafe = definition.method !== 'GET';
  const { headers: given } = request;
  const admitted = await definition.admit?.({ runtime: app, params, headers: given } as never);
  known.partnerId ??= admitted?.partnerId;
  const upload = definition.upload && openUpload(request, definition.upload);
  const text = unsafe && !upload ? await readJsonBody(request, definition.body !== undefined) : '';
  const body = parseInput(definition.body, unsafe && !upload ? parseJson(text) : undefined, 'body');

  const now = app.clock.now();
  const repeatability =
    unsafe && !upload
      ? readRepeatability(
          {
            method: request.method,
            path: url.pathname,
            body: text,
            id: request.headers.get('repeatability-request-id'),
            firstSent: request.headers.get('repeatability-first-sent'),
          },
          identity ? `${identity.tenantId}/${identity.objectId}` : url.pathname,
          now,
        )
      : undefined;
  // What changes nothing need not be finished for nobody.
  const tables = unsafe ? app.tables : untilGone(app.tables, watchCaller(requestId));
  const call: Call = {
    runtime: { ...app, tables },
    now,
    actor,
    params,
    query,
    body,
    upload,
    wantsCsv: definition.csv === true && prefersCsv(request.headers.get('accept')),
    ifMatch: definition.conditional ? readIfMatch(request.headers.get('if-match')) : undefined,
    repeatability,
    requestId,
    pathAndQuery: url.pathname + url.search,
  };
  const answer = await definition.handle(call as never);
  if ('file' in answer) return sendFile(answer.file, requestId);

  const headers: Record<string, string> = { ...answer.headers };
  if (repeatability) headers['Repeatability-Result'] = 'accepted';
  if (answer.version !== undefined) {
    headers['ETag'] = entityTag(answer.version);
    if (!unsafe && matchesNone(request.headers.get('if-none-match'), answer.version))
      return { status: 304, headers };
  }
  const { status, body: jsonBody } = answer as { status: number; body: unknown };
  return jsonBody === undefined ? { status, headers } : { status, headers, jsonBody };
}

const tenants = z.object({ tenantIds: z.array(z.string()) });

/** Who calls, allowed to: decided by the token against the partner of the path (PR-04). */
async function callerOf(
  definition: Definition,
  app: Runtime,
  identity: Identity | undefined,
  params: unknown,
): Promise<Actor> {
  if (!identity || typeof definition.access === 'string') return { type: 'system' };
  const { partnerId } = (params ?? {}) as { partnerId?: string };
  const { operatorTenantId } = app.config;
  const allowed = definition.access;
  let own: boolean | undefined;
  if (partnerId !== undefined) {
    // The operator's tenant belongs to no partner, whatever is registered.
    const operators = identity.tenantId === operatorTenantId;
    // A partner's id is its first tenant, so that the common case needs no look-up.
    own = !operators && identity.tenantId === partnerId;
    if (!own && !operators) {
      const row = await app.tables.get('partners', tenants, partnerId, 'partner');
      own = row?.value.tenantIds.includes(identity.tenantId) ?? false;
    }
  }
  return authorize(identity, operatorTenantId, allowed, own);
}

function checkVersion(query: URLSearchParams): void {
  const asked = query.getAll('api-version');
  if (asked.length === 1 && asked[0] === apiVersion) return;
  throw new RefusalError(
    asked.length === 0
      ? refuse(
          'MissingApiVersionParameter',
          `Add the query parameter api-version=${apiVersion}; it is required.`,
        )
      : refuse(
          'UnsupportedApiVersionValue',
          `The api-version asked for is not supported. Supported: ${apiVersion}.`,
        ),
  );
}

function queryObject(query: URLSearchParams): Record<string, string> {
  const given: Record<string, string> = {};
  for (const name of new Set(query.keys())) {
    if (name === 'api-version') continue;
    const values = query.getAll(name);
    if (values.length > 1)
      throw new RefusalError(
        refuse('InvalidRequest', 'A query parameter is given twice; see details.', {
          details: [{ code: 'InvalidParameter', target: name, message: 'must be given once' }],
        }),
      );
    given[name] = values[0] ?? '';
  }
  return given;
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new RefusalError(
      refuse('InvalidRequest', 'The body is not valid JSON.', { target: 'body' }),
    );
  }
}

function errorAnswer(definition: Definition, requestId: string, error: unknown): Answer {
  // Read by nobody but the log.
  if (error === callerGone) return { status: 499, headers: {} };
  const refusal = refusalOf(error);
  if (refusal.code === 'InternalError')
    log('error', 'requestFailed', { function: definition.name, requestId, error });
  const { code, message, target, details, retryAfterSeconds } = refusal;
  const headers: Record<string, string> = { 'x-ms-error-code': code };
  if (code === 'Unauthenticated') headers['WWW-Authenticate'] = 'Bearer';
  if (retryAfterSeconds !== undefined) headers['Retry-After'] = String(retryAfterSeconds);
  return {
    status: statusOf[code],
    headers,
    jsonBody: {
      error: {
        code,
        message: code === 'InternalError' ? `${message} Request id: ${requestId}.` : message,
        ...(target === undefined ? {} : { target }),
        ...(details === undefined ? {} : { details }),
      },
    },
  };
}

/** What an error means to the caller; anything unforeseen tells nothing of the inside. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusalError) return error.refusal;
  return refuse(
    'InternalError',
    'Something went wrong here. Try again; if it stays, report it with the request id.',
  );
}
