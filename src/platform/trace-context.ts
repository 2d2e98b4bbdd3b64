/**
 * Where in a trace we are: W3C trace context, kept through everything asynchronous, so that what is put on a queue can
 * say what it belongs to. It works without any exporter: the host's trace is then handed on as it came.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  trace,
  type Context,
  type ContextManager,
  type SpanContext,
} from '@opentelemetry/api';
import * as z from 'zod';

/** The name that spans and metrics are recorded under. */
export const telemetryName = 'partner-benefits';

/** `traceparent` on a queue message or a row: what is no trace context is none, and never a reason to refuse. */
export const traceparentSchema = z
  .string()
  .refine((text) => readTraceparent(text) !== undefined)
  .optional()
  .catch(undefined);

/** Reads a W3C `traceparent`; undefined for what is none. */
export function readTraceparent(text: string | null | undefined): SpanContext | undefined {
  const parts = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?=-|$)/.exec(
    text ?? '',
  );
  if (!parts) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = parts;
  const spanContext = { traceId, spanId, traceFlags: parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}

/** The present place in the trace as a W3C `traceparent`; undefined where there is no trace. */
export function currentTraceparent(): string | undefined {
  const spanContext = trace.getSpanContext(context.active());
  if (!spanContext || !isSpanContextValid(spanContext)) return undefined;
  const { traceId, spanId, traceFlags } = spanContext;
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`;
}

const contexts = new AsyncLocalStorage<Context>();

const manager: ContextManager = {
  active: () => contexts.getStore() ?? ROOT_CONTEXT,
  with: (active, work, thisArg, ...args) =>
    contexts.run(active, () => work.apply(thisArg as ThisParameterType<typeof work>, args)),
  bind: (_active, target) => target,
  enable: () => manager,
  disable: () => manager,
};

/** Keeps the context through promises and callbacks; a host that has set its own way up keeps that. */
export function keepContext(): void {
  context.setGlobalContextManager(manager);
}
