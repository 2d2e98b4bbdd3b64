/** What the app tells of itself, kept in memory: spans, metrics, and every line it logs. */
import { metrics, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';

export type Watched = {
  spans(): ReadableSpan[];
  /** `name {attributes}` of each point, with its value: of a histogram, how many. */
  points(): Promise<Map<string, number>>;
  lines: string[];
  /** Everything of all that, as text to be searched. */
  text(): Promise<string>;
};

/** Sets exporters up for this process, before the app's first invocation; to be called once in it. */
export function watchTelemetry(): Watched {
  const spanExporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spanExporter)] }),
  );
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 3_600_000,
  });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

  const lines: string[] = [];
  for (const level of ['info', 'warn', 'error', 'log', 'debug'] as const)
    console[level] = (...parts: unknown[]) => void lines.push(parts.map(String).join(' '));

  async function collected() {
    await reader.forceFlush();
    const last = metricExporter.getMetrics().at(-1);
    return last?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
  }

  return {
    spans: () => spanExporter.getFinishedSpans(),
    async points() {
      const found = new Map<string, number>();
      for (const { descriptor, dataPoints } of await collected())
        for (const { attributes, value } of dataPoints)
          found.set(
            `${descriptor.name} ${JSON.stringify(attributes)}`,
            typeof value === 'number' ? value : value.count,
          );
      return found;
    },
    lines,
    async text() {
      const spans = spanExporter
        .getFinishedSpans()
        .map(({ name, attributes, events, links, status, resource }) =>
          JSON.stringify([name, attributes, events, links, status, resource.attributes]),
        );
      return [...spans, JSON.stringify(await collected()), ...lines].join('\n');
    },
  };
}
