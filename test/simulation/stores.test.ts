/** The stores in memory answer as the real ones do: the same random requests to both, through our own interface. */
import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import * as fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import * as z from 'zod';
import { createQueueStore } from '../../src/platform/queue-store.ts';
import { createTableStore, type TableStore, type Write } from '../../src/platform/table-store.ts';
import { takeAccount } from '../support/azurite.ts';
import { createQueueServer, createSimulatedQueues } from './engine/queues.ts';
import { createTableServer } from './engine/table-server.ts';
import { createSimulatedTables, type Send } from './engine/tables.ts';
import { stored, storedRow, toMessage } from '../../src/platform/stored.ts';

const atOnce: Send = async (_label, _kind, perform) => perform();

const schema = storedRow('test: number', { n: z.int() });
const indexed = storedRow('test: message', { index: z.int() });
const rowKeys = ['a', 'a|1', 'a|2', 'a|30', 'a~', 'b', 'partner', 'partner|x', 'B|1', '=2f='];
const partitions = ['p', 'p|1', 'q', 'R'];
const tables = ['partners', 'claims'] as const;

const table = fc.constantFrom(...tables);
const partition = fc.constantFrom(...partitions);
const rowKey = fc.constantFrom(...rowKeys);
/** Which of the ETags seen of the row, counted from the latest; or one that never was. */
const tag = fc.constantFrom(0, 0, 0, 1, -1);
const write = fc.record({
  op: fc.constantFrom('insert', 'insert', 'put', 'replace', 'touch', 'delete'),
  rowKey,
  n: fc.integer({ min: 0, max: 99 }),
  tag,
});
const request = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('get' as const), table, partition, rowKey }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('write' as const), table, partition, write }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('commit' as const, 'commitTagged' as const),
      table,
      partition,
      writes: fc.uniqueArray(write, { selector: (one) => one.rowKey, maxLength: 5 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('page' as const),
      table,
      partition,
      prefix: fc.constantFrom('', 'a', 'a|', 'partner', 'zz'),
      after: fc.option(rowKey, { nil: undefined }),
      upTo: fc.option(rowKey, { nil: undefined }),
      size: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pageAcross' as const),
      table,
      from: fc.constantFrom('', 'p', 'p|1', 'q'),
      before: fc.constantFrom('p|1', 'q', 'z'),
      size: fc.integer({ min: 1, max: 6 }),
      older: fc.constantFrom('any', 'any', 'nothing', 'all'),
      goOn: fc.boolean(),
    }),
  },
);
type Asked = typeof request extends fc.Arbitrary<infer T> ? T : never;

/** Does requests on a store and tells what it answered, in words that do not depend on whose ETags they are. */
function asker(store: TableStore, madeUpTag: string) {
  const seen = new Map<string, string[]>();
  const tagsOf = (...key: string[]) => {
    const name = key.join(' ');
    const known = seen.get(name) ?? [];
    seen.set(name, known);
    return known;
  };

  function toWrite(
    asked: Asked & { partition: string },
    one: typeof write extends fc.Arbitrary<infer T> ? T : never,
  ): Write {
    const known = tagsOf(asked.table, asked.partition, one.rowKey);
    const etag = known.at(-1 - one.tag) ?? madeUpTag;
    const content = { rowKey: one.rowKey, schema, value: { n: one.n } };
    if (one.op === 'delete') return { op: one.op, rowKey: one.rowKey };
    if (one.op === 'touch')
      return { op: one.op, rowKey: one.rowKey, etag: one.tag < 0 ? madeUpTag : etag };
    if (one.op === 'replace')
      return { op: one.op, ...content, etag: one.tag < 0 ? madeUpTag : etag };
    return { op: one.op, ...content };
  }

  const rowText = (
    name: string,
    row: { partitionKey: string; rowKey: string; etag: string; by: string; value: unknown },
  ) => {
    const known = tagsOf(name, row.partitionKey, row.rowKey);
    if (!known.includes(row.etag)) known.push(row.etag);
    const { partitionKey, rowKey: key, by, value } = row;
    return { partitionKey, key, by, value, tag: known.indexOf(row.etag) };
  };

  return async function ask(asked: Asked, by: string): Promise<unknown> {
    switch (asked.do) {
      case 'get': {
        const row = await store.get(asked.table, schema, asked.partition, asked.rowKey);
        return row && rowText(asked.table, row);
      }
      case 'write':
        return store.write(asked.table, asked.partition, toWrite(asked, asked.write), by);
      case 'commit':
        return store.commit(
          asked.table,
          asked.partition,
          asked.writes.map((one) => toWrite(asked, one)),
          by,
        );
      case 'commitTagged': {
        const writes = asked.writes.map((one) => toWrite(asked, one));
        const etag = await store.commitTagged(asked.table, asked.partition, writes, by);
        return etag === undefined ? 'conflict' : 'committed';
      }
      case 'page': {
        const { prefix, after, upTo, size } = asked;
        const range = { prefix, after, upTo, size };
        const page = await store.page(asked.table, schema, asked.partition, range);
        return { ...page, rows: page.rows.map((row) => rowText(asked.table, row)) };
      }
      case 'pageAcross': {
        const { from, before, size } = asked;
        const at = {
          any: undefined,
          nothing: '2020-01-01T00:00:00.000Z',
          all: '2200-01-01T00:00:00.000Z',
        };
        const writtenBefore = at[asked.older];
        const options = { size, ...(writtenBefore ? { writtenBefore } : {}) };
        const first = await store.pageAcross(asked.table, schema, { from, before }, options);
        const after = first.rows.at(-1);
        const next =
          asked.goOn && first.more && after
            ? await store.pageAcross(asked.table, schema, { from, before }, { ...options, after })
            : undefined;
        return [first, ...(next ? [next] : [])].map(({ rows, more }) => ({
          more,
          rows: rows.map((row) => rowText(asked.table, row)),
        }));
      }
    }
  };
}

/** The answer, or that there was none but an error. */
async function answered(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch {
    return 'error';
  }
}

test('the table store in memory answers as Table Storage does', async () => {
  const connectionString = await takeAccount(inject('storage'));
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 20, maxLength: 40 }), async (all) => {
      runs += 1;
      // Partitions of its own for each run, of one length so that their order is the same.
      const scoped = (one: Asked): Asked => {
        const prefix = `${String(runs).padStart(4, '0')}|`;
        return (
          'partition' in one
            ? { ...one, partition: prefix + one.partition }
            : { ...one, from: prefix + one.from, before: prefix + one.before }
        ) as Asked;
      };
      const real = asker(
        createTableStore({ connectionString }, ''),
        `W/"datetime'2020-01-01T00%3A00%3A00.0000000Z'"`,
      );
      const server = createTableServer(Date.now);
      const whole = asker(createSimulatedTables(server, atOnce), 'W/"0"');
      for (const [index, one] of all.entries()) {
        const asked = scoped(one);
        const [there, here] = [
          await answered(real(asked, String(index))),
          await answered(whole(asked, String(index))),
        ];
        expect(here, JSON.stringify(asked)).toEqual(there);
      }
    }),
    { numRuns: 40 },
  );
}, 120_000);

test('short and empty pages of a server change nothing of what a query answers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 20, maxLength: 60 }),
      fc.array(fc.nat(3), { minLength: 1, maxLength: 20 }),
      async (all, sizes) => {
        let asked = 0;
        const pageSize = (most: number) =>
          Math.min(most, sizes[(asked += 1) % sizes.length]! + (asked % 2));
        const whole = asker(createSimulatedTables(createTableServer(Date.now), atOnce), 'W/"0"');
        const short = asker(
          createSimulatedTables(createTableServer(Date.now), atOnce, { pageSize }),
          'W/"0"',
        );
        for (const [index, one] of all.entries()) {
          if (one.do === 'pageAcross') continue;
          const [there, here] = [
            await answered(whole(one, String(index))),
            await answered(short(one, String(index))),
          ];
          expect(here).toEqual(there);
        }
      },
    ),
  );
});

test('limits: what is too much for a transaction or a row is an error, and nothing is written', async () => {
  const connectionString = await takeAccount(inject('storage'));
  const text = stored('test: text', z.string());
  const stores = [
    createTableStore({ connectionString }, ''),
    createSimulatedTables(createTableServer(Date.now), atOnce),
  ];
  for (const store of stores) {
    const insert = (rowKey: string, value = '') => ({
      op: 'insert' as const,
      rowKey,
      schema: text,
      value,
    });
    const many = (count: number) => Array.from({ length: count }, (_, i) => insert(`r${i}`));
    expect(await store.commit('partners', 'p', many(100), 'x')).toBe('committed');
    await expect(store.commit('partners', 'q', many(101), 'x')).rejects.toThrow();
    await expect(store.commit('partners', 'q', [insert('a'), insert('a')], 'x')).rejects.toThrow();
    await expect(store.write('partners', 'q', insert('a/b'), 'x')).rejects.toThrow();
    await expect(
      store.write('partners', 'q', insert('a', 'x'.repeat(32_001)), 'x'),
    ).rejects.toThrow();
    const long = { op: 'insert' as const, rowKey: 'n', schema, value: { n: 0.5 } };
    await expect(store.commit('partners', 'q', [insert('a'), long], 'x')).rejects.toThrow();
    expect((await store.page('partners', text, 'q', { prefix: '', size: 10 })).rows).toEqual([]);
  }
});

type Taken = { text: string; again: number };

/** A queue as the host has it: takes what can be seen, and lets it be seen again. */
type Host = {
  take(): Promise<Taken[]>;
  release(text: string): Promise<void>;
  remove(text: string): Promise<void>;
};

function realHost(client: QueueClient): Host {
  const taken = new Map<string, { id: string; receipt: string }>();
  return {
    async take() {
      const { receivedMessageItems } = await client.receiveMessages({
        numberOfMessages: 32,
        visibilityTimeout: 3_600,
      });
      return receivedMessageItems.map(({ messageId, popReceipt, messageText, dequeueCount }) => {
        const text = Buffer.from(messageText, 'base64').toString();
        taken.set(text, { id: messageId, receipt: popReceipt });
        return { text, again: dequeueCount };
      });
    },
    async release(text) {
      const { id, receipt } = taken.get(text)!;
      const content = Buffer.from(text).toString('base64');
      await client.updateMessage(id, receipt, content, 0);
    },
    async remove(text) {
      const { id, receipt } = taken.get(text)!;
      await client.deleteMessage(id, receipt);
    },
  };
}

function simulatedHost(server: ReturnType<typeof createQueueServer>): Host {
  const find = (text: string) => server.messages().find((one) => one.text === text)!;
  return {
    take: async () =>
      server.visible('notices').map((message) => {
        server.take(message, 3_600_000);
        return { text: message.text, again: message.taken };
      }),
    release: async (text) => server.release(find(text), 0),
    remove: async (text) => server.remove(find(text)),
  };
}

test('the queue store in memory keeps, hides and gives back messages as Queue Storage does', async () => {
  const step = fc.record({
    do: fc.constantFrom('send', 'send', 'later', 'take', 'release', 'remove'),
    which: fc.nat(20),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const connectionString = await takeAccount(inject('storage'));
      const client =
        QueueServiceClient.fromConnectionString(connectionString).getQueueClient('notices');
      const server = createQueueServer(Date.now);
      const real = { store: createQueueStore({ connectionString }), host: realHost(client) };
      const here = { store: createSimulatedQueues(server, atOnce), host: simulatedHost(server) };
      const taken: string[] = [];
      const both = async (work: (one: typeof real) => Promise<unknown>) => {
        const there = await work(real);
        expect(await work(here)).toEqual(there);
        return there;
      };
      for (const [index, { do: what, which }] of steps.entries()) {
        const text = taken[which % Math.max(1, taken.length)];
        if (what === 'send')
          await both(({ store }) => store.send('notices', toMessage(indexed, { index })));
        if (what === 'later')
          await both(({ store }) => store.send('notices', toMessage(indexed, { index }), 3_600));
        if (what === 'take') {
          const found = (await both(async ({ host }) =>
            (await host.take()).toSorted((a, b) => (a.text < b.text ? -1 : 1)),
          )) as Taken[];
          taken.push(...found.map((one) => one.text));
        }
        if (what === 'release' && text !== undefined) await both(({ host }) => host.release(text));
        if (what === 'remove' && text !== undefined) await both(({ host }) => host.remove(text));
        if (what === 'release' || what === 'remove')
          taken.splice(which % Math.max(1, taken.length), 1);
        await both(({ store }) => store.count('notices'));
        await both(({ store }) => store.count('notices', true));
      }
    }),
    { numRuns: 15 },
  );
}, 60_000);
