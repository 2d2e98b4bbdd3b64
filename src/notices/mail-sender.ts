/**
 * Hands mails to Azure Communication Services, and asks it what became of one. One try a call and a time-out on it:
 * waiting and trying again is the notice's business.
 */
import type { EmailClient, EmailMessage } from '@azure/communication-email';
import type { Instant } from '../platform/calendar.ts';
import type { Config } from '../platform/config.ts';
import { credentialFor } from '../platform/storage-client.ts';
import type { Mail } from './subject.ts';

type MailConfig = Config['mail'];

/**
 * `accepted`: the service has the mail. `refused`: it never will take it. `later`: not now, or the answer was lost,
 * so that it may have it after all; `retryAfter` (ms) is what it asked for. `code` is a status or an error's code.
 */
export type SendOutcome =
  | { outcome: 'accepted' }
  | { outcome: 'refused'; code: string }
  | { outcome: 'later'; code: string; retryAfter?: number };

const timeoutMilliseconds = 10_000;

/** What an operator or time can put right: the service's limits, and keys, domains and resources set up wrong. */
const repairable = new Set([401, 403, 404, 408, 409, 425, 429]);

const clients = new WeakMap<MailConfig, Promise<EmailClient>>();

function clientOf(config: MailConfig): Promise<EmailClient> {
  let client = clients.get(config);
  if (!client) clients.set(config, (client = openClient(config)));
  return client;
}

async function openClient(config: MailConfig): Promise<EmailClient> {
  const { EmailClient } = await import('@azure/communication-email');
  const options = { retryOptions: { maxRetries: 0 } };
  if (config.connectionString) {
    const local = /endpoint=http:/i.test(config.connectionString);
    return new EmailClient(config.connectionString, {
      ...options,
      allowInsecureConnection: local,
    });
  }
  if (!config.endpoint) throw new Error('No mail service is set up');
  return new EmailClient(config.endpoint, await credentialFor(config.clientId), options);
}

/**
 * Sends a mail as the operation `id`, at `startedAt` (real time): one POST, after which the SDK asks once how the
 * operation goes. It does not wait for the operation's end, which delivery reports tell.
 */
export function sendMail(
  config: MailConfig,
  id: string,
  mail: Mail,
  startedAt: Instant,
): Promise<SendOutcome> {
  const customHeaders = {
    'Repeatability-Request-ID': id,
    'Repeatability-First-Sent': new Date(startedAt).toUTCString(),
  };
  return ask(config, messageOf(config, mail), {
    operationId: id,
    requestOptions: { customHeaders },
  });
}

/**
 * Asks what became of the operation `id`: one GET. Undefined when the service knows no such operation, and only then
 * may it be sent (again).
 */
export async function findOperation(
  config: MailConfig,
  id: string,
): Promise<SendOutcome | undefined> {
  // The SDK looks at operations only as its poller does; this is such a poller's saved state.
  const operationLocation = `/emails/operations/${encodeURIComponent(id)}`;
  const state = {
    status: 'running',
    config: { operationLocation, metadata: { mode: 'OperationLocation' } },
  };
  const nothing = messageOf(config, { to: [], subject: '', html: '', text: '' });
  const found = await ask(config, nothing, { resumeFrom: JSON.stringify({ state }) });
  return found.outcome === 'later' && found.code === '404' ? undefined : found;
}

type AskOptions = NonNullable<Parameters<EmailClient['beginSend']>[1]>;
type Answer = { status?: string; error?: { code?: string } | null };

async function ask(
  config: MailConfig,
  message: EmailMessage,
  options: AskOptions,
): Promise<SendOutcome> {
  let known: Answer | undefined;
  const judge = (): SendOutcome | undefined => {
    if (!known) return undefined;
    const unsuccessful = known.status === 'Failed' || known.status === 'Canceled';
    if (!unsuccessful) return { outcome: 'accepted' };
    return { outcome: 'refused', code: known.error?.code ?? known.status ?? 'Failed' };
  };
  try {
    const client = await clientOf(config);
    await client.beginSend(message, {
      ...options,
      abortSignal: AbortSignal.timeout(timeoutMilliseconds),
      // Told of each answer: a mail that was accepted stays so when the question after it goes wrong.
      onResponse(response) {
        if (response.status < 300) known = (response.parsedBody ?? {}) as Answer;
      },
    });
  } catch (error) {
    return judge() ?? explain(error);
  }
  return judge() ?? { outcome: 'later', code: 'NoAnswer' };
}

type Fault = {
  name?: string;
  code?: string;
  statusCode?: number;
  response?: { headers: { get(name: string): string | undefined } };
};

function explain(error: unknown): SendOutcome {
  const { statusCode, code, name, response } = error as Fault;
  if (statusCode === undefined) return { outcome: 'later', code: code ?? name ?? 'Error' };
  if (statusCode >= 400 && statusCode < 500 && !repairable.has(statusCode))
    return { outcome: 'refused', code: String(statusCode) };
  const retryAfter = readRetryAfter(response?.headers.get('retry-after'));
  return { outcome: 'later', code: String(statusCode), ...(retryAfter ? { retryAfter } : {}) };
}

/** Milliseconds of a Retry-After in seconds or as a date. */
function readRetryAfter(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return milliseconds > 0 ? milliseconds : undefined;
}

function messageOf(config: MailConfig, mail: Mail): EmailMessage {
  return {
    senderAddress: config.sender,
    recipients: { to: mail.to },
    content: { subject: mail.subject, html: mail.html, plainText: mail.text },
    // Tracking would rewrite the personal link to lead past others.
    disableUserEngagementTracking: true,
  };
}
