/** A proxy before table storage that lets a test decide what becomes of each request. */
import * as http from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';

/**
 * `pass` it on; `refuse` it before storage sees it; `lose` the answer to it, once storage has carried it out, or once
 * something else has happened after that; pass it on with another path.
 */
export type Fate =
  'pass' | 'refuse' | 'lose' | { loseAfter: () => Promise<unknown> } | { path: string };

export type ProxiedRequest = { method: string; path: string; body: string };

export type StorageProxy = {
  /** The given connection string, with its tables behind the proxy. */
  connectionString: string;
  /** Decides from now on, and may keep a request waiting; everything passes until it is called. */
  decide(fate: (request: ProxiedRequest) => Fate | Promise<Fate>): void;
  close(): Promise<void>;
};

/** Starts a proxy before the tables of a connection string. A request that is refused or lost ends as a broken line. */
export async function storageProxy(connectionString: string): Promise<StorageProxy> {
  const endpoint = /TableEndpoint=http:\/\/([^/;]+)/.exec(connectionString)?.[1] ?? '';
  let fateOf: Parameters<StorageProxy['decide']>[0] = () => 'pass';
  const agent = new http.Agent({ keepAlive: true });

  async function forward(incoming: http.IncomingMessage, outgoing: http.ServerResponse) {
    const { method = '', url: path = '', headers } = incoming;
    const body = await buffer(incoming);
    const fate = await fateOf({ method, path, body: body.toString('utf8') });
    if (fate === 'refuse') return outgoing.destroy();
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http
        .request(
          `http://${endpoint}${typeof fate === 'object' && 'path' in fate ? fate.path : path}`,
          { method, headers, agent },
          resolve,
        )
        .once('error', reject)
        .end(body);
    });
    const answered = await buffer(answer);
    if (typeof fate === 'object' && 'loseAfter' in fate) {
      await fate.loseAfter();
      return outgoing.destroy();
    }
    if (fate === 'lose') return outgoing.destroy();
    return outgoing.writeHead(answer.statusCode ?? 500, answer.headers).end(answered);
  }

  const server = http.createServer((incoming, outgoing) => {
    forward(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    connectionString: connectionString.replace(
      `TableEndpoint=http://${endpoint}`,
      `TableEndpoint=http://127.0.0.1:${port}`,
    ),
    decide: (fate) => {
      fateOf = fate;
    },
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
