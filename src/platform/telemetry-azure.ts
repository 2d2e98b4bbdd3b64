import {
  AzureMonitorMetricExporter,
  AzureMonitorTraceExporter,
} from '@azure/monitor-opentelemetry-exporter';
import type { TelemetryConfig } from './config.ts';
import { credentialFor } from './storage-client.ts';
import type { Exporters } from './telemetry-export.ts';

/** Sends to Application Insights, as the app's identity where the setting says so. */
export async function applicationInsightsExporters({
  connectionString,
  identity,
}: NonNullable<TelemetryConfig['applicationInsights']>): Promise<Exporters> {
  const options = {
    connectionString,
    // What could not be sent is not kept in files: an instance's disk goes when it does.
    disableOfflineStorage: true,
    ...(identity ? { credential: await credentialFor(identity.clientId) } : {}),
  };
  return {
    spans: new AzureMonitorTraceExporter(options),
    measurements: new AzureMonitorMetricExporter(options),
  };
}
