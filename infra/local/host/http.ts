import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import { bindingText } from './bindings.ts';
import type { Cookie, HttpData, InvocationResponse, RegisteredFunction } from './core-types.ts';
import type { Invoker } from './invoke.ts';
import { routeTable, type Match } from './routes.ts';

/** The real host's limit of a request body, in bytes: 100 MiB. */
export const bodyLimit = 100 * 1024 * 1024;

/** Thrown by `readBody` for a body over the limit. */
export class BodyTooLarge extends Error {}

export type HttpFunctions = {
  /** Answers with the function of that route; false (and nothing sent) when there is none. */
  answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<boolean>;
};

/**
 * The HTTP functions of the app. With `streamUri` (capability `HttpUri`) the request is piped to the
 * library's own server, without it the whole body is read first. What a function throws is answered 500
 * without a word about it, as the real host does.
 */
export function httpFunctions(
  functions: readonly RegisteredFunction[],
  routePrefix: string,
  invoker: Invoker,
  streamUri: string | undefined,
  onError: (name: string, error: unknown) => void,
): HttpFunctions {
  const table = routeTable(
    functions.map((fn) => ({
      template: [routePrefix, bindingText(fn.trigger, 'route') ?? fn.name].join('/'),
      methods: ((fn.trigger['methods'] as string[] | undefined) ?? ['GET', 'POST']).map((method) =>
        method.toUpperCase(),
      ),
      target: fn,
    })),
  );

  return {
    async answer(request, response) {
      const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
      const match = table.match(request.method ?? 'GET', path);
      if (!match) return false;
      const url = requestUrl(request);
      if (!url) {
        response.writeHead(400).end();
        return true;
      }
      try {
        if (streamUri) await answerStreamed(match, request, response, url, streamUri, invoker);
        else send(response, await invoke(match, request, url, invoker));
      } catch (error) {
        if (error instanceof BodyTooLarge) {
          refuseBody(request, response);
          return true;
        }
        onError(match.target.name, error);
        if (response.headersSent) response.destroy();
        else response.writeHead(500).end();
      }
      return true;
    },
  };
}

/** Reads a whole request body; throws `BodyTooLarge` as soon as it is over the limit. */
export async function readBody(request: http.IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > bodyLimit) throw new BodyTooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Answers 413. What is still to come of the body is read and dropped, lest the answer be lost. */
export function refuseBody(request: http.IncomingMessage, response: http.ServerResponse): void {
  request.resume();
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const code = 'PayloadTooLarge';
  const message = 'The body is larger than 100 MiB, the most that the host takes in one request.';
  response
    .writeHead(413, { 'content-type': 'application/json', 'x-ms-error-code': code })
    .end(JSON.stringify({ error: { code, message } }));
}

function requestUrl(request: http.IncomingMessage): URL | undefined {
  const host = request.headers.host ?? 'localhost';
  const target = request.url ?? '/';
  // `new URL(path, base)` would take a path such as //elsewhere for another host.
  return URL.parse(target.startsWith('/') ? `http://${host}${target}` : target) ?? undefined;
}

async function invoke(
  match: Match<RegisteredFunction>,
  request: http.IncomingMessage,
  url: URL,
  invoker: Invoker,
): Promise<InvocationResponse> {
  const wrap = (entries: Iterable<[string, string]>): Record<string, { value: string }> =>
    Object.fromEntries([...entries].map(([name, value]) => [name, { value }]));
  const body = await readBody(request);
  const data: HttpData = {
    method: request.method ?? 'GET',
    url: url.href,
    nullableHeaders: wrap(headerEntries(request)),
    nullableQuery: wrap(queryEntries(url)),
    nullableParams: wrap(Object.entries(match.params)),
    ...(body.length === 0 ? {} : { body: { bytes: body } }),
  };
  return invoker.invoke(match.target, { data: { http: data }, ...trace(request) });
}

function trace(request: http.IncomingMessage): { traceParent?: string; traceState?: string } {
  const { traceparent, tracestate } = request.headers;
  return {
    ...(typeof traceparent === 'string' ? { traceParent: traceparent } : {}),
    ...(typeof tracestate === 'string' ? { traceState: tracestate } : {}),
  };
}

function headerEntries(request: http.IncomingMessage): [string, string][] {
  return Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
}

/** Repeated names are joined by commas and names differ not by case, as the real host hands them on. */
function queryEntries(url: URL): [string, string][] {
  const found = new Map<string, [string, string]>();
  for (const [name, value] of url.searchParams) {
    const before = found.get(name.toLowerCase());
    if (before) before[1] = `${before[1]},${value}`;
    else found.set(name.toLowerCase(), [name, value]);
  }
  return [...found.values()];
}

function send(response: http.ServerResponse, outcome: InvocationResponse): void {
  const answer = outcome.returnValue?.http;
  if (!answer) {
    response.writeHead(204).end();
    return;
  }
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (name === 'vary' && response.hasHeader('vary')) response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
  for (const cookie of answer.cookies ?? []) {
    response.appendHeader('set-cookie', cookieText(cookie));
  }
  response.statusCode = Number(answer.statusCode ?? '200');
  response.end(answer.body?.bytes ?? answer.body?.string);
}

function cookieText(cookie: Cookie): string {
  const parts = [`${encodeURIComponent(cookie.name)}=${encodeURIComponent(cookie.value)}`];
  const expires = cookie.expires?.value?.seconds;
  if (expires !== undefined) parts.push(`expires=${new Date(expires * 1000).toUTCString()}`);
  if (cookie.maxAge?.value !== undefined) parts.push(`max-age=${cookie.maxAge.value}`);
  if (cookie.domain?.value) parts.push(`domain=${cookie.domain.value}`);
  parts.push(`path=${cookie.path?.value ?? '/'}`);
  if (cookie.secure?.value) parts.push('secure');
  const sameSite = cookie.sameSite === 'explicitNone' ? 'none' : cookie.sameSite;
  if (sameSite && cookie.sameSite !== 'none') parts.push(`samesite=${sameSite}`);
  if (cookie.httpOnly?.value) parts.push('httponly');
  return parts.join('; ');
}

/** Hop-by-hop headers are each connection's own. */
const ownHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'x-ms-invocation-id']);

async function answerStreamed(
  match: Match<RegisteredFunction>,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  url: URL,
  streamUri: string,
  invoker: Invoker,
): Promise<void> {
  if (Number(request.headers['content-length'] ?? 0) > bodyLimit) throw new BodyTooLarge();
  const invocationId = randomUUID();
  const cut = new AbortController();
  const { port } = new URL(streamUri);
  const forwarded = http.request({
    host: '127.0.0.1',
    port,
    method: request.method,
    path: `${url.pathname}${url.search}`,
    headers: {
      ...Object.fromEntries(headerEntries(request).filter(([name]) => !ownHeaders.has(name))),
      'x-ms-invocation-id': invocationId,
      'x-forwarded-host': url.host,
      'x-forwarded-proto': 'http',
    },
    signal: cut.signal,
  });
  const body = { size: 0, tooLarge: false };
  request.on('data', (chunk: Buffer) => {
    body.size += chunk.length;
    if (body.size <= bodyLimit) return;
    body.tooLarge = true;
    request.unpipe(forwarded);
    cut.abort();
  });
  // A client that goes away in the middle must not leave the function waiting for the rest.
  request.on('close', () => {
    if (!request.complete) cut.abort();
  });
  const answered = new Promise<void>((resolve, reject) => {
    forwarded.on('error', reject);
    forwarded.on('response', (answer) => {
      for (const [name, value] of Object.entries(answer.headers)) {
        if (value === undefined || ownHeaders.has(name)) continue;
        if (name === 'vary' && response.hasHeader('vary')) response.appendHeader(name, value);
        else response.setHeader(name, value);
      }
      response.writeHead(answer.statusCode ?? 200);
      answer.pipe(response);
      answer.on('error', reject);
      response.on('finish', resolve);
      response.on('close', resolve);
    });
  });
  // The outcome that counts is awaited below; this only keeps an early failure from going unhandled.
  answered.catch(() => undefined);
  request.pipe(forwarded);

  const metadata = {
    Headers: { json: JSON.stringify(Object.fromEntries(headerEntries(request))) },
    Query: { json: JSON.stringify(Object.fromEntries(queryEntries(url))) },
    ...Object.fromEntries(
      Object.entries(match.params).map(([name, value]) => [name, { string: value }]),
    ),
  };
  const outcome = { given: false };
  const watched: RegisteredFunction = {
    ...match.target,
    handler: async (...args) => {
      const result = await match.target.handler(...args);
      outcome.given = result !== undefined && result !== null;
      return result;
    },
  };
  try {
    const input = { data: { http: {} }, metadata, invocationId, ...trace(request) };
    await invoker.invoke(watched, input);
    // The library answers by the other connection; without a response object it never does.
    if (!outcome.given) throw new Error('The function gave no response.');
    await answered;
  } catch (error) {
    cut.abort();
    throw body.tooLarge ? new BodyTooLarge() : error;
  }
}
