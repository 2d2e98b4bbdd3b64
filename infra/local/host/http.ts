import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import { httpMetadata } from './binding-data.ts';
import { bindingText } from './bindings.ts';
import type { Cookie, HttpData, InvocationResponse, RegisteredFunction } from './core-types.ts';
import type { Invoker } from './invoke.ts';
import { encodePath, routeTable, type Match } from './routes.ts';

/** The real host's limit of a request body, in bytes: 100 MiB. */
export const bodyLimit = 100 * 1024 * 1024;

/** The real host's `ActivityTimeout` of a forwarded request, in milliseconds. */
export const usualActivityTimeout = 240_000;

/** Thrown by `readBody` for a body over the limit. */
export class BodyTooLarge extends Error {}

/** The caller hung up before it had its answer. */
class CallerGone extends Error {}

export type HttpFunctions = {
  /** Answers with the function of that route; false (and nothing sent) when there is none. */
  answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<boolean>;
};

export type HttpOptions = {
  routePrefix: string;
  invoker: Invoker;
  /** The address of the library's own server (capability `HttpUri`), where the app has HTTP streams. */
  streamUri: string | undefined;
  /** How long a forwarded request may be silent, in milliseconds; `usualActivityTimeout` on the real host. */
  activityTimeout: number;
  onError: (name: string, error: unknown) => void;
};

type Exchange = { request: http.IncomingMessage; response: http.ServerResponse; url: URL };

/**
 * The HTTP functions of the app, their routes tried in the order of the functions given. With `streamUri` the request
 * is forwarded to the library's own server, without it the whole body is read first, and what a function throws is
 * answered 500 without a word about it, as the real host does.
 */
export function httpFunctions(
  functions: readonly RegisteredFunction[],
  options: HttpOptions,
): HttpFunctions {
  const { routePrefix, invoker, streamUri, onError } = options;
  const table = routeTable(
    functions.map((fn) => ({
      template: [routePrefix, bindingText(fn.trigger, 'route') ?? fn.name].join('/'),
      methods: (fn.trigger['methods'] as string[] | undefined)?.map((method) =>
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
        const exchange = { request, response, url };
        if (streamUri) await answerStreamed(match, exchange, { ...options, streamUri });
        else send(response, await invoke(match, request, url, invoker));
      } catch (error) {
        if (error instanceof CallerGone) return true;
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
    nullableParams: wrap(
      Object.entries(match.params).flatMap(([name, value]) =>
        value === null ? [] : [[name, value]],
      ),
    ),
    ...(body.length === 0 ? {} : { body: { bytes: body } }),
  };
  const told = Number(request.headers['content-length'] ?? 0) > 0;
  const metadata = httpMetadata({
    bodyText: told ? body.toString('utf8') : '',
    query: url.searchParams,
    params: match.params,
    headers: hostHeaders(request),
  });
  return invoker.invoke(match.target, { data: { http: data }, metadata, ...trace(request) });
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
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Forwards a request to the library's own server, and invokes the function with an empty http object, its trigger
 * metadata holding the rest. The answer comes by the forwarding alone: the caller of a function that throws, or gives
 * nothing, hears nothing until `activityTimeout` is over, and then 500.
 */
async function answerStreamed(
  match: Match<RegisteredFunction>,
  exchange: Exchange,
  options: HttpOptions & { streamUri: string },
): Promise<void> {
  const { request, url } = exchange;
  const { invoker, onError } = options;
  const invocationId = randomUUID();
  // The real host reads a body whose length it was told, for the properties that it may hold; others flow through.
  const body = Number(request.headers['content-length'] ?? 0) > 0 ? await readBody(request) : '';
  const input = {
    data: { http: {} },
    metadata: httpMetadata({
      bodyText: body.toString('utf8'),
      query: url.searchParams,
      params: match.params,
      headers: hostHeaders(request),
    }),
    invocationId,
    ...trace(request),
  };
  const forwarding = forward(exchange, body, invocationId, options);
  // Said at once, for whoever develops the function: what its caller is told, and when, does not depend on it.
  invoker.invoke(match.target, input).catch((error: unknown) => onError(match.target.name, error));
  await forwarding;
}

/** Sends a request on to the library's server and its answer back; rejects when either breaks off. */
function forward(
  { request, response, url }: Exchange,
  body: Buffer | '',
  invocationId: string,
  { streamUri, activityTimeout }: HttpOptions & { streamUri: string },
): Promise<void> {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of pairs(request.rawHeaders)) {
    const key = name.toLowerCase();
    if (!hopByHop.has(key) && key !== 'host') (headers[key] ??= []).push(value);
  }
  // As on the real host, one that the client sent stays: its invocation then waits in vain.
  headers['x-ms-invocation-id'] ??= [invocationId];
  return new Promise((resolve, reject) => {
    const forwarded = http.request({
      host: '127.0.0.1',
      port: new URL(streamUri).port,
      method: request.method,
      path: encodePath(url.pathname) + url.search,
      headers: {
        ...headers,
        'x-forwarded-for': request.socket.remoteAddress,
        'x-forwarded-host': url.host,
        'x-forwarded-proto': 'http',
      },
    });
    forwarded.setTimeout(activityTimeout, () => {
      const seconds = activityTimeout / 1000;
      forwarded.destroy(new Error(`No answer, and no other sign of life, for ${seconds} s.`));
    });
    forwarded.on('error', reject);
    forwarded.on('response', (answer) => {
      for (const [name, value] of pairs(answer.rawHeaders)) {
        if (hopByHop.has(name.toLowerCase())) continue;
        if (name.toLowerCase() === 'date') response.setHeader(name, value);
        else response.appendHeader(name, value);
      }
      response.writeHead(answer.statusCode ?? 200);
      answer.on('error', reject);
      answer.pipe(response);
      response.on('finish', resolve);
    });
    // A caller that goes away must not leave the function waiting for the rest of a body, nor writing on.
    response.on('close', () => {
      if (response.writableFinished) return;
      forwarded.destroy();
      reject(new CallerGone());
    });
    if (body !== '') forwarded.end(body);
    else if (request.headers['transfer-encoding'] === undefined) forwarded.end();
    else {
      forwarded.useChunkedEncodingByDefault = true;
      const taken = { bytes: 0 };
      request.on('data', (chunk: Buffer) => {
        taken.bytes += chunk.length;
        if (taken.bytes <= bodyLimit) return;
        request.unpipe(forwarded);
        forwarded.destroy();
        reject(new BodyTooLarge());
      });
      request.pipe(forwarded);
    }
  });
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [
    raw[2 * index] ?? '',
    raw[2 * index + 1] ?? '',
  ]);
}

/** Headers as the real host's server reads them: in UTF-8, repeated ones joined by a comma, spelled as they came. */
function hostHeaders(request: http.IncomingMessage): Record<string, string> {
  const found = new Map<string, [string, string]>();
  for (const [name, raw] of pairs(request.rawHeaders)) {
    const value = Buffer.from(raw, 'latin1').toString('utf8');
    const before = found.get(name.toLowerCase());
    if (before) before[1] = `${before[1]},${value}`;
    else found.set(name.toLowerCase(), [name, value]);
  }
  return Object.fromEntries(found.values());
}
