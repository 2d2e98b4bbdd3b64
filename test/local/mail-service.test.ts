import { EmailClient, type EmailMessage } from '@azure/communication-email';
import { mkdtemp, rm } from 'node:fs/promises';
import * as http from 'node:http';
import { randomBytes, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  startMailService,
  type LoggedSend,
  type MailService,
} from '../../infra/local/mail-service.ts';
import { startMailbox, type Mailbox } from '../../infra/local/mailbox.ts';
import { listenLoopback } from '../../infra/local/ports.ts';
import { patiently } from './patiently.ts';

type Report = { eventType: string; data: { messageId: string; recipient: string; status: string } };

let mailDir: string;
let mailbox: Mailbox;
let service: MailService;
let webhook: http.Server;
const reports: Report[] = [];

beforeAll(async () => {
  mailDir = await mkdtemp(join(tmpdir(), 'mail-test-'));
  mailbox = await startMailbox(0, mailDir);
  let refused = false;
  webhook = http.createServer((request, response) => {
    void json(request).then((events) => {
      // The first event is refused once, to see it come again.
      response.writeHead(refused ? 202 : 500).end();
      if (refused) reports.push(...(events as Report[]));
      refused = true;
    });
  });
  const port = await listenLoopback(webhook, 0);
  service = await startMailService({
    port: 0,
    accessKey: randomBytes(32).toString('base64'),
    smtpPort: mailbox.smtpPort,
    hostUrl: () => `http://127.0.0.1:${port}`,
    now: () => '2030-01-02T03:04:05.000Z',
  });
});

afterAll(async () => {
  await service.stop();
  await mailbox.stop();
  webhook.close();
  await rm(mailDir, { recursive: true, force: true });
});

const client = (connectionString = service.connectionString) =>
  new EmailClient(connectionString, {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });
const message = (to: string): EmailMessage => ({
  senderAddress: 'no-reply@partner-benefits.example',
  content: { subject: `To ${to}`, plainText: 'text', html: '<p>html</p>' },
  recipients: { to: [{ address: to, displayName: 'Somebody' }] },
});
async function send(to: string, operationId: string, using = client()): Promise<string> {
  const poller = await using.beginSend(message(to), { operationId, updateIntervalInMs: 10 });
  return (await poller.pollUntilDone()).status;
}
const setFaults = (next: object[]) =>
  fetch(`${service.url}/faults`, { method: 'PUT', body: JSON.stringify({ next }) });
const requests = async () =>
  (await (await fetch(`${service.url}/requests`)).json()) as LoggedSend[];
async function mailTo(address: string) {
  const all = (await (await fetch(`${mailbox.url}/api/email`)).json()) as {
    to: { address: string }[];
    subject: string;
    text: string;
    html: string;
  }[];
  return all.filter((mail) => mail.to.some((to) => to.address === address));
}

test('the real SDK sends; the mail is in the mailbox, and its delivery is reported', async () => {
  const id = randomUUID();
  expect(await send('ada@fabrikam.example', id)).toBe('Succeeded');
  expect(await mailTo('ada@fabrikam.example')).toMatchObject([
    { subject: 'To ada@fabrikam.example', text: expect.stringContaining('text') as string },
  ]);
  const mine = () => reports.filter((report) => report.data.messageId === id);
  await expect.poll(mine, patiently).toMatchObject([
    {
      eventType: 'Microsoft.Communication.EmailDeliveryReportReceived',
      data: {
        recipient: 'ada@fabrikam.example',
        status: 'Delivered',
        deliveryAttemptTimeStamp: '2030-01-02T03:04:05.000Z',
      },
    },
  ]);
});

test('an address that begins with bounce gets no mail, and its bounce is reported', async () => {
  const id = randomUUID();
  await send('bounce.me@fabrikam.example', id);
  const mine = () => reports.filter((report) => report.data.messageId === id);
  await expect.poll(mine, patiently).toMatchObject([{ data: { status: 'Bounced' } }]);
  expect(await mailTo('bounce.me@fabrikam.example')).toEqual([]);
});

test('a wrong key is 401, and so is a body that is not the signed one', async () => {
  const wrong = client(`endpoint=${service.url}/;accesskey=${randomBytes(32).toString('base64')}`);
  await expect(send('eve@fabrikam.example', randomUUID(), wrong)).rejects.toMatchObject({
    statusCode: 401,
  });
  const unsigned = await fetch(`${service.url}/emails:send?api-version=2025-09-01`, {
    method: 'POST',
    body: JSON.stringify(message('eve@fabrikam.example')),
  });
  expect(unsigned.status).toBe(401);
  expect((await requests()).flatMap(({ to }) => to)).not.toContain('eve@fabrikam.example');
});

test('faults hit the next sends in their order', async () => {
  const to = 'faults@fabrikam.example';
  await setFaults([
    { status: 429, retryAfter: 7 },
    { status: 503 },
    { drop: 'before' },
    { drop: 'after' },
  ]);
  const ids = [1, 2, 3, 4, 5].map(() => randomUUID());
  const outcomes: unknown[] = [];
  for (const id of ids) {
    outcomes.push(
      await send(to, id).catch((error: unknown) => {
        const { statusCode, response } = error as {
          statusCode?: number;
          response?: { headers: { get(name: string): string | undefined } };
        };
        return [statusCode, response?.headers.get('retry-after')];
      }),
    );
  }
  const nothing = [undefined, undefined];
  expect(outcomes).toEqual([[429, '7'], [503, undefined], nothing, nothing, 'Succeeded']);
  const logged = (await requests()).filter((entry) => entry.to.includes(to));
  expect(logged.map(({ operationId, accepted }) => [operationId, accepted])).toEqual(
    ids.map((id, index) => [id, index >= 3]),
  );
  await expect.poll(async () => (await mailTo(to)).length, patiently).toBe(2);
});

test('an operation is known once accepted, even when the answer was cut off, and not before', async () => {
  const [lost, cut] = [randomUUID(), randomUUID()];
  await setFaults([{ drop: 'before' }, { drop: 'after' }]);
  for (const id of [lost, cut]) {
    await expect(send('status@fabrikam.example', id)).rejects.toThrow();
  }
  const { createHash, createHmac } = await import('node:crypto');
  const key = /accesskey=(.*)$/.exec(service.connectionString)?.[1] ?? '';
  const status = async (id: string) => {
    const path = `/emails/operations/${id}?api-version=2025-09-01`;
    const date = new Date().toUTCString();
    const hash = createHash('sha256').update('').digest('base64');
    const signature = createHmac('sha256', Buffer.from(key, 'base64'))
      .update(`GET\n${path}\n${date};${new URL(service.url).host};${hash}`)
      .digest('base64');
    return fetch(`${service.url}${path}`, {
      headers: {
        'x-ms-date': date,
        'x-ms-content-sha256': hash,
        authorization: `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`,
      },
    });
  };
  expect((await status(lost)).status).toBe(404);
  await expect
    .poll(async () => (await status(cut)).json(), patiently)
    .toMatchObject({ id: cut, status: 'Succeeded' });
});
