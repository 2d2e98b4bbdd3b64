/** The one way to Storage queues: JSON in base64, as the Functions host's queue trigger expects it. */
import type { QueueClient } from '@azure/storage-queue';
import type { StorageConfig } from './config.ts';
import {
  clientOptions,
  credentialFor,
  type ObserveRequest,
  requestTimeout,
} from './storage-client.ts';
import { asStorageFault, isMissing } from './storage-faults.ts';
import type { QueueName } from './storage-names.ts';
import type { StoredMessage } from './stored.ts';

type Queue = QueueName | `${QueueName}-poison`;

export type QueueStore = ReturnType<typeof createQueueStore>;

/** Opens the queues. The SDK is loaded at the first message. */
export function createQueueStore(storage: StorageConfig, observe?: ObserveRequest) {
  const clients = new Map<Queue, Promise<QueueClient>>();

  async function open(queue: Queue): Promise<QueueClient> {
    const { QueueServiceClient } = await import('@azure/storage-queue');
    const { retryOptions } = clientOptions(undefined);
    const options = {
      retryOptions: {
        maxTries: retryOptions.maxRetries + 1,
        retryDelayInMs: retryOptions.retryDelayInMs,
        maxRetryDelayInMs: retryOptions.maxRetryDelayInMs,
        tryTimeoutInMs: requestTimeout.milliseconds,
      },
    };
    const service =
      'connectionString' in storage
        ? QueueServiceClient.fromConnectionString(storage.connectionString, options)
        : new QueueServiceClient(
            storage.queueEndpoint,
            await credentialFor(storage.clientId),
            options,
          );
    return service.getQueueClient(queue);
  }

  function client(queue: Queue): Promise<QueueClient> {
    let opened = clients.get(queue);
    if (!opened) clients.set(queue, (opened = open(queue)));
    return opened;
  }

  return {
    /**
     * Puts a message on a queue, to be seen after `delaySeconds` (at most 7 days).
     * @throws RefusalError ServiceUnavailable when the queue cannot be reached.
     */
    async send(queue: QueueName, message: StoredMessage, delaySeconds = 0): Promise<void> {
      const queueClient = await client(queue);
      const sentAt = performance.now();
      let status: number | undefined;
      try {
        const text = Buffer.from(JSON.stringify(message)).toString('base64');
        await queueClient.sendMessage(text, {
          visibilityTimeout: delaySeconds,
          abortSignal: AbortSignal.timeout(requestTimeout.milliseconds),
        });
        status = 201;
      } catch (error) {
        ({ statusCode: status } = error as { statusCode?: number });
        throw asStorageFault(error);
      } finally {
        const answeredAt = performance.now();
        observe?.({ method: 'POST', url: queueClient.url, sentAt, answeredAt, status });
      }
    },

    /**
     * About how many messages a queue holds, those that wait for a later time included; or its poison queue, which
     * the host makes when the first message goes there.
     * @throws RefusalError ServiceUnavailable when the queue cannot be reached.
     */
    async count(queue: QueueName, poison = false): Promise<number> {
      const sentAt = performance.now();
      const queueClient = await client(poison ? `${queue}-poison` : queue);
      let status: number | undefined;
      try {
        const abortSignal = AbortSignal.timeout(requestTimeout.milliseconds);
        const { approximateMessagesCount } = await queueClient.getProperties({ abortSignal });
        status = 200;
        return approximateMessagesCount ?? 0;
      } catch (error) {
        ({ statusCode: status } = error as { statusCode?: number });
        if (isMissing(error)) return 0;
        throw asStorageFault(error);
      } finally {
        const answeredAt = performance.now();
        observe?.({ method: 'GET', url: queueClient.url, sentAt, answeredAt, status });
      }
    },
  };
}
