/**
 * The whole system in one process: storage, queues and mail service, and instances of the app, each with a runtime of
 * its own. Everything they ask for passes the scheduler.
 */
import { readConfig } from '../../../src/platform/config.ts';
import type { Runtime } from '../../../src/platform/runtime.ts';
import { testSettings } from '../../support/settings.ts';
import { createMailServer, createSimulatedMail, type Accepted } from '../engine/mail.ts';
import { createQueueServer, createSimulatedQueues, type Message } from '../engine/queues.ts';
import { createScheduler, type Instance, type Policy, type Task } from '../engine/scheduler.ts';
import {
  createTableServer,
  type Change,
  type Stored,
  type TableContent,
} from '../engine/table-server.ts';
import { createSimulatedTables, type Between } from '../engine/tables.ts';
import type { TableName } from '../../../src/platform/storage-names.ts';

/** A system at rest, to begin others with. */
export type Snapshot = {
  time: number;
  tables: TableContent;
  lastTag: number;
  messages: readonly Message[];
  accepted: readonly Accepted[];
};

/** What a transaction has done, and in which invocation. */
export type Applied = {
  table: TableName;
  partitionKey: string;
  changes: readonly Change[];
  task: Task;
};

export type Options = {
  from: Snapshot;
  policy: Policy;
  /** How far off the clock of each instance is, in milliseconds. */
  skews: readonly number[];
  /** Guards that are switched off (tests of the simulation). */
  tampering?: Pick<Between, 'read' | 'write'> | undefined;
  /** How many rows a server gives of those that it could give at most. */
  pageSize?: ((most: number) => number) | undefined;
  settings?: Record<string, string>;
  trace?: ((line: string) => void) | undefined;
};

export type System = ReturnType<typeof createSystem>;

const config = (settings: Record<string, string>) =>
  readConfig({
    ...testSettings,
    MAIL_PER_MINUTE: '100000',
    MAIL_PER_HOUR: '100000',
    ...settings,
  });
const usual = config({});

/** Makes a system that goes on from a snapshot. */
export function createSystem(options: Options) {
  const { from, policy, skews, trace } = options;
  const scheduler = createScheduler(from.time, policy, trace);
  const tables = createTableServer(scheduler.time, from.tables, from.lastTag);
  const queues = createQueueServer(scheduler.time, from.messages);
  const mail = createMailServer(from.accepted);
  const instances = skews.map((skew, i): Instance => ({
    name: `i${i + 1}`,
    skew,
    frozenUntil: 0,
    deaths: 0,
  }));
  const settings = options.settings ? config(options.settings) : usual;
  const watchers: ((applied: Applied) => void)[] = [];
  const mailWatchers: ((accepted: Accepted) => void)[] = [];
  let performing: Task | undefined;

  /** Runs in the name of the task that asked, so that what it does can be told to whom it belongs. */
  function send<T>(label: string, kind: 'read' | 'write' | 'mail', perform: () => T): Promise<T> {
    const task = scheduler.current();
    return scheduler.request(label, kind, () => {
      performing = task;
      return perform();
    });
  }

  const between: Between = {
    ...options.tampering,
    ...(options.pageSize ? { pageSize: options.pageSize } : {}),
    applied(table, partitionKey, changes) {
      for (const watch of watchers) watch({ table, partitionKey, changes, task: performing! });
    },
  };

  /** A process that has just started: nothing is remembered of an earlier one. */
  function start(instance: Instance): Runtime {
    return {
      config: settings,
      clock: { now: () => new Date(scheduler.now(instance)).toISOString() },
      tables: createSimulatedTables(tables, send, between),
      queues: createSimulatedQueues(queues, send),
      mail: createSimulatedMail(mail, send, (one) => {
        for (const watch of mailWatchers) watch(one);
      }),
    };
  }

  return {
    scheduler,
    tables,
    queues,
    mail,
    instances,
    start,
    /** Tells of every transaction, at once and in their order. */
    watch: (watcher: (applied: Applied) => void) => void watchers.push(watcher),
    watchMail: (watcher: (accepted: Accepted) => void) => void mailWatchers.push(watcher),
    snapshot: (): Snapshot => ({
      time: scheduler.time(),
      tables: tables.content(),
      lastTag: tables.lastTag(),
      messages: queues.messages(),
      accepted: mail.all(),
    }),
  };
}

const values = new WeakMap<Stored, unknown>();

/** What a stored row holds. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names what the row is
export function valueOf<T>(stored: Stored): T {
  let value = values.get(stored);
  if (value === undefined) values.set(stored, (value = JSON.parse(stored.data)));
  return value as T;
}
