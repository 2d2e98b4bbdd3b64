/** A mail service for tests: checks signatures, remembers what it accepted, and fails as it is told to. */
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { signatureProblem } from '../../../infra/local/mail/signature.ts';

const accessKey = Buffer.from('a key of the mail service').toString('base64');

export type AcceptedMail = {
  id: string;
  headers: http.IncomingHttpHeaders;
  message: {
    senderAddress: string;
    recipients: { to: { address: string; displayName: string }[] };
    content: { subject: string; html: string; plainText: string };
    userEngagementTrackingDisabled?: boolean;
  };
};

/** What happens to the next POST or GET: an error status, or the connection is cut before or after it is accepted. */
export type MailTrouble =
  { status: number; headers?: Record<string, string> } | { cut: 'before' | 'after' };

export type MailServer = {
  connectionString: string;
  accepted: AcceptedMail[];
  /** Every request, as `POST` or `GET`. */
  requests: string[];
  /** Troubles of the next POSTs, first one first. */
  post: MailTrouble[];
  /** Troubles of the next GETs. */
  get: MailTrouble[];
  /** Does something between accepting a mail and answering. */
  onAccepted: ((id: string) => Promise<unknown>) | undefined;
  /** What operations are said to be; `Running` when nothing is noted. */
  operations: Map<string, { status: string; error?: { code: string } }>;
  close(): Promise<void>;
};

/** Starts it on a free port. */
export async function startMailServer(): Promise<MailServer> {
  const http1 = http.createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => http1.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http1.address() as AddressInfo).port}`;
  const server: MailServer = {
    connectionString: `endpoint=${url}/;accesskey=${accessKey}`,
    accepted: [],
    requests: [],
    post: [],
    get: [],
    onAccepted: undefined,
    operations: new Map(),
    close: () =>
      new Promise((resolve) => {
        http1.close(() => resolve());
        http1.closeAllConnections();
      }),
  };

  async function answer(request: http.IncomingMessage, response: http.ServerResponse) {
    const body = await buffer(request);
    server.requests.push(request.method ?? '');
    const say = (status: number, content: unknown, headers: Record<string, string> = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(content));
    if (signatureProblem(request, body, accessKey)) return say(401, { error: { code: 'Denied' } });

    const trouble = request.method === 'POST' ? server.post.shift() : server.get.shift();
    if (trouble && 'status' in trouble)
      return say(trouble.status, { error: { code: 'Trouble' } }, trouble.headers);
    if (trouble?.cut === 'before') return request.socket.destroy();

    if (request.method === 'POST') {
      const id = String(request.headers['operation-id']);
      const message = JSON.parse(body.toString()) as AcceptedMail['message'];
      server.accepted.push({ id, headers: request.headers, message });
      server.operations.set(id, { status: 'Running' });
      await server.onAccepted?.(id);
      if (trouble) return request.socket.destroy();
      const location = `${url}/emails/operations/${id}?api-version=2025-09-01`;
      return say(202, { id, status: 'Running' }, { 'operation-location': location });
    }
    const id = /\/emails\/operations\/([^?]+)/.exec(request.url ?? '')?.[1] ?? '';
    const operation = server.operations.get(id);
    if (!operation) return say(404, { error: { code: 'NotFound' } });
    if (trouble) return request.socket.destroy();
    return say(200, { id, ...operation });
  }
  return server;
}
