/**
 * Traces, by the neutral API of OpenTelemetry: a span for every invocation, and in it one for every wait for storage
 * and mail. Attributes are ids of functions, routes as they were declared, statuses and codes: never an address, a
 * name, a key or a token, and never a URL, which can hold them. Where traces go is for settings to say
 * (`telemetry-export.ts`); without any, spans are not recorded and the trace is only handed on.
 */
import type { InvocationContext } from '@azure/functions';
import {
  context as contexts,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
} from '@opentelemetry/api';
import { processConfig } from './config.ts';
import { log } from './log.ts';
import { RefusalError } from './refusals.ts';
import type { ObserveRequest } from './storage-client.ts';
import { queueNames, tableNames } from './storage-names.ts';
import { keepContext, readTraceparent, telemetryName } from './trace-context.ts';

export type HostContext = Pick<InvocationContext, 'invocationId'> &
  Partial<Pick<InvocationContext, 'traceContext'>>;

export type Invocation = {
  /** The function's name. */
  name: string;
  trigger: 'http' | 'queue' | 'timer' | 'event';
  context: HostContext;
  /** The trace that the invocation continues, when it is not the host's own: of a message, or of a request's header. */
  traceparent?: string | null | undefined;
  attributes?: Attributes;
};

let started: Promise<void> | undefined;

/** Sets up, once, what keeps the context, and the exporters that settings ask for. Nothing fails for want of them. */
function start(): Promise<void> {
  keepContext();
  return (started ??= (async () => {
    try {
      const { telemetry } = processConfig();
      if (!telemetry) return;
      const { exportTelemetry } = await import('./telemetry-export.ts');
      await exportTelemetry(telemetry);
    } catch (error) {
      log('warn', 'telemetryNotExported', { error });
    }
  })());
}

/**
 * Runs an invocation in a span of its own. A message's trace goes on, with a link to the host's; else the host's does.
 * What `work` throws is thrown on; the span keeps its code only.
 */
export async function invoked<T>(
  invocation: Invocation,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  await start();
  const { name, trigger, context } = invocation;
  const host = readTraceparent(context.traceContext?.traceParent);
  const sent = readTraceparent(invocation.traceparent);
  const parent = trigger === 'queue' ? (sent ?? host) : (host ?? sent);
  return spanOf(
    name,
    {
      // Of an HTTP request the host records the server's span.
      kind: trigger === 'queue' ? SpanKind.CONSUMER : SpanKind.INTERNAL,
      links: host && parent !== host ? [{ context: host }] : [],
      attributes: {
        'faas.name': name,
        'faas.trigger': trigger,
        'faas.invocation_id': context.invocationId,
        ...invocation.attributes,
      },
    },
    work,
    parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
  );
}

/** Runs a wait for another service, or a part of the work worth seeing alone, in a span below the present one. */
export function waited<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return spanOf(name, { kind: SpanKind.CLIENT, attributes }, work, contexts.active());
}

function spanOf<T>(
  name: string,
  options: Parameters<ReturnType<typeof trace.getTracer>['startSpan']>[1],
  work: (span: Span) => Promise<T>,
  parent: ReturnType<typeof contexts.active>,
): Promise<T> {
  const span = trace.getTracer(telemetryName).startSpan(name, options, parent);
  return contexts.with(trace.setSpan(parent, span), async () => {
    try {
      return await work(span);
    } catch (error) {
      failed(span, codeOf(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Marks a span as failed, with a code. */
export function failed(span: Span, code: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', code);
}

/** What of an error may be told: never its message, which can quote what was sent. */
function codeOf(error: unknown): string {
  if (error instanceof RefusalError) return error.refusal.code;
  const { code, name } = error as { code?: unknown; name?: unknown };
  return [code, name].find((part) => typeof part === 'string') ?? 'Unknown';
}

/** Records a request to storage as a span below the present one: the table or queue, and nothing else of its URL. */
export const traceRequest: ObserveRequest = ({ method, url, sentAt, answeredAt, status }) => {
  const { system, name } = storageOf(url);
  const span = trace.getTracer(telemetryName).startSpan(`${method} ${name}`, {
    kind: SpanKind.CLIENT,
    startTime: sentAt,
    attributes: {
      'db.system.name': system,
      'db.collection.name': name,
      'http.request.method': method,
      ...(status === undefined ? {} : { 'http.response.status_code': status }),
    },
  });
  if (status === undefined || status === 429 || status >= 500)
    failed(span, String(status ?? 'NoAnswer'));
  span.end(answeredAt);
};

/** Which of our own tables or queues a URL is of: keys, which can hold addresses, are not looked at. */
function storageOf(url: string): { system: string; name: string } {
  const [resource = ''] = (new URL(url).pathname.split('/').at(-1) ?? '').split('(');
  const queue = queueNames.find((known) => resource === known || resource === `${known}-poison`);
  if (queue) return { system: 'azure.queues', name: resource };
  const table = tableNames.find((known) => resource.endsWith(known));
  return { system: 'azure.tables', name: table ?? 'transaction' };
}
