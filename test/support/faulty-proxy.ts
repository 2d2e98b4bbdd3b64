/**
 * A way to storage that breaks when it is told to: for a process it is as if it died at that request, for storage as
 * if the process had. Nothing in the app knows of it.
 */
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** `refuse`: the request does not reach storage. `lose-answer`: it does, and its answer is lost. */
export type Breakage = 'refuse' | 'lose-answer';

export type FaultyProxy = {
  /** The given connection string, leading through here. */
  connectionString: string;
  /** How many requests were let through since the start, or since `breakAfter`. */
  passed(): number;
  /** After so many more requests the way breaks, at the next one as told, and stays broken for all that follow. */
  breakAfter(requests: number, how?: Breakage): void;
  /** Lets everything through again. */
  heal(): void;
  close(): Promise<void>;
};

/** Puts itself in front of the table and queue services of a connection string. */
export async function startFaultyProxy(connectionString: string): Promise<FaultyProxy> {
  let passed = 0;
  let limit = Infinity;
  let losesAnswer = false;
  const servers: http.Server[] = [];

  async function pass(target: URL, incoming: http.IncomingMessage, outgoing: http.ServerResponse) {
    const lose = passed >= limit && losesAnswer;
    if (passed >= limit && !lose) return incoming.socket.destroy();
    if (lose) losesAnswer = false;
    else passed += 1;
    const answer = await forward(target, incoming);
    if (lose) return incoming.socket.destroy();
    outgoing.writeHead(answer.status, answer.headers);
    return outgoing.end(answer.body);
  }

  async function through(endpoint: string): Promise<string> {
    const target = new URL(endpoint);
    const server = http.createServer((incoming, outgoing) => {
      pass(target, incoming, outgoing).catch(() => incoming.socket.destroy());
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}${target.pathname}`;
  }

  const parts = connectionString.split(';').map(async (part) => {
    const match = /^((?:Table|Queue)Endpoint)=(.+)$/.exec(part);
    return match ? `${match[1]}=${await through(match[2] ?? '')}` : part;
  });
  return {
    connectionString: (await Promise.all(parts)).join(';'),
    passed: () => passed,
    breakAfter(requests, how = 'refuse') {
      passed = 0;
      limit = requests;
      losesAnswer = how === 'lose-answer';
    },
    heal() {
      limit = Infinity;
      losesAnswer = false;
    },
    async close() {
      await Promise.all(
        servers.map(
          (server) =>
            new Promise<void>((resolve) => {
              server.close(() => resolve());
              server.closeAllConnections();
            }),
        ),
      );
    },
  };
}

type Answer = { status: number; headers: http.IncomingHttpHeaders; body: Buffer };

async function forward(target: URL, incoming: http.IncomingMessage): Promise<Answer> {
  const body = await buffer(incoming);
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: target.hostname,
        port: target.port,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
      },
      (response) => {
        buffer(response).then(
          (content) =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: content,
            }),
          reject,
        );
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}
