/**
 * The one way to the mail service, Azure Communication Services: hands it emails, and asks it what became of one. One
 * try a call and a time-out on it: waiting and trying again is the notice's business. The SDK is loaded at the first
 * email.
 */
import type { EmailClient, EmailMessage } from '@azure/communication-email';
import type { Instant } from './calendar.ts';
import type { Config } from './config.ts';
import { credentialFor } from './storage-client.ts';

type MailConfig = Config['mail'];

/** An email ready to be sent. Everybody in `to` sees the others: give several people an email each. */
export type Mail = {
  to: { address: string; displayName: string }[];
  subject: string;
  html: string;
  text: string;
};

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

export type MailService = ReturnType<typeof createMailService>;

/** Opens the mail service. */
export function createMailService(config: MailConfig) {
  let opened: Promise<EmailClient> | undefined;
  const client = () => (opened ??= openClient(config));

  return {
    /**
     * Sends an email as the operation `id`, at `startedAt` (real time): one POST, after which the SDK asks once how the
     * operation goes. It does not wait for the operation's end, which delivery reports tell.
     */
    send(id: string, mail: Mail, startedAt: Instant): Promise<SendOutcome> {
      const customHeaders = {
        'Repeatability-Request-ID': id,
        'Repeatability-First-Sent': new Date(startedAt).toUTCString(),
      };
      return ask(client, messageOf(config, mail), {
        operationId: id,
        requestOptions: { customHeaders },
      });
    },

    /**
     * Asks what became of the operation `id`: one GET. Undefined when the service knows no such operation, and only
     * then may it be sent (again).
     */
    async find(id: string): Promise<SendOutcome | undefined> {
      // The SDK looks at operations only as its poller does; this is such a poller's saved state.
      const operationLocation = `/emails/operations/${encodeURIComponent(id)}`;
      const state = {
        status: 'running',
        config: { operationLocation, metadata: { mode: 'OperationLocation' } },
      };
      const nothing = messageOf(config, { to: [], subject: '', html: '', text: '' });
      const found = await ask(client, nothing, { resumeFrom: JSON.stringify({ state }) });
      return found.outcome === 'later' && found.code === '404' ? undefined : found;
    },
  };
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

type AskOptions = NonNullable<Parameters<EmailClient['beginSend']>[1]>;
type Answer = { status?: string; error?: { code?: string } | null };

async function ask(
  client: () => Promise<EmailClient>,
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
    const emailClient = await client();
    await emailClient.beginSend(message, {
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
