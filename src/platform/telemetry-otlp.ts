import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { Exporters } from './telemetry-export.ts';

/** Sends by OTLP over HTTP. Endpoint, headers and all else they read from the standard settings themselves. */
export function otlpExporters(): Exporters {
  return { spans: new OTLPTraceExporter(), measurements: new OTLPMetricExporter() };
}
