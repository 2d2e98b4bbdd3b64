import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { bindingData } from './binding-data.ts';
import type { RegisteredFunction } from './core-types.ts';
import { readBody } from './http.ts';
import type { Invoker, TriggerInput } from './invoke.ts';

const events = z.array(z.looseObject({ eventType: z.string(), data: z.looseObject({}) }));

/** The path that Event Grid posts to; the function is named in the query. */
export const eventGridPath = '/runtime/webhooks/eventgrid';

/**
 * The host's Event Grid webhook: answers the validation handshake of a new subscription, and runs the named
 * function once for each event of a notification: 202 when all ran, 500 when one threw (Event Grid then
 * sends all again), 404 for a function that is not there, 400 for anything that is no event.
 */
export async function answerEventGrid(
  functions: ReadonlyMap<string, RegisteredFunction>,
  invoker: Invoker,
  request: IncomingMessage,
  response: ServerResponse,
  onError: (name: string, error: unknown) => void,
): Promise<void> {
  const [status, body] = await handle(functions, invoker, request, onError);
  if (body === undefined) response.writeHead(status).end();
  else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** The trigger input of an event's JSON; its properties are its trigger metadata as well. */
export function eventInput(json: string): TriggerInput {
  const data = bindingData();
  data.addJson(json);
  return { data: { json }, metadata: data.toMetadata() };
}

async function handle(
  functions: ReadonlyMap<string, RegisteredFunction>,
  invoker: Invoker,
  request: IncomingMessage,
  onError: (name: string, error: unknown) => void,
): Promise<[number, object?]> {
  if (request.method !== 'POST') return [404];
  const name = new URL(request.url ?? '/', 'http://localhost').searchParams.get('functionName');
  const fn = functions.get((name ?? '').toLowerCase());
  if (fn?.trigger.type !== 'eventGridTrigger') {
    return [404, { error: `There is no Event Grid function "${name ?? ''}".` }];
  }

  const parsed = events.safeParse(parseJson((await readBody(request)).toString('utf8')));
  if (!parsed.success) return [400, { error: z.prettifyError(parsed.error) }];
  const kind = request.headers['aeg-event-type'];
  if (kind === 'SubscriptionValidation') {
    return [200, { validationResponse: parsed.data[0]?.data['validationCode'] }];
  }
  if (kind === 'Unsubscribe') return [202];
  if (kind !== 'Notification') {
    return [400, { error: 'The header aeg-event-type names no kind of event.' }];
  }

  const runs = await Promise.allSettled(
    parsed.data.map((event) => invoker.invoke(fn, eventInput(JSON.stringify(event)))),
  );
  const failed = runs.filter((run) => run.status === 'rejected');
  for (const run of failed) onError(fn.name, run.reason);
  return [failed.length > 0 ? 500 : 202];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
