/**
 * Where traces and metrics go: to Application Insights, to a collector that speaks OTLP, or to both. Loaded at the first
 * invocation, and only when a setting asks for it: so it may import what it needs at its top, which the bundler needs
 * of packages that are CommonJS. What the app logs is exported by the host.
 */
import { metrics, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { TelemetryConfig } from './config.ts';
import { telemetryName } from './trace-context.ts';

/** What sends to one place. */
export type Exporters = { spans: SpanExporter; measurements: PushMetricExporter };

/** Sets the exporters up for this process; called once. @throws Error when a setting of theirs is wrong */
export async function exportTelemetry(config: TelemetryConfig): Promise<void> {
  const all: Exporters[] = [];
  if (config.applicationInsights) {
    const { applicationInsightsExporters } = await import('./telemetry-azure.ts');
    all.push(await applicationInsightsExporters(config.applicationInsights));
  }
  if (config.otlp) {
    const { otlpExporters } = await import('./telemetry-otlp.ts');
    all.push(otlpExporters());
  }
  const resource = resourceFromAttributes({ 'service.name': telemetryName });
  const spanProcessors = all.map(({ spans }) => new BatchSpanProcessor(spans));
  const readers = all.map(
    ({ measurements: exporter }) => new PeriodicExportingMetricReader({ exporter }),
  );
  trace.setGlobalTracerProvider(new BasicTracerProvider({ resource, spanProcessors }));
  metrics.setGlobalMeterProvider(new MeterProvider({ resource, readers }));
}
