import { randomUUID } from 'node:crypto';
import type { DequeuedMessageItem, QueueClient, QueueServiceClient } from '@azure/storage-queue';
import { bindingData } from './binding-data.ts';
import { requiredText } from './bindings.ts';
import type { RegisteredFunction } from './core-types.ts';
import type { QueueSettings } from './host-json.ts';
import type { Invoker, TriggerInput } from './invoke.ts';

/** How long a received message stays hidden before the lease must be renewed, in seconds. */
const leaseSeconds = 30;
const shortestPoll = 50;
const longestPoll = 1_000;

export type QueueListener = {
  functionName: string;
  /** Looks at once, instead of at the next poll. */
  look(): void;
  /** Looks in a moment: a function has ended, which may have sent a message. */
  lookSoon(): void;
  /** True when a look finds no visible message and none is being worked on. */
  drained(): Promise<boolean>;
  /** How many messages were received so far. */
  received(): number;
  /** Stops polling and waits for the messages in work. */
  stop(): Promise<void>;
};

export type QueueLog = (level: 'warning' | 'error', name: string, message: string) => void;

/**
 * Listens to one queue as the real host does: up to `batchSize` messages in work, the next batch when they
 * are down to `newBatchThreshold`, deleted on success, hidden for `visibilityTimeout` after a failure, and
 * moved to `<queue>-poison` after `maxDequeueCount` tries. A lease of 30 s, renewed while the function runs,
 * takes the place of the real host's ten minutes, so that a killed host's messages soon come back.
 */
export function listenToQueue(
  fn: RegisteredFunction,
  service: QueueServiceClient,
  settings: QueueSettings,
  invoker: Invoker,
  log: QueueLog,
): QueueListener {
  const queueName = requiredText(fn.trigger, 'queueName');
  const queue = service.getQueueClient(queueName);
  const poison = service.getQueueClient(`${queueName}-poison`);
  const work = new Set<Promise<void>>();
  let receiving = false;
  const stopping = new AbortController();
  const stopped = (): boolean => stopping.signal.aborted;
  let received = 0;
  let pause = shortestPoll;
  let timer: NodeJS.Timeout | undefined;
  const health = { broken: false };
  let reading: Promise<void> = Promise.resolve();

  async function poll(): Promise<void> {
    if (receiving || stopped() || work.size > settings.newBatchThreshold) return;
    clearTimeout(timer);
    receiving = true;
    let found = 0;
    try {
      const batch = await queue.receiveMessages({
        numberOfMessages: settings.batchSize,
        visibilityTimeout: leaseSeconds,
      });
      found = batch.receivedMessageItems.length;
      received += found;
      for (const message of batch.receivedMessageItems) {
        const job = handle(message)
          .catch((error: unknown) => log('error', fn.name, `queue ${queueName}: ${String(error)}`))
          .finally(() => {
            work.delete(job);
            start();
          });
        work.add(job);
      }
      if (health.broken) log('warning', fn.name, `queue ${queueName} can be read again`);
      health.broken = false;
    } catch (error) {
      // Said once, not at every poll; a queue that does not exist is an empty one, as on the real host.
      if (!stopped() && !health.broken && !isMissing(error)) {
        health.broken = true;
        log('warning', fn.name, `cannot read queue ${queueName}: ${describe(error)}`);
      }
    } finally {
      receiving = false;
    }
    if (stopped()) return;
    pause = found > 0 ? shortestPoll : Math.min(pause * 1.5, longestPoll);
    if (found > 0) start();
    else timer = setTimeout(start, pause);
  }

  function start(): void {
    clearTimeout(timer);
    if (!receiving) reading = poll();
  }

  async function handle(message: DequeuedMessageItem): Promise<void> {
    let receipt = message.popReceipt;
    let renewing: Promise<void> = Promise.resolve();
    const lease = setInterval(() => {
      renewing = queue
        .updateMessage(message.messageId, receipt, undefined, leaseSeconds)
        .then((answer) => {
          receipt = answer.popReceipt ?? receipt;
        })
        .catch((error: unknown) =>
          log('warning', fn.name, `lost the lease of ${message.messageId}: ${describe(error)}`),
        );
    }, leaseSeconds * 500);
    let failure: unknown;
    let failed = message.dequeueCount > settings.maxDequeueCount;
    try {
      if (!failed)
        await invoker.invoke(fn, queueInput(textOf(message, settings.messageEncoding), message));
    } catch (error) {
      failed = true;
      failure = error;
    } finally {
      clearInterval(lease);
      await renewing;
    }
    if (!failed) {
      await queue.deleteMessage(message.messageId, receipt);
      return;
    }
    log(
      'error',
      fn.name,
      `try ${message.dequeueCount} of ${message.messageId}: ${describe(failure ?? 'no more tries')}`,
    );
    if (message.dequeueCount < settings.maxDequeueCount) {
      const hidden = Math.round(settings.visibilityTimeout / 1000);
      await queue.updateMessage(message.messageId, receipt, undefined, hidden);
      return;
    }
    await poison.createIfNotExists();
    await poison.sendMessage(message.messageText);
    await queue.deleteMessage(message.messageId, receipt);
    log('error', fn.name, `moved ${message.messageId} to ${queueName}-poison`);
  }

  start();
  return {
    functionName: fn.name,
    look: start,
    lookSoon() {
      // Once is enough: many functions ending at the same time are still one look.
      if (pause <= shortestPoll || receiving) return;
      pause = shortestPoll;
      clearTimeout(timer);
      timer = setTimeout(start, pause);
    },
    async drained() {
      const busy = (): boolean => receiving || work.size > 0;
      const before = received;
      if (busy() || (await isVisible(queue))) return false;
      return !busy() && received === before;
    },
    received: () => received,
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await reading;
      await Promise.allSettled(work);
    },
  };
}

/**
 * The trigger input of a message's text. Its metadata is what the queue says of it, and over that the properties of a
 * JSON message (`QueueTriggerBinding`, `Utility.ApplyBindingData`).
 */
export function queueInput(
  text: string,
  message: Partial<Omit<DequeuedMessageItem, 'messageText'>> = {},
): TriggerInput {
  const at = (date: Date | undefined): object => date ?? new Date();
  const data = bindingData();
  data.set('QueueTrigger', text);
  data.set('DequeueCount', message.dequeueCount ?? 1);
  data.set('ExpirationTime', at(message.expiresOn));
  data.set('Id', message.messageId ?? randomUUID());
  data.set('InsertionTime', at(message.insertedOn));
  data.set('NextVisibleTime', at(message.nextVisibleOn));
  data.set('PopReceipt', message.popReceipt ?? '');
  data.addJson(text);
  return { data: { string: text }, metadata: data.toMetadata() };
}

function textOf(message: DequeuedMessageItem, encoding: QueueSettings['messageEncoding']): string {
  if (encoding === 'none') return message.messageText;
  return Buffer.from(message.messageText, 'base64').toString('utf8');
}

async function isVisible(queue: QueueClient): Promise<boolean> {
  try {
    const peeked = await queue.peekMessages({ numberOfMessages: 1 });
    return peeked.peekedMessageItems.length > 0;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as { statusCode?: unknown }).statusCode === 404;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
