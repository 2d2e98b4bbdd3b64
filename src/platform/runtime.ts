/**
 * What a running app is made of: settings, clock, storage, mail service. One per process, made at the first
 * invocation; tests make their own.
 */
import { createClock, type Clock } from './clock.ts';
import { processConfig, type Config } from './config.ts';
import { createMailService, type MailService } from './mail-service.ts';
import { createQueueStore, type QueueStore } from './queue-store.ts';
import type { ObserveRequest } from './storage-client.ts';
import { traceRequest } from './telemetry.ts';
import { createTableStore, type TableStore } from './table-store.ts';

export type Runtime = {
  config: Config;
  clock: Clock;
  tables: TableStore;
  queues: QueueStore;
  mail: MailService;
};

/** Makes a runtime. Opens no connection: clients are opened at their first use. */
export function createRuntime(config: Config, observe?: ObserveRequest): Runtime {
  return {
    config,
    clock: createClock(config.testClockFile),
    tables: createTableStore(config.storage, config.tablePrefix, observe),
    queues: createQueueStore(config.storage, observe),
    mail: createMailService(config.mail),
  };
}

let current: Runtime | undefined;

/** This process's runtime. @throws as `readConfig` when a setting is wrong. */
export function runtime(): Runtime {
  return (current ??= createRuntime(processConfig(), traceRequest));
}
