import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { TestClock } from '../clock.ts';
import type { RegisteredFunction } from './core-types.ts';
import { eventInput } from './event-grid.ts';
import { readBody } from './http.ts';
import type { Invoker } from './invoke.ts';
import { queueInput, type QueueListener } from './queues.ts';
import type { Timers } from './timers.ts';

/** How long a move of the clock waits for the queues, in milliseconds. */
const drainLimit = 60_000;

const clockMove = z.strictObject({
  now: z.iso.datetime({ offset: true }),
  runTimers: z.boolean().default(true),
});
const runBody = z.strictObject({ input: z.unknown() }).partial();

/** What the admin routes act on. */
export type AdminParts = {
  functions: ReadonlyMap<string, RegisteredFunction>;
  clock: TestClock;
  timers: Timers;
  queues: readonly QueueListener[];
  invoker: Invoker;
  onError: (name: string, error: unknown) => void;
};

/**
 * The routes under `/admin`: `GET /admin/functions`, `POST /admin/functions/NAME`, and, of this host only,
 * `GET` and `PUT /admin/clock`. Unlike the real host, running a function answers when it has run: 200, or
 * 500 with what it threw.
 */
export function adminRoutes(parts: AdminParts): {
  answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
} {
  let moving: Promise<unknown> = Promise.resolve();

  async function runFunction(name: string, body: string): Promise<[number, unknown]> {
    const fn = parts.functions.get(name.toLowerCase());
    if (!fn) return [404, { error: `There is no function "${name}".` }];
    const parsed = runBody.safeParse(parseJson(body === '' ? '{}' : body));
    if (!parsed.success) return [400, { error: 'Expected {} or {"input": …}.' }];
    const { input } = parsed.data;
    const text = typeof input === 'string' ? input : JSON.stringify(input ?? '');
    try {
      if (fn.trigger.type === 'timerTrigger') await parts.timers.run(fn.name);
      else if (fn.trigger.type === 'queueTrigger') await parts.invoker.invoke(fn, queueInput(text));
      else if (fn.trigger.type === 'eventGridTrigger') {
        await parts.invoker.invoke(fn, eventInput(text));
      } else return [400, { error: `"${fn.name}" is an HTTP function: call its route.` }];
    } catch (error) {
      parts.onError(fn.name, error);
      return [500, { error: error instanceof Error ? error.message : String(error) }];
    }
    return [200, { ran: fn.name }];
  }

  async function moveClock(body: string): Promise<[number, unknown]> {
    const parsed = clockMove.safeParse(parseJson(body));
    if (!parsed.success) return [400, { error: z.prettifyError(parsed.error) }];
    try {
      parts.clock.moveTo(Date.parse(parsed.data.now));
    } catch (error) {
      if (error instanceof RangeError) return [400, { error: error.message }];
      throw error;
    }
    const due = parts.timers.takeDue();
    const failed: string[] = [];
    if (!parsed.data.runTimers) return [200, { now: nowText(), ran: [], failed, drained: false }];
    const until = Date.now() + drainLimit;
    for (const name of due) {
      await parts.timers.run(name).catch((error: unknown) => {
        failed.push(name);
        parts.onError(name, error);
      });
      await drain(parts.queues, until);
    }
    const drained = await drain(parts.queues, until);
    return [200, { now: nowText(), ran: due, failed, drained }];
  }

  const nowText = (): string => new Date(parts.clock.now()).toISOString();

  async function decide(request: IncomingMessage, path: string): Promise<[number, unknown]> {
    const method = request.method ?? 'GET';
    const body = (await readBody(request)).toString('utf8');
    if (path === '/admin/clock' && method === 'GET') return [200, { now: nowText() }];
    if (path === '/admin/clock' && method === 'PUT') {
      // One move after the other, so that each sees the timers and queues of its own time.
      const move = moving.then(() => moveClock(body));
      moving = move.catch(() => undefined);
      return move;
    }
    if (path === '/admin/functions' && method === 'GET') return [200, listing(parts.functions)];
    const name = /^\/admin\/functions\/([^/]+)$/.exec(path)?.[1];
    if (name !== undefined && method === 'POST') return runFunction(name, body);
    return [404, { error: 'There is no such admin route.' }];
  }

  return {
    async answer(request, response, path) {
      const [status, body] = await decide(request, path);
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(`${JSON.stringify(body)}\n`);
    },
  };
}

/**
 * Waits until no queue has a visible message and none is in work, at most until `until` (real time).
 * Messages hidden for a later time, retries among them, are not waited for. False when time ran out.
 */
async function drain(queues: readonly QueueListener[], until: number): Promise<boolean> {
  const received = (): number => queues.reduce((sum, queue) => sum + queue.received(), 0);
  for (;;) {
    const before = received();
    const states = await Promise.all(queues.map((queue) => queue.drained()));
    // A function may have filled a queue that was looked at before: only a quiet round counts.
    if (states.every(Boolean) && received() === before) return true;
    if (Date.now() > until) return false;
    for (const [index, queue] of queues.entries()) if (!states[index]) queue.look();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function listing(functions: ReadonlyMap<string, RegisteredFunction>): object[] {
  return [...functions.values()].map((fn) => {
    const { direction: _direction, name: _name, properties: _properties, ...trigger } = fn.trigger;
    return { name: fn.name, ...trigger };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
