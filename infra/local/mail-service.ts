import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createTransport } from 'nodemailer';
import * as z from 'zod';
import { deliveryReport, postEvent, type DeliveryStatus } from './mail/delivery-report.ts';
import { signatureProblem } from './mail/signature.ts';
import { listenLoopback } from './ports.ts';

const address = z.looseObject({ address: z.email(), displayName: z.string().optional() });

const sendRequest = z.looseObject({
  senderAddress: z.email(),
  content: z
    .looseObject({
      subject: z.string().min(1),
      plainText: z.string().optional(),
      html: z.string().optional(),
    })
    .refine((content) => content.plainText || content.html, 'plainText or html is required'),
  recipients: z.looseObject({ to: z.array(address).min(1).max(50) }),
  headers: z.record(z.string(), z.string()).optional(),
  replyTo: z.array(address).optional(),
});

const fault = z.union([
  z.strictObject({ status: z.int().min(400).max(599), retryAfter: z.int().min(0).optional() }),
  z.strictObject({ drop: z.enum(['before', 'after']) }),
  z.strictObject({ hang: z.literal(true) }),
]);
const faults = z.strictObject({ next: z.array(fault) });

/** The access key on one machine: known to all, as Azurite's is, so that settings files can hold it. */
export const localAccessKey = Buffer.from('partner-benefits: local mail only').toString('base64');

type SendRequest = z.infer<typeof sendRequest>;

/**
 * What goes wrong with one of the next sends: an error status, a connection cut before or after the mail was
 * accepted, or an answer that never comes (nothing accepted).
 */
export type MailFault = z.infer<typeof fault>;

/** One request to send, as it came in; `accepted` is false when a fault refused it. */
export type LoggedSend = {
  operationId: string;
  to: string[];
  subject: string;
  /** RFC 3339, real time. */
  at: string;
  accepted: boolean;
};

export type MailService = {
  url: string;
  /** For MAIL_CONNECTION_STRING. */
  connectionString: string;
  stop(): Promise<void>;
};

export type MailServiceStart = {
  port: number;
  /** Base64. */
  accessKey: string;
  smtpPort: number;
  /** The Functions host that gets delivery reports; undefined while there is none. */
  hostUrl: () => string | undefined;
  /** The time that delivery reports bear, RFC 3339. */
  now: () => string;
};

/**
 * A stand-in for Communication Services' mail: `POST /emails:send`, `GET /emails/operations/{id}`, both signed.
 * What it accepts goes into the mailbox by SMTP, and a delivery report to the function `recordDelivery`: Bounced
 * (and no mail) for addresses whose local part begins with `bounce`. The same operation id sent twice is two
 * mails, since the real service does not promise otherwise. For tests: `PUT /faults`, `GET /requests`.
 */
export async function startMailService(start: MailServiceStart): Promise<MailService> {
  const smtp = createTransport({
    pool: true,
    host: '127.0.0.1',
    port: start.smtpPort,
    secure: false,
    ignoreTLS: true,
  });
  const operations = new Map<string, { status: string; error?: object }>();
  const log: LoggedSend[] = [];
  const closing = new AbortController();
  let pending: MailFault[] = [];

  async function deliver(operationId: string, mail: SendRequest): Promise<void> {
    const sender = mail.senderAddress;
    for (const to of mail.recipients.to) {
      const bounces = /^bounce/i.test(to.address);
      if (!bounces) {
        await smtp.sendMail({
          from: sender,
          to: { name: to.displayName ?? '', address: to.address },
          subject: mail.content.subject,
          headers: { ...mail.headers, 'x-operation-id': operationId },
          ...(mail.content.plainText ? { text: mail.content.plainText } : {}),
          ...(mail.content.html ? { html: mail.content.html } : {}),
          ...(mail.replyTo ? { replyTo: mail.replyTo.map((reply) => reply.address) } : {}),
        });
      }
      const status: DeliveryStatus = bounces ? 'Bounced' : 'Delivered';
      const report = { operationId, sender, recipient: to.address, status, at: start.now() };
      void postEvent(start.hostUrl, 'recordDelivery', deliveryReport(report), closing.signal);
    }
    operations.set(operationId, { status: 'Succeeded' });
  }

  function accept(operationId: string, mail: SendRequest): void {
    operations.set(operationId, { status: 'Running' });
    deliver(operationId, mail).catch((error: unknown) => {
      operations.set(operationId, {
        status: 'Failed',
        error: { code: 'InternalServerError', message: String(error) },
      });
    });
  }

  function send(request: http.IncomingMessage, response: http.ServerResponse, body: Buffer): void {
    const given = request.headers['operation-id'];
    const operationId = typeof given === 'string' ? given.toLowerCase() : randomUUID();
    if (!z.guid().safeParse(operationId).success) {
      fail(response, 400, 'InvalidOperationId', 'Operation-Id is not a GUID.');
      return;
    }
    const parsed = sendRequest.safeParse(parseJson(body));
    if (!parsed.success) {
      fail(response, 400, 'BadRequest', z.prettifyError(parsed.error));
      return;
    }
    const trouble = pending.shift();
    const accepted = !trouble || ('drop' in trouble && trouble.drop === 'after');
    log.push({
      operationId,
      to: parsed.data.recipients.to.map((to) => to.address),
      subject: parsed.data.content.subject,
      at: new Date().toISOString(),
      accepted,
    });
    if (accepted) accept(operationId, parsed.data);
    if (trouble && 'drop' in trouble) request.socket.destroy();
    else if (trouble && 'status' in trouble) {
      if (trouble.retryAfter !== undefined) response.setHeader('retry-after', trouble.retryAfter);
      fail(response, trouble.status, 'InjectedFault', 'A fault that a test asked for.');
    } else if (!trouble) {
      response.setHeader('operation-location', operationUrl(operationId));
      response.setHeader('retry-after', '1');
      json(response, 202, { id: operationId, status: 'Running', error: null });
    }
  }

  function control(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    body: Buffer,
  ): void {
    if (request.url === '/requests' && request.method === 'GET') {
      json(response, 200, log);
      return;
    }
    if (request.url === '/faults' && request.method === 'PUT') {
      const parsed = faults.safeParse(parseJson(body));
      if (!parsed.success) {
        fail(response, 400, 'BadRequest', z.prettifyError(parsed.error));
        return;
      }
      pending = [...parsed.data.next];
      json(response, 200, { next: pending });
      return;
    }
    fail(response, 404, 'NotFound', 'There is no such resource.');
  }

  async function answer(request: http.IncomingMessage, response: http.ServerResponse) {
    const body = await buffer(request);
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (!url.pathname.startsWith('/emails')) {
      control(request, response, body);
      return;
    }
    const problem = signatureProblem(request, body, start.accessKey);
    if (problem) {
      fail(response, 401, 'Denied', `Access denied: ${problem}.`);
      return;
    }
    if (!url.searchParams.has('api-version')) {
      fail(response, 400, 'MissingApiVersionParameter', 'api-version is required.');
      return;
    }
    if (url.pathname === '/emails:send' && request.method === 'POST') {
      send(request, response, body);
      return;
    }
    const id = /^\/emails\/operations\/([^/]+)$/.exec(url.pathname)?.[1]?.toLowerCase();
    const operation = id === undefined ? undefined : operations.get(id);
    if (request.method !== 'GET' || !operation) {
      fail(response, 404, 'NotFound', 'There is no such operation.');
      return;
    }
    if (operation.status === 'Running') response.setHeader('retry-after', '1');
    json(response, 200, { id, status: operation.status, error: operation.error ?? null });
  }

  const server = http.createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const url = `http://127.0.0.1:${await listenLoopback(server, start.port)}`;
  const operationUrl = (id: string): string =>
    `${url}/emails/operations/${id}?api-version=2025-09-01`;

  return {
    url,
    connectionString: `endpoint=${url}/;accesskey=${start.accessKey}`,
    async stop() {
      closing.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      smtp.close();
    },
  };
}

function json(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function fail(response: http.ServerResponse, status: number, code: string, message: string): void {
  response.setHeader('x-ms-error-code', code);
  json(response, status, { error: { code, message } });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
