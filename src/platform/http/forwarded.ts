/**
 * The requests that the Functions host forwards to this process, as they came: with the headers they really had, and
 * with the way back to the caller. With HTTP streams the host sends each request twice: the invocation by its own
 * channel, which is what the library builds a request's headers and parameters from; and the request itself to a server
 * of the library's, under the invocation's ID in a header.
 */
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

export type Forwarded = { request: IncomingMessage; response: ServerResponse };

type Watched = Forwarded & { unclaimed: NodeJS.Timeout };

const invocationHeader = 'x-ms-invocation-id';

/** Those not yet answered, by the ID of their invocation. */
const open = new Map<string, Watched>();
const awaited = new Map<string, (forwarded: Watched) => void>();

/**
 * Begins to watch. A request that no invocation claims within `patience` (milliseconds), because its caller sent an
 * invocation's ID of its own, is given to `onOrphan`.
 */
export function watchForwarded(patience: number, onOrphan: (id: string) => void): void {
  subscribe('http.server.request.start', (message) => {
    const { request, response } = message as Forwarded;
    const id = request.headers[invocationHeader];
    if (typeof id !== 'string') return;
    const unclaimed = setTimeout(() => onOrphan(id), patience).unref();
    const forwarded = { request, response, unclaimed };
    open.set(id, forwarded);
    response.once('close', () => {
      clearTimeout(unclaimed);
      if (open.get(id) === forwarded) open.delete(id);
    });
    awaited.get(id)?.(forwarded);
  });
}

/**
 * The request of an invocation, as soon as it has come.
 * @throws when none has come within `patience` milliseconds.
 */
export async function forwardedOf(id: string, patience: number): Promise<Forwarded> {
  const forwarded = open.get(id) ?? (await arrival(id, patience));
  clearTimeout(forwarded.unclaimed);
  return forwarded;
}

function arrival(id: string, patience: number): Promise<Watched> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      awaited.delete(id);
      reject(new Error('No request was forwarded under the ID of this invocation.'));
    }, patience).unref();
    awaited.set(id, (forwarded) => {
      clearTimeout(timer);
      awaited.delete(id);
      resolve(forwarded);
    });
  });
}

/** The headers as they were sent: names in lower case, what was sent several times joined. */
export function sentHeaders({ request }: Forwarded): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [
      name,
      values?.join(', ') ?? '',
    ]),
  );
}

/** Waits until the caller of an invocation takes more of the answer; false when it has gone. */
export async function readyForMore(id: string): Promise<boolean> {
  const response = open.get(id)?.response;
  if (!response) return true;
  while (response.writableNeedDrain && !response.closed) {
    const waiting = new AbortController();
    const { signal } = waiting;
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })])
      .catch(() => undefined)
      .finally(() => waiting.abort());
  }
  return !response.closed;
}

/**
 * Watches whether the caller of an invocation goes away before it's answered. To be called while the invocation runs;
 * without a forwarded request the caller counts as there.
 */
export function watchCaller(id: string): () => boolean {
  const response = open.get(id)?.response;
  return () => response?.closed === true;
}

/**
 * Ends the answer of an invocation that went wrong: with the one given where nothing was sent yet; else by breaking the
 * transfer off, so that half an answer is never taken for a whole one. Does nothing where the answer is complete.
 */
export function endForwarded(
  { response }: Forwarded,
  answer: { status: number; headers: Record<string, string>; body: string },
): void {
  if (response.writableEnded) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.writeHead(answer.status, answer.headers).end(answer.body);
}
