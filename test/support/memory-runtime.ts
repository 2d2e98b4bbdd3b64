/**
 * A runtime on storage in memory (the simulation's, which `test/simulation/stores.test.ts` holds to Azurite), for tests
 * that try every point at which a process can die: thousands of requests, of which none needs a server.
 */
import { createQueueServer, createSimulatedQueues } from '../simulation/engine/queues.ts';
import { createTableServer } from '../simulation/engine/table-server.ts';
import { createSimulatedTables, type Between, type Send } from '../simulation/engine/tables.ts';
import { readConfig } from '../../src/platform/config.ts';
import { createRuntime, type Runtime } from '../../src/platform/runtime.ts';
import { asStorageFault } from '../../src/platform/storage-faults.ts';
import { tableNames } from '../../src/platform/storage-names.ts';
import type { Breakage } from './faulty-proxy.ts';
import type { TestRuntime } from './runtime.ts';
import { testSettings } from './settings.ts';

export type MemoryRuntime = Pick<
  TestRuntime,
  'runtime' | 'another' | 'moveOn' | 'receive' | 'held'
> & {
  /** Another process on the same storage, which dies after so many requests, as `startFaultyProxy` breaks its way. */
  dying(requests: number, how: Breakage): DyingRuntime;
  /** Another process, in which something else happens first when it is about to make its request after so many. */
  interrupted(requests: number, first: () => Promise<unknown>): DyingRuntime;
  /** All that is in storage: every row with its keys, every message. */
  dump(): string[];
};

export type DyingRuntime = {
  runtime: Runtime;
  /** How many of its requests got through. */
  passed(): number;
};

/**
 * Makes a runtime with settings as environment variables, on storage of its own in memory. `between` sees what is asked
 * of it on the way.
 */
export async function memoryRuntime(
  settings: Record<string, string> = {},
  between: Between = {},
): Promise<MemoryRuntime> {
  let offset = 0;
  // Only the app's clock moves on, as over Azurite: storage keeps the real time.
  const clock = { now: () => new Date(Date.now() + offset).toISOString() };
  const tables = createTableServer(Date.now);
  const queues = createQueueServer(Date.now);

  // A request takes a turn of the event loop, so that what runs side by side gets between.
  const arrive: Send = async (_label, _kind, perform) => {
    await new Promise((resolve) => setImmediate(resolve));
    return perform();
  };
  const processWith = (send: Send, others: Record<string, string> = {}): Runtime => ({
    ...createRuntime(
      readConfig({
        ...testSettings,
        MAIL_CONNECTION_STRING: 'endpoint=http://127.0.0.1:1/;accesskey=bm9uZQ==',
        ...settings,
        ...others,
      }),
    ),
    clock,
    tables: createSimulatedTables(tables, send, between),
    queues: createSimulatedQueues(queues, send),
  });

  return {
    runtime: processWith(arrive),
    another: (others) => processWith(arrive, others),
    dying(requests, how) {
      let passed = 0;
      let losesAnswer = how === 'lose-answer';
      const unreachable = () => asStorageFault({ name: 'TimeoutError' });
      const send: Send = async (label, kind, perform) => {
        if (passed < requests) {
          passed += 1;
          return arrive(label, kind, perform);
        }
        if (losesAnswer) {
          losesAnswer = false;
          await arrive(label, kind, perform);
        }
        throw unreachable();
      };
      return { runtime: processWith(send), passed: () => passed };
    },
    interrupted(requests, first) {
      let passed = 0;
      const send: Send = async (label, kind, perform) => {
        passed += 1;
        if (passed === requests + 1) await first();
        return arrive(label, kind, perform);
      };
      return { runtime: processWith(send), passed: () => passed };
    },
    dump() {
      const rows = tableNames.flatMap((table) =>
        tables
          .partitionsOf(table)
          .flatMap((partition) => tables.rowsOf(table, partition))
          .map(({ partitionKey, rowKey, data }) => `${table} ${partitionKey} ${rowKey} ${data}`),
      );
      return [...rows, ...queues.messages().map(({ queue, text }) => `${queue} ${text}`)];
    },
    moveOn(milliseconds) {
      offset += milliseconds;
    },
    async receive(queue) {
      return queues.visible(queue).map((message) => {
        queues.remove(message);
        return JSON.parse(message.text) as unknown;
      });
    },
    held: async (queue) => queues.count(queue),
  };
}
