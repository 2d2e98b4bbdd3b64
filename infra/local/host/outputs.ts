import type { QueueClient, QueueServiceClient } from '@azure/storage-queue';
import { requiredText } from './bindings.ts';
import type { InvocationResponse, RegisteredFunction, TypedData } from './core-types.ts';
import type { QueueSettings } from './host-json.ts';

/** Opens the queue service of a binding's `connection` setting. */
export type OpenQueues = (connection: unknown) => QueueServiceClient;

/**
 * Opens queue services by the name of their setting (NAME, else AzureWebJobsNAME), each once; undefined, and
 * the storage SDK not loaded, when no function uses queues.
 */
export async function queueServices(
  functions: readonly RegisteredFunction[],
): Promise<OpenQueues | undefined> {
  const bindings = functions.flatMap((fn) => Object.values(fn.metadata.bindings));
  if (!bindings.some(({ type }) => type === 'queue' || type === 'queueTrigger')) return undefined;
  const { QueueServiceClient } = await import('@azure/storage-queue');
  const opened = new Map<string, QueueServiceClient>();
  return (connection) => {
    const name = typeof connection === 'string' && connection !== '' ? connection : 'Storage';
    const value = process.env[name] ?? process.env[`AzureWebJobs${name}`];
    if (!value) throw new Error(`Neither the setting ${name} nor AzureWebJobs${name} is there.`);
    const service =
      opened.get(value) ??
      QueueServiceClient.fromConnectionString(value, {
        retryOptions: { maxTries: 2, tryTimeoutInMs: 5_000, retryDelayInMs: 100 },
      });
    opened.set(value, service);
    return service;
  };
}

/** Writes what a function put out on its queue output bindings; does nothing for one without any. */
export type WriteOutputs = (fn: RegisteredFunction, outcome: InvocationResponse) => Promise<void>;

/** A writer of queue outputs; queues that are not there are created, as the real host does. */
export function queueOutputs(
  open: OpenQueues | undefined,
  encoding: QueueSettings['messageEncoding'],
): WriteOutputs {
  return async (fn, outcome) => {
    for (const { name, data } of written(outcome)) {
      const binding = fn.metadata.bindings[name];
      if (binding?.type !== 'queue' || !open) continue;
      const queue = open(binding['connection']).getQueueClient(requiredText(binding, 'queueName'));
      await queue.createIfNotExists();
      await writeToQueue(queue, data, encoding);
    }
  };
}

function written(outcome: InvocationResponse): { name: string; data: TypedData }[] {
  const { outputData, returnValue } = outcome;
  return returnValue ? [...outputData, { name: '$return', data: returnValue }] : outputData;
}

/** An array is one message each. */
async function writeToQueue(
  queue: QueueClient,
  data: TypedData,
  encoding: QueueSettings['messageEncoding'],
): Promise<void> {
  for (const body of messageBodies(data)) {
    await queue.sendMessage(encoding === 'base64' ? Buffer.from(body).toString('base64') : body);
  }
}

function messageBodies(data: TypedData): string[] {
  if (data.bytes) return [Buffer.from(data.bytes).toString('utf8')];
  if (data.json === undefined) return [data.string ?? String(data.int ?? data.double ?? '')];
  const value: unknown = JSON.parse(data.json);
  if (!Array.isArray(value)) return [data.json];
  return value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
}
