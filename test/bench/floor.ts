/**
 * The floor: what the bare SDK takes for the storage operations of an assignment, a redemption and a list, with rows
 * of the same sizes and the same waits, and nothing decided, checked or answered.
 */
import { odata, TableClient, type TableEntityResult } from '@azure/data-tables';
import { QueueClient } from '@azure/storage-queue';
import { newId } from '../../src/platform/ids.ts';

type Rows = TableEntityResult<{ data: string; by: string }>[];

/** What one command of the app wrote, to be written again elsewhere. */
export type Written = { replaced: Rows; inserted: Rows };

export type Floor = ReturnType<typeof createFloor>;

export function createFloor(connectionString: string) {
  const table = (name: string) =>
    TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection: true });
  const [partners, outbox, claims] = ['partners', 'outbox', 'claims'].map(table) as [
    TableClient,
    TableClient,
    TableClient,
  ];
  const notices = new QueueClient(connectionString, 'notices');

  async function partition(partnerId: string): Promise<Map<string, Rows[number]>> {
    const rows = new Map<string, Rows[number]>();
    const filter = odata`PartitionKey eq ${partnerId}`;
    for await (const row of partners.listEntities<{ data: string; by: string }>({
      queryOptions: { filter },
    }))
      rows.set(row.rowKey!, row);
    return rows;
  }

  /** One transaction with the rows of `written`, in another partner's partition. */
  function commit(partnerId: string, written: Written, etags: ReadonlyMap<string, string>) {
    return partners.submitTransaction([
      ...written.replaced.map(({ rowKey, data, by }) => {
        const kind = rowKey!.split('|')[0]!;
        const [key, etag] = [...etags].find(([name]) => name.startsWith(`${kind}|`))!;
        const entity = { partitionKey: partnerId, rowKey: key, data, by };
        return ['update', entity, 'Replace', { etag }] as [
          'update',
          typeof entity,
          'Replace',
          { etag: string },
        ];
      }),
      ...written.inserted.map(({ rowKey, data, by }) => {
        const entity = { partitionKey: partnerId, rowKey: `${rowKey!}-again`, data, by };
        return ['create', entity] as ['create', typeof entity];
      }),
    ]);
  }

  async function read(partnerId: string, rowKey: string): Promise<[string, string]> {
    return [rowKey, (await partners.getEntity(partnerId, rowKey)).etag];
  }

  return {
    /** Runs a command of the app and tells what it wrote into the partner's partition. */
    async writtenBy(partnerId: string, command: () => Promise<unknown>): Promise<Written> {
      const before = await partition(partnerId);
      await command();
      const written: Written = { replaced: [], inserted: [] };
      for (const [rowKey, row] of await partition(partnerId)) {
        const earlier = before.get(rowKey);
        if (!earlier) written.inserted.push(row);
        else if (earlier.etag !== row.etag) written.replaced.push(row);
      }
      return written;
    },

    /** Three point reads at once, an index row, a transaction, a message. */
    async assign(partnerId: string, benefitId: string, userId: string, written: Written) {
      const [, ...etags] = await Promise.all(
        ['partner', `benefit|${benefitId}`, `user|${userId}`].map((key) => read(partnerId, key)),
      );
      const noticeId = newId();
      const entry = { partnerId, noticeId, queue: 'notices', writtenAt: new Date().toISOString() };
      await outbox.upsertEntity(
        {
          partitionKey: 'notice|00',
          rowKey: `${partnerId}|${noticeId}`,
          data: JSON.stringify(entry),
          by: newId(),
        },
        'Replace',
      );
      await commit(partnerId, written, new Map(etags));
      await notices.sendMessage(
        Buffer.from(JSON.stringify({ partnerId, noticeId })).toString('base64'),
      );
    },

    /** Two point reads one after the other, a claim, a transaction. */
    async redeem(partnerId: string, benefitId: string, userId: string, written: Written) {
      const benefit = await read(partnerId, `benefit|${benefitId}`);
      const user = await read(partnerId, `user|${userId}`);
      const claim = {
        partnerId,
        holderId: `${benefitId}/${newId()}`,
        claimedAt: new Date().toISOString(),
      };
      await claims.createEntity({
        partitionKey: `azure-subscription|${newId()}`,
        rowKey: 'claim',
        data: JSON.stringify(claim),
        by: newId(),
      });
      await commit(partnerId, written, new Map([benefit, user]));
    },

    /** A point read and a query of one page at once. */
    async list(partnerId: string, size: number): Promise<number> {
      const filter = odata`PartitionKey eq ${partnerId} and RowKey ge ${'benefit|'} and RowKey lt ${'benefit|~'}`;
      const pages = partners
        .listEntities({ queryOptions: { filter } })
        .byPage({ maxPageSize: size });
      const [, page] = await Promise.all([read(partnerId, 'partner'), pages.next()]);
      return (page.value as unknown[]).length;
    },
  };
}
