/** What the app tells of itself: one trace from request to mail, the metrics that docs/telemetry.md names, nobody's data. */
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { deliveryReport } from '../../infra/local/mail/delivery-report.ts';
import { noticeMessageSchema, readNotice } from '../../src/notices/notice.ts';
import { readConfig } from '../../src/platform/config.ts';
import { newId } from '../../src/platform/ids.ts';
import { createRuntime } from '../../src/platform/runtime.ts';
import { traceRequest } from '../../src/platform/telemetry.ts';
import { takeAccount } from '../support/azurite.ts';
import { startInProcess, type InProcessApp } from '../support/in-process.ts';
import { programme, type Programme } from '../support/programme.ts';
import { watchTelemetry, type Watched } from '../support/telemetry.ts';
import { startMailServer, type MailServer } from '../notices/support/mail-server.ts';

let app: InProcessApp;
let mail: MailServer;
let setup: Programme;
let watched: Watched;

beforeAll(async () => {
  mail = await startMailServer();
  app = await startInProcess({
    storage: await takeAccount(inject('storage')),
    env: () => ({ MAIL_CONNECTION_STRING: mail.connectionString }),
  });
  watched = watchTelemetry();
  setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
}, 60_000);

afterAll(async () => {
  await mail.close();
  await app.stop();
});

const traceId = (digit: string) => digit.repeat(32);
const traceparent = (digit: string) => `00-${traceId(digit)}-${digit.repeat(16)}-01`;
/** The context that a host gives, with a trace of its own. */
const context = (digit: string) => ({
  invocationId: newId(),
  traceContext: { traceParent: traceparent(digit) },
});

async function messages(queue: string): Promise<Record<string, unknown>[]> {
  const service = QueueServiceClient.fromConnectionString(app.storage);
  const client = service.getQueueClient(queue);
  const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages: 32 });
  await Promise.all(
    receivedMessageItems.map((item) => client.deleteMessage(item.messageId, item.popReceipt)),
  );
  return receivedMessageItems.map(
    ({ messageText }) =>
      JSON.parse(Buffer.from(messageText, 'base64').toString()) as Record<string, unknown>,
  );
}

const run = (name: string, input: unknown, host = 'e') =>
  app.functions.get(name.toLowerCase())!.handler(input, context(host));

async function credit(email: string) {
  const { partnerId, admin } = await setup.partner();
  const { benefitIds } = await setup.membership(partnerId, 'action-pack');
  const userId = await setup.user(partnerId, email);
  return { partnerId, admin, userId, benefitId: benefitIds[0]! };
}

test('CR-08 the trace of a request goes on through the message to the mail, whatever the host’s trace is', async () => {
  const { partnerId, admin, userId, benefitId } = await credit('trace@contoso.com');
  await setup.must('assignCredit', {
    params: { partnerId, benefitId },
    body: { userId },
    token: admin,
    headers: { traceparent: traceparent('a') },
  });
  const [message] = await messages('notices');
  expect(message).toMatchObject({ partnerId, traceparent: expect.stringContaining(traceId('a')) });
  await run('sendNotice', message);
  const spans = watched.spans().filter((span) => span.spanContext().traceId === traceId('a'));
  const named = (name: string) => spans.find((span) => span.name === name)!;
  const chain = [named('assignCredit'), named('sendNotice'), named('mail send')];
  expect(chain.map((span) => span.parentSpanContext?.spanId)).toEqual([
    'a'.repeat(16),
    named('assignCredit').spanContext().spanId,
    named('sendNotice').spanContext().spanId,
  ]);
  expect(named('sendNotice').links.map((link) => link.context.traceId)).toEqual([traceId('e')]);
  expect(named('mail send').attributes).toMatchObject({
    'mail.outcome': 'accepted',
    'mail.attempts': 1,
  });
  const waits = spans.filter((span) => span.attributes['db.system.name'] !== undefined);
  const below = (span: (typeof spans)[number]) => span.parentSpanContext?.spanId;
  const ofRequest = waits.filter(
    (span) => below(span) === named('assignCredit').spanContext().spanId,
  );
  expect(ofRequest.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['GET partners', 'PUT outbox', 'POST transaction', 'POST notices']),
  );
});

test('CR-08 a mail put back keeps its trace, and is counted', async () => {
  const { partnerId, admin, userId, benefitId } = await credit('later@contoso.com');
  await setup.must('assignCredit', {
    params: { partnerId, benefitId },
    body: { userId },
    token: admin,
    headers: { traceparent: traceparent('b') },
  });
  const [message] = await messages('notices');
  mail.post.push({ status: 429, headers: { 'retry-after': '1' } });
  await run('sendNotice', message);
  const runtime = createRuntime(readConfig(process.env));
  const notice = await readNotice(runtime, noticeMessageSchema.parse(message));
  const { traceparent: kept, status, attempts } = notice!.value;
  expect({ kept, status, attempts }).toEqual({
    kept: message!['traceparent'],
    status: 'pending',
    attempts: 1,
  });
  const points = await watched.points();
  const later = { queue: 'notices', outcome: 'later', code: '429' };
  expect(points.get(`partner_benefits.mail.sends ${JSON.stringify(later)}`)).toBe(1);
});

test('CR-15 a sweep’s shards go on in the trace of the timer that found them', async () => {
  await run('expireBenefits', {}, 'c');
  const [shard] = await messages('settlements');
  // A new partner may have nothing due: then a shard is as a run would send it.
  const message = shard ?? { partition: '2026-01-01|00', traceparent: traceparent('c') };
  expect(message['traceparent']).toContain(traceId('c'));
  await run('settleShard', message);
  const span = watched.spans().findLast(({ name }) => name === 'settleShard')!;
  expect(span.spanContext().traceId).toBe(traceId('c'));
});

test('the metrics are those that docs/telemetry.md names', async () => {
  await run('expireBenefits', {});
  await app.call('getBenefit', { params: { partnerId: newId(), benefitId: newId() } });
  const names = new Set([...(await watched.points()).keys()].map((point) => point.split(' ')[0]));
  const { readFile } = await import('node:fs/promises');
  const document = await readFile(new URL('../../docs/telemetry.md', import.meta.url), 'utf8');
  const documented = [...document.matchAll(/^\| `([a-z_.]+)`/gm)].map(([, name]) => name);
  expect([...names].toSorted()).toEqual(documented.toSorted());
  const refused = [...(await watched.points()).keys()].find((point) => point.includes('401'));
  expect(refused).toBe(
    'http.server.request.duration {"faas.name":"getBenefit","http.request.method":"GET","http.route":"/api/partners/{partnerId}/benefits/{benefitId}","http.response.status_code":401}',
  );
});

test('a whole story leaves no address, name, token, link or key in spans, metrics and logs', async () => {
  const secrets = {
    address: 'secret.person@contoso.com',
    name: 'Secretia Personne',
    other: 'second.secret@contoso.com',
    subscription: newId(),
  };
  const { partnerId, admin } = await setup.partner('contoso.com', { contacts: [secrets.other] });
  const { benefitIds } = await setup.membership(partnerId, 'action-pack');
  const params = { partnerId, benefitId: benefitIds[0]! };
  const { body } = await setup.must('addUser', {
    params: { partnerId },
    body: { email: secrets.address, displayName: secrets.name },
    token: admin,
  });
  // Twice the same address is refused; a search holds it in its query; a broken body quotes it.
  await app.call('addUser', {
    params: { partnerId },
    body: { email: secrets.address, displayName: secrets.name, [secrets.name]: 1 },
    token: admin,
  });
  await app.call('listUsers', {
    params: { partnerId },
    query: { search: secrets.address },
    token: admin,
  });
  const link = await setup.assigned(partnerId, admin, params.benefitId, String(body.id));
  mail.post.push({ status: 400 });
  for (const message of await messages('notices')) await run('sendNotice', message);
  await setup.must('sendAssignmentMail', { params, token: admin });
  for (const message of await messages('notices')) await run('sendNotice', message);
  const accepted = mail.accepted.at(-1)!;
  expect(accepted.message.recipients.to[0]?.address).toBe(secrets.address);
  const report = { sender: 'benefits@contoso.com', recipient: secrets.address };
  const at = new Date().toISOString();
  for (const status of ['Bounced', 'Delivered'] as const)
    await run(
      'recordDelivery',
      deliveryReport({ ...report, operationId: accepted.id, status, at }),
    );
  await run('recordDelivery', { data: { recipient: secrets.address } });

  await app.prepare('redemptionPage', { params: { token: link } })();
  await app.prepare('redemptionPage', { params: { token: `${link}broken` } })();
  await app.call('getRedemption', { params: { token: link } });
  await setup.must('redeemCredit', {
    params: { token: link },
    body: { azureSubscriptionId: secrets.subscription },
  });
  await app.call('eraseUser', { params: { partnerId, userId: String(body.id) }, token: admin });
  await run('expireBenefits', {});
  for (const message of await messages('settlements')) await run('settleShard', message);
  await run('redeliverNotices', {});

  const text = await watched.text();
  for (const seen of ['redemptionPage', 'redeemCredit', 'mail send', 'noticeFailed', 'PUT outbox'])
    expect(text).toContain(seen);
  const key = app.env['LINK_SIGNING_KEYS']!.split(':')[1]!;
  const forbidden = [...Object.values(secrets), 'Secretia', link, link.slice(-20), admin, key];
  expect(forbidden.filter((secret) => text.includes(secret))).toEqual([]);
  expect(text).not.toMatch(
    /[\w.+-]+@[\w-]+\.\w+|eyJ[\w-]{10}|\/redeem\/(?!\{token\})|AccountKey|127\.0\.0\.1/,
  );
}, 60_000);

test('a span of storage tells the table and the status, and nothing of the keys', () => {
  const url =
    "https://account.table.core.windows.net/partners(PartitionKey='p',RowKey='user-email%7Cana@contoso.com')?$select=secret";
  traceRequest({ method: 'GET', url, sentAt: 1, answeredAt: 2, status: 503 });
  const span = watched.spans().at(-1)!;
  expect([span.name, span.attributes]).toEqual([
    'GET partners',
    {
      'db.system.name': 'azure.tables',
      'db.collection.name': 'partners',
      'http.request.method': 'GET',
      'http.response.status_code': 503,
      'error.type': '503',
    },
  ]);
});
