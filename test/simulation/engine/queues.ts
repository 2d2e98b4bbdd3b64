/** Storage queues in memory: the product's queue store on one side, what the Functions host does on the other. */
import type { QueueStore } from '../../../src/platform/queue-store.ts';
import type { QueueName } from '../../../src/platform/storage-names.ts';
import type { Send } from './tables.ts';

/** A message on a queue. Seen from `visibleAt` on, in milliseconds of the server's clock. */
export type Message = {
  id: number;
  queue: QueueName;
  text: string;
  visibleAt: number;
  /** How often it was taken. */
  taken: number;
};

export type QueueServer = ReturnType<typeof createQueueServer>;

/** Makes queues that hold these messages. `now` is the server's clock. */
export function createQueueServer(now: () => number, content: readonly Message[] = []) {
  let messages: Message[] = content.map((message) => ({ ...message }));
  const poison: Message[] = [];
  let lastId = Math.max(0, ...messages.map(({ id }) => id));

  return {
    put(queue: QueueName, text: string, delaySeconds: number): void {
      lastId += 1;
      const visibleAt = now() + delaySeconds * 1_000;
      messages.push({ id: lastId, queue, text, visibleAt, taken: 0 });
    },

    /** Messages that can be seen now, the oldest first. */
    visible: (queue?: QueueName): readonly Message[] =>
      messages.filter((one) => one.visibleAt <= now() && (queue ?? one.queue) === one.queue),

    /** Takes a message that can be seen; nobody else sees it for so long. */
    take(message: Message, milliseconds: number): void {
      message.taken += 1;
      message.visibleAt = now() + milliseconds;
    },

    /** Lets a taken message be seen again after so long. */
    release(message: Message, milliseconds: number): void {
      message.visibleAt = now() + milliseconds;
    },

    remove(message: Message): void {
      messages = messages.filter((one) => one !== message);
    },

    toPoison(message: Message): void {
      messages = messages.filter((one) => one !== message);
      poison.push(message);
    },

    count: (queue: QueueName, ofPoison = false) =>
      (ofPoison ? poison : messages).filter((one) => one.queue === queue).length,

    poison: (): readonly Message[] => poison,
    messages: (): readonly Message[] => messages,
    /** When the next message can be seen; Infinity when there is none. */
    nextVisibleAt: () => Math.min(Infinity, ...messages.map(({ visibleAt }) => visibleAt)),
  };
}

/** Opens the product's queue store on a server. */
export function createSimulatedQueues(server: QueueServer, send: Send): QueueStore {
  return {
    async send(queue, message, delaySeconds) {
      // As over the network: what is put on the queue is text.
      const text = JSON.stringify(message);
      await send(`queue ${queue}: put ${text}`, 'write', () => {
        server.put(queue, text, delaySeconds ?? 0);
      });
    },

    count: (queue, poison) =>
      send(`queue ${queue}: count`, 'read', () => server.count(queue, poison)),
  };
}
