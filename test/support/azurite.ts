/**
 * One Azurite, in memory, for all test files of a run. Queue names are fixed, so each test takes a storage account
 * of its own out of the many that this Azurite has, and shares tables and queues with nobody.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startChild } from '../../infra/local/child-process.ts';
import { createStorage } from '../../infra/local/azurite.ts';

const accounts = 1_000;
const accountKey = Buffer.from('tests').toString('base64');

/** Where test files find it. `taken` is a folder that notes which accounts are in use. */
export type TestStorage = { ports: { queue: number; table: number }; taken: string };

/** Starts Azurite on free ports. */
export async function startTestStorage(): Promise<{
  storage: TestStorage;
  stop: () => Promise<void>;
}> {
  const taken = await mkdtemp(join(tmpdir(), 'test-storage-'));
  const ports = { queue: 0, table: 0 };
  const listening = Promise.withResolvers<undefined>();
  const child = startChild(
    [
      '--require',
      resolve(import.meta.dirname, '../../infra/local/azurite-child.cjs'),
      createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js'),
      ...['--silent', '--disableTelemetry', '--skipApiVersionCheck', '--inMemoryPersistence'],
      ...['--blobPort', '0', '--queuePort', '0', '--tablePort', '0'],
    ],
    {
      cwd: taken,
      env: {
        PATH: process.env['PATH'],
        HOME: taken,
        AZURITE_ACCOUNTS: Array.from(
          { length: accounts },
          (_, index) => `${accountName(index)}:${accountKey}`,
        ).join(';'),
      },
      onLine(line) {
        const match = /Azurite (Queue|Table) service is successfully listening at .*:(\d+)/.exec(
          line,
        );
        if (match) ports[match[1]?.toLowerCase() as keyof typeof ports] = Number(match[2]);
        if (ports.queue && ports.table) listening.resolve(undefined);
      },
    },
  );
  child.process.once('exit', () => listening.reject(new Error('Azurite ended while starting.')));
  await listening.promise;
  return {
    storage: { ports, taken },
    async stop() {
      await child.stop(5_000);
      await rm(taken, { recursive: true, force: true });
    },
  };
}

function accountName(index: number): string {
  return `tests${String(index).padStart(4, '0')}`;
}

/** An account that no other test has, with the app's tables and queues; returns its connection string. */
export async function takeAccount({ ports, taken }: TestStorage): Promise<string> {
  const first = Math.floor(Math.random() * accounts);
  for (let i = 0; i < accounts; i += 1) {
    const account = accountName((first + i) % accounts);
    if (!(await claim(join(taken, account)))) continue;
    const connectionString = [
      'DefaultEndpointsProtocol=http',
      `AccountName=${account}`,
      `AccountKey=${accountKey}`,
      `QueueEndpoint=http://127.0.0.1:${ports.queue}/${account}`,
      `TableEndpoint=http://127.0.0.1:${ports.table}/${account}`,
      '',
    ].join(';');
    await createStorage(connectionString, '');
    return connectionString;
  }
  throw new Error(`All ${accounts} storage accounts of the tests are taken: give Azurite more.`);
}

/** Making a folder is done by one only, over all processes. */
async function claim(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
