import { createRequire } from 'node:module';
import { join } from 'node:path';
import { queueNames, tableNames } from '../../src/platform/storage-names.ts';
import { startChild } from './child-process.ts';
import { portSettings } from './settings.ts';

/** The key of Azurite's one account is public knowledge, the same on every machine. */
const account = 'devstoreaccount1';
const accountKey =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export type Azurite = {
  connectionString: string;
  ports: { blob: number; queue: number; table: number };
  pid: number;
  stop(): Promise<void>;
  /** Kills the process where it stands. */
  kill(): Promise<void>;
};

export type AzuriteStart = {
  /** 0 for any free port. */
  ports: { blob: number; queue: number; table: number };
  /** Where data is kept; undefined keeps it in memory. */
  location?: string | undefined;
  /** Called when the process ends without having been told to. */
  onCrash?: (how: string) => void;
};

/** Starts Azurite as a child process and resolves once all three services listen. */
export async function startAzurite(start: AzuriteStart): Promise<Azurite> {
  const script = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js');
  const { blob, queue, table } = start.ports;
  const place = start.location ? ['--location', start.location] : ['--inMemoryPersistence'];
  const found = { blob: 0, queue: 0, table: 0 };
  const printed: string[] = [];

  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const child = startChild(
    [
      '--require',
      join(import.meta.dirname, 'azurite-child.cjs'),
      script,
      ...['--silent', '--disableTelemetry', '--skipApiVersionCheck'],
      ...['--blobPort', String(blob), '--queuePort', String(queue), '--tablePort', String(table)],
      ...place,
    ],
    {
      cwd: import.meta.dirname,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      onLine(line) {
        printed.push(line);
        const match =
          /Azurite (Blob|Queue|Table) service is successfully listening at .*:(\d+)/.exec(line);
        if (match) found[match[1]?.toLowerCase() as keyof typeof found] = Number(match[2]);
        if (found.blob && found.queue && found.table) resolve(undefined);
      },
    },
  );
  child.process.once('error', reject);
  child.process.once('exit', () => {
    reject(new Error(`Azurite ended while starting.\n${explain(printed)}`));
  });
  try {
    await promise;
  } catch (error) {
    await child.kill();
    throw error;
  }
  let expected = false;
  child.process.once('exit', (code, signal) => {
    if (!expected) start.onCrash?.(String(signal ?? code));
  });

  const endpoint = (port: number): string => `http://127.0.0.1:${port}/${account}`;
  return {
    connectionString: [
      'DefaultEndpointsProtocol=http',
      `AccountName=${account}`,
      `AccountKey=${accountKey}`,
      `BlobEndpoint=${endpoint(found.blob)}`,
      `QueueEndpoint=${endpoint(found.queue)}`,
      `TableEndpoint=${endpoint(found.table)}`,
      '',
    ].join(';'),
    ports: found,
    pid: child.process.pid ?? 0,
    async stop() {
      expected = true;
      await child.stop(5_000);
    },
    async kill() {
      expected = true;
      await child.kill();
    },
  };
}

function explain(printed: readonly string[]): string {
  const taken = /EADDRINUSE.*:(\d+)/.exec(printed.join('\n'))?.[1];
  if (taken === undefined) return printed.slice(-5).join('\n');
  const settings = [portSettings.blob, portSettings.queue, portSettings.table];
  return `Port ${taken} is taken; choose others with ${settings.map((s) => s.setting).join(', ')}.`;
}

/** Creates the tables (with their prefix) and queues that the app expects to be there. */
export async function createStorage(connectionString: string, tablePrefix: string): Promise<void> {
  const [{ TableServiceClient }, { QueueServiceClient }] = await Promise.all([
    import('@azure/data-tables'),
    import('@azure/storage-queue'),
  ]);
  const tables = TableServiceClient.fromConnectionString(connectionString, {
    allowInsecureConnection: true,
  });
  const queues = QueueServiceClient.fromConnectionString(connectionString);
  await Promise.all([
    ...tableNames.map((name) => tables.createTable(`${tablePrefix}${name}`)),
    ...queueNames.map((name) => queues.getQueueClient(name).createIfNotExists()),
  ]);
}
