/** A runtime of a test's own: real storage that nobody else uses, real settings, a clock that can be moved on. */
import type { QueueServiceClient } from '@azure/storage-queue';
import { inject } from 'vitest';
import { readConfig } from '../../src/platform/config.ts';
import { createRuntime, type Runtime } from '../../src/platform/runtime.ts';
import type { QueueName } from '../../src/platform/storage-names.ts';
import { takeAccount } from './azurite.ts';
import { testSettings } from './settings.ts';

export type TestRuntime = {
  runtime: Runtime;
  connectionString: string;
  /** Another runtime on the same storage, as another process has it; `settings` replace the first one's. */
  another(settings?: Record<string, string>): Runtime;
  /** Moves the clock of all these runtimes on, by milliseconds. */
  moveOn(milliseconds: number): void;
  /** Takes the messages off a queue that can be seen now. */
  receive(queue: QueueName): Promise<unknown[]>;
  /** How many messages are on the queue, those that cannot be seen yet included. */
  held(queue: QueueName): Promise<number>;
  /** Hosts for `recordRequests`. */
  hosts: string[];
};

/** Makes a runtime with settings as environment variables; without, storage is a new account and mail goes nowhere. */
export async function testRuntime(settings: Record<string, string> = {}): Promise<TestRuntime> {
  const connectionString = await takeAccount(inject('storage'));
  let offset = 0;
  const clock = { now: () => new Date(Date.now() + offset).toISOString() };
  const another = (others: Record<string, string> = {}): Runtime => ({
    ...createRuntime(
      readConfig({
        ...testSettings,
        AzureWebJobsStorage: connectionString,
        MAIL_CONNECTION_STRING: 'endpoint=http://127.0.0.1:1/;accesskey=bm9uZQ==',
        ...settings,
        ...others,
      }),
    ),
    clock,
  });
  let service: QueueServiceClient | undefined;
  const queueClient = async (queue: QueueName) => {
    const { QueueServiceClient } = await import('@azure/storage-queue');
    service ??= QueueServiceClient.fromConnectionString(connectionString);
    return service.getQueueClient(queue);
  };
  return {
    runtime: another(),
    connectionString,
    another,
    moveOn(milliseconds) {
      offset += milliseconds;
    },
    async receive(queue) {
      const client = await queueClient(queue);
      const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages: 32 });
      await Promise.all(
        receivedMessageItems.map(({ messageId, popReceipt }) =>
          client.deleteMessage(messageId, popReceipt),
        ),
      );
      return receivedMessageItems.map(
        ({ messageText }) => JSON.parse(Buffer.from(messageText, 'base64').toString()) as unknown,
      );
    },
    async held(queue) {
      const { approximateMessagesCount = 0 } = await (await queueClient(queue)).getProperties();
      return approximateMessagesCount;
    },
    hosts: [...connectionString.matchAll(/Endpoint=http:\/\/([^/;]+)/g)].map(
      ([, host]) => host ?? '',
    ),
  };
}
