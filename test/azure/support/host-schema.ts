/**
 * What host.json may hold, of host 4.x with extension bundle 4: the sections that the host reads, with the queue
 * extension's and HTTP's own settings. Written after SchemaStore's host.json schema (version 2.0), whose draft leaves
 * `telemetryMode` out and allows unknown names; this one allows none.
 */
import * as z from 'zod';

const span = z.string().regex(/^(\d+\.)?([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?$/);
const level = z.enum(['Trace', 'Debug', 'Information', 'Warning', 'Error', 'Critical', 'None']);
const count = z.int().min(1);

export const hostSchema = z.strictObject({
  version: z.literal('2.0'),
  /** Flex Consumption has no upper bound; an HTTP answer must come in 230 s all the same. */
  functionTimeout: span,
  telemetryMode: z.literal('OpenTelemetry').optional(),
  logging: z
    .strictObject({
      fileLoggingMode: z.enum(['never', 'always', 'debugOnly']).optional(),
      logLevel: z.record(z.string(), level).optional(),
      applicationInsights: z
        .strictObject({
          enableDependencyTracking: z.boolean().optional(),
          httpAutoCollectionOptions: z
            .strictObject({
              enableHttpTriggerExtendedInfoCollection: z.boolean().optional(),
              enableW3CDistributedTracing: z.boolean().optional(),
              enableResponseHeaderInjection: z.boolean().optional(),
            })
            .optional(),
          samplingSettings: z
            .strictObject({
              isEnabled: z.boolean().optional(),
              maxTelemetryItemsPerSecond: z.number().positive().optional(),
              excludedTypes: z
                .string()
                .regex(/^(Dependency|Event|Exception|PageView|Request|Trace)(;(?!$)|$)/)
                .optional(),
              includedTypes: z.string().optional(),
            })
            .optional(),
        })
        .optional(),
    })
    .optional(),
  extensions: z.strictObject({
    http: z.strictObject({
      routePrefix: z.string(),
      maxConcurrentRequests: z.int().min(-1).optional(),
      maxOutstandingRequests: z.int().min(-1).optional(),
      dynamicThrottlesEnabled: z.boolean().optional(),
      customHeaders: z.record(z.string(), z.string()).optional(),
      hsts: z
        .strictObject({
          isEnabled: z.boolean(),
          maxAge: z.string().optional(),
          includeSubDomains: z.boolean().optional(),
          preload: z.boolean().optional(),
        })
        .optional(),
    }),
    queues: z.strictObject({
      maxPollingInterval: span.optional(),
      visibilityTimeout: span.optional(),
      batchSize: count.max(32).optional(),
      maxDequeueCount: count.optional(),
      newBatchThreshold: count.optional(),
      messageEncoding: z.enum(['base64', 'none']).optional(),
    }),
  }),
  extensionBundle: z.strictObject({
    id: z.literal('Microsoft.Azure.Functions.ExtensionBundle'),
    version: z.string().regex(/^[[(]\d+(\.(\d+|\*)){1,2}, ?\d+\.\d+\.\d+[\])]$/),
  }),
});
