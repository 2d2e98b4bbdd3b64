import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const duration = z
  .string()
  .regex(/^\d\d:\d\d:\d\d$/, 'hh:mm:ss')
  .transform((text) => {
    const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
    return ((hours * 60 + minutes) * 60 + seconds) * 1000;
  });

const queues = z.object({
  batchSize: z.int().min(1).max(32).default(16),
  newBatchThreshold: z.int().min(0).optional(),
  maxDequeueCount: z.int().min(1).default(5),
  visibilityTimeout: duration.default(0),
  messageEncoding: z.enum(['base64', 'none']).default('base64'),
});

const hostJson = z.object({
  version: z.literal('2.0'),
  extensions: z
    .object({
      http: z.object({ routePrefix: z.string().default('api') }).prefault({}),
      queues: queues.prefault({}),
    })
    .prefault({}),
});

/** How queues are polled; `visibilityTimeout` in milliseconds. */
export type QueueSettings = Omit<z.infer<typeof queues>, 'newBatchThreshold'> & {
  newBatchThreshold: number;
};

export type HostSettings = { routePrefix: string; queues: QueueSettings };

/** Reads what this host heeds of the app's host.json; throws naming the file and what is wrong in it. */
export function readHostJson(appDir: string): HostSettings {
  const file = join(appDir, 'host.json');
  const parsed = hostJson.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  const { http, queues: q } = parsed.data.extensions;
  return {
    routePrefix: http.routePrefix,
    queues: { ...q, newBatchThreshold: q.newBatchThreshold ?? Math.floor(q.batchSize / 2) },
  };
}

/** The files that package.json's `main` (a glob) names; throws when there is none. */
export function entryFiles(appDir: string): string[] {
  const file = join(appDir, 'package.json');
  const { main } = z.object({ main: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8')));
  const found = globSync(main, { cwd: appDir }).sort();
  if (found.length === 0) {
    throw new Error(
      `${file} names "${main}" as main, but there is no such file. Has it been built?`,
    );
  }
  return found.map((path) => join(appDir, path));
}
