/** Everything that stands in the app's tables and queues, read past the app by the bare SDK. */
import { TableClient } from '@azure/data-tables';
import { QueueServiceClient } from '@azure/storage-queue';
import { queueNames, tableNames } from '../../src/platform/storage-names.ts';

/** The rows of each table as text, and how many `messages` each queue holds. */
export type AccountDump = Record<string, string[]>;

/** Reads all of it. Two dumps are equal only if no row was written in between: rows show their ETags. */
export async function dumpAccount(connectionString: string): Promise<AccountDump> {
  const queues = QueueServiceClient.fromConnectionString(connectionString);
  const [tables, messages] = await Promise.all([
    Promise.all(tableNames.map((name) => rowsOf(connectionString, name))),
    Promise.all(
      queueNames.map(async (name) => {
        const { approximateMessagesCount } = await queues.getQueueClient(name).getProperties();
        return `${name}: ${approximateMessagesCount ?? 0} messages`;
      }),
    ),
  ]);
  return { ...Object.fromEntries(tableNames.map((name, i) => [name, tables[i]!])), messages };
}

async function rowsOf(connectionString: string, table: string): Promise<string[]> {
  const client = TableClient.fromConnectionString(connectionString, table, {
    allowInsecureConnection: true,
  });
  const rows: string[] = [];
  for await (const { partitionKey, rowKey, etag, data } of client.listEntities())
    rows.push([partitionKey, rowKey, etag, data].map(String).join(' '));
  return rows.sort();
}
