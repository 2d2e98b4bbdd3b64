/**
 * The small Functions host, run as a process of its own by `host-process.ts`: what the app does to its
 * process (a crash, a kill in a test) then happens to the app alone. It ends with its parent.
 */
import * as http from 'node:http';
import * as net from 'node:net';
import { pathToFileURL } from 'node:url';
import { testClock } from './clock.ts';
import { adminRoutes } from './host/admin.ts';
import { provideFunctionsCore, type Registry } from './host/core-module.ts';
import type { LogLevel, RegisteredFunction } from './host/core-types.ts';
import { answerCors, type CorsSettings } from './host/cors.ts';
import { answerEventGrid, eventGridPath } from './host/event-grid.ts';
import { entryFiles, readHostJson } from './host/host-json.ts';
import { BodyTooLarge, httpFunctions, refuseBody, usualActivityTimeout } from './host/http.ts';
import { createInvoker } from './host/invoke.ts';
import { queueServices, queueOutputs } from './host/outputs.ts';
import { listenToQueue, type QueueListener } from './host/queues.ts';
import { byName } from './host/routes.ts';
import { createTimers } from './host/timers.ts';
import { listenLoopback } from './ports.ts';

/** How the host is started; sent as JSON in the first argument. */
export type HostOptions = {
  /** The folder of host.json and package.json. */
  appDir: string;
  /** 0 for any free port. */
  port: number;
  /** The test clock's file. */
  clockFile: string;
  cors: CorsSettings;
  /** How long a forwarded request may be silent, in milliseconds; by default 240 s, as on the real host. */
  activityTimeout?: number;
};

/** What the host tells its parent, once. */
export type HostMessage =
  { type: 'ready'; port: number; functions: string[] } | { type: 'failed'; message: string };

/** How long a stop waits for running functions, in milliseconds: as long as the real host's. */
const stopLimit = 10_000;

type Listener = (request: http.IncomingMessage, response: http.ServerResponse) => void;

async function main(options: HostOptions): Promise<void> {
  let handle: Listener = (_request, response) => response.writeHead(503).end();
  const server = http.createServer((request, response) => handle(request, response));
  // As long as the real host's server keeps a connection; Node's own 5 s end one under a slow upload that was refused.
  server.keepAliveTimeout = 130_000;
  const port = await listenLoopback(server, options.port);
  process.env['PUBLIC_BASE_URL'] ??= `http://127.0.0.1:${port}`;

  const settings = readHostJson(options.appDir);
  const clock = testClock(options.clockFile);
  const registry = provideFunctionsCore((level, _category, message) => write(level, message));
  for (const file of entryFiles(options.appDir)) await import(pathToFileURL(file).href);
  const functions = byName(registry.functions.values());
  if (functions.length === 0) throw new Error('The app registers no functions.');
  const ofType = (type: string): RegisteredFunction[] =>
    functions.filter((fn) => fn.trigger.type === type);
  for (const fn of functions) {
    if (!/^(http|timer|queue|eventGrid)Trigger$/.test(fn.trigger.type)) {
      throw new Error(`Function "${fn.name}": this host has no ${fn.trigger.type}.`);
    }
  }
  await registry.runHooks('appStart', {});
  const { streamUri, closeStream } = await readCapabilities(registry);
  registry.close();

  const onError = (name: string, error: unknown): void =>
    write(
      'error',
      `${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  const queues: QueueListener[] = [];
  const openQueues = await queueServices(functions);
  const invoker = createInvoker(
    registry,
    (level, name, _invocationId, message) => write(level, `${name}: ${message}`),
    queueOutputs(openQueues, settings.queues.messageEncoding),
    () => queues.forEach((queue) => queue.lookSoon()),
  );
  const timers = createTimers(ofType('timerTrigger'), clock, invoker, onError);
  const routes = httpFunctions(ofType('httpTrigger'), {
    routePrefix: settings.routePrefix,
    invoker,
    streamUri,
    activityTimeout: options.activityTimeout ?? usualActivityTimeout,
    onError,
  });
  for (const fn of ofType('queueTrigger')) {
    if (!openQueues) break;
    const service = openQueues(fn.trigger['connection']);
    queues.push(
      listenToQueue(fn, service, settings.queues, invoker, (level, name, message) =>
        write(level, `${name}: ${message}`),
      ),
    );
  }
  const admin = adminRoutes({
    functions: new Map(functions.map((fn) => [fn.name.toLowerCase(), fn])),
    clock,
    timers,
    queues,
    invoker,
    onError,
  });

  async function answer(request: http.IncomingMessage, response: http.ServerResponse) {
    if (answerCors(options.cors, request, response)) return;
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    // The real host's server reads no path with a null character in it.
    if (path.includes('%00')) response.writeHead(400).end();
    else if (path.toLowerCase() === eventGridPath) {
      await answerEventGrid(registry.functions, invoker, request, response, onError);
    } else if (/^\/admin(\/|$)/i.test(path)) await admin.answer(request, response, path);
    else if (!(await routes.answer(request, response))) response.writeHead(404).end();
  }
  handle = (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (error instanceof BodyTooLarge) {
        refuseBody(request, response);
        return;
      }
      onError('host', error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  };
  timers.start();
  tell({ type: 'ready', port, functions: functions.map((fn) => fn.name) });

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), stopLimit).unref();
    timers.stop();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await Promise.all(queues.map((queue) => queue.stop()));
    await invoker.idle();
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500))]);
    await registry.runHooks('appTerminate', {});
    closeStream();
    process.exit(0);
  };
  process.on('message', (message) => {
    if (message === 'stop') void stop();
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
}

/**
 * Asks the library for its capabilities. For HTTP streams it opens a server without naming an address,
 * which would be open to the network: while it does, such a call is held to the loopback address.
 */
async function readCapabilities(
  registry: Registry,
): Promise<{ streamUri: string | undefined; closeStream: () => void }> {
  const opened: net.Server[] = [];
  const listenAnywhere = Reflect.get(net.Server.prototype, 'listen') as (
    ...args: unknown[]
  ) => net.Server;
  Reflect.set(
    net.Server.prototype,
    'listen',
    function (this: net.Server, ...args: unknown[]): net.Server {
      opened.push(this);
      const [first, second] = args;
      const port = typeof first === 'number' ? first : 0;
      const callback = typeof first === 'function' ? first : second;
      return Reflect.apply(listenAnywhere, this, [port, '127.0.0.1', callback]);
    },
  );
  try {
    const capabilities = await registry.model()?.getCapabilities({});
    return {
      streamUri: capabilities?.['HttpUri'],
      closeStream: () => opened.forEach((server) => server.close()),
    };
  } finally {
    Reflect.set(net.Server.prototype, 'listen', listenAnywhere);
  }
}

function write(level: LogLevel, message: string): void {
  if (level === 'trace' || level === 'debug' || level === 'none') return;
  const mark = level === 'information' ? '' : `${level}: `;
  process.stdout.write(`${mark}${message}\n`);
}

function tell(message: HostMessage): void {
  process.send?.(message);
}

if (import.meta.main) {
  // The parent is gone: nobody could stop this process any more.
  process.on('disconnect', () => process.exit(1));
  process.stdout.on('error', () => undefined);
  main(JSON.parse(process.argv[2] ?? '{}') as HostOptions).catch((error: unknown) => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.send?.({ type: 'failed', message } satisfies HostMessage, () => process.exit(1));
    if (!process.send) {
      process.stderr.write(`${message}\n`);
      process.exit(1);
    }
  });
}
