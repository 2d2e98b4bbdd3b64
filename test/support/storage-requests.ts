/**
 * What this process asks of storage, as Node's own HTTP client tells it: every request of the SDKs, their retries
 * included, whoever sent it. Nothing in the app knows that it is watched.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';

export type StorageRequest = {
  method: string;
  /** Path and query, decoded. */
  path: string;
  status: number;
  /** Milliseconds of one clock. */
  sentAt: number;
  answeredAt: number;
};

/** Runs `work` and returns the answered requests that were sent to `hosts` (`127.0.0.1:10002`) meanwhile. */
export async function recordRequests<T>(
  hosts: readonly string[],
  work: () => Promise<T>,
): Promise<{ result: T; requests: StorageRequest[] }> {
  const sent = new Map<ClientRequest, number>();
  const requests: StorageRequest[] = [];
  const onStart = (message: unknown) => {
    const { request } = message as { request: ClientRequest };
    if (hosts.includes(String(request.getHeader('host')))) sent.set(request, performance.now());
  };
  const onAnswer = (message: unknown) => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
    const sentAt = sent.get(request);
    if (sentAt === undefined) return;
    requests.push({
      method: request.method,
      path: decodeURIComponent(request.path),
      status: response.statusCode ?? 0,
      sentAt,
      answeredAt: performance.now(),
    });
  };
  subscribe('http.client.request.start', onStart);
  subscribe('http.client.response.finish', onAnswer);
  try {
    return { result: await work(), requests };
  } finally {
    unsubscribe('http.client.request.start', onStart);
    unsubscribe('http.client.response.finish', onAnswer);
  }
}

/**
 * How often the work waited for storage one after the other: the longest chain of requests of which each was sent
 * after the one before was answered.
 */
export function waitsInARow(requests: readonly StorageRequest[]): number {
  const bySending = requests.toSorted((one, other) => one.sentAt - other.sentAt);
  const lengths = new Map<StorageRequest, number>();
  for (const request of bySending) {
    const before = [...lengths].filter(([earlier]) => earlier.answeredAt <= request.sentAt);
    lengths.set(request, 1 + Math.max(0, ...before.map(([, length]) => length)));
  }
  return Math.max(0, ...lengths.values());
}

/** Each request in words, in the order they were sent: `GET partners`, `BATCH`, `SEND notices`. */
export function inWords(requests: readonly StorageRequest[]): string[] {
  return requests
    .toSorted((one, other) => one.sentAt - other.sentAt)
    .map(({ method, path }) => {
      const [, , resource = '', tail = ''] = (path.split('?')[0] ?? '').split('/');
      if (resource === '$batch') return 'BATCH';
      if (tail === 'messages') return `SEND ${resource}`;
      const [table = '', keys] = resource.split('(');
      const verb = method === 'GET' ? (keys && keys !== ')' ? 'READ' : 'QUERY') : method;
      return `${verb} ${table}`;
    });
}
