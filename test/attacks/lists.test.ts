/** Lists that filter: what one answer costs in requests, and that a caller who has gone costs nothing more. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpResponseInit } from '@azure/functions';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { userRow, userSchema } from '../../src/partners/rows.ts';
import { listBounds } from '../../src/platform/http/paging.ts';
import { newId } from '../../src/platform/ids.ts';
import { mapInTurns } from '../../src/platform/parallel.ts';
import { createTableStore, type Write } from '../../src/platform/table-store.ts';
import { countedTurns } from '../billing/support/counted-turns.ts';
import { takeAccount } from '../support/azurite.ts';
import { startInProcess, type Answer, type InProcessApp } from '../support/in-process.ts';
import { programme, type Programme } from '../support/programme.ts';
import { inWords } from '../support/storage-requests.ts';

/** More than one answer may look at. */
const users = listBounds.rowsARequest * listBounds.requests + 100;

let app: InProcessApp;
let setup: Programme;
let partnerId: string;
let token: string;

beforeAll(async () => {
  app = await startInProcess({ storage: await takeAccount(inject('storage')) });
  setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
  ({ partnerId, admin: token } = await setup.partner());
  const tables = createTableStore({ connectionString: app.storage }, '');
  const addedAt = new Date().toISOString();
  const writes = Array.from({ length: users }, (_, i): Write => {
    const id = newId();
    const person = { email: `user${i}@contoso.com`, displayName: 'Ana', holds: [] };
    const value = { id, ...person, addedAt, version: 1 };
    return { op: 'insert', rowKey: userRow(id), schema: userSchema, value };
  });
  for (let i = 0; i < users; i += 100)
    await tables.commit('partners', partnerId, writes.slice(i, i + 100), 'seed');
}, 120_000);

afterAll(() => app.stop());

const list = (query: Record<string, string>) =>
  app.record(() => app.call('listUsers', { params: { partnerId }, query, token }));

/** How often the rows of a list were asked for: without the one read of the partner. */
const queries = (requests: Parameters<typeof inWords>[0]) =>
  inWords(requests).filter((word) => word.startsWith('QUERY')).length;

test('CR-03 a search that finds nobody asks for few pages, then leaves the rest to the next link', async () => {
  const first = await list({ search: 'nobody', maxpagesize: '1' });
  expect(first.result.body.value).toEqual([]);
  expect(queries(first.requests)).toBe(listBounds.requests);
  const next = new URL(String(first.result.body.nextLink)).searchParams;
  const second = await list({
    search: 'nobody',
    maxpagesize: '1',
    continuationToken: next.get('continuationToken') ?? '',
  });
  expect(second.result.body).toEqual({ value: [] });
  expect(queries(second.requests)).toBe(1);
});

test('CR-03 a search that finds somebody reads no page more, and the links lead to everybody', async () => {
  const found: string[] = [];
  const asked = { search: 'ana', maxpagesize: '1000' };
  let answer: Answer | undefined;
  do {
    const { nextLink } = (answer?.body ?? {}) as { nextLink?: string };
    const continuationToken = nextLink && new URL(nextLink).searchParams.get('continuationToken')!;
    const { result, requests } = await list({
      ...asked,
      ...(continuationToken ? { continuationToken } : {}),
    });
    expect(queries(requests)).toBeLessThanOrEqual(4);
    found.push(...(result.body.value as { id: string }[]).map(({ id }) => id));
    answer = result;
  } while (answer.body.nextLink);
  expect(new Set(found).size).toBe(users);
}, 60_000);

test('a list of one item without a filter reads one row', async () => {
  const { requests } = await list({ maxpagesize: '1' });
  expect(queries(requests)).toBe(1);
  expect(requests.some(({ path }) => path.includes('$top=1&') || path.endsWith('$top=1'))).toBe(
    true,
  );
});

/** Sends a search that reads page after page over a connection that is cut once `cutAfter` requests were answered. */
async function searchAndLeave(cutAfter: number) {
  const invocationId = newId();
  const query = { search: 'nobody', maxpagesize: '1' };
  const run = app.prepare('listUsers', { params: { partnerId }, query, token, invocationId });
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponseInit>();
  const server = http.createServer((_, response) => {
    let answered = 0;
    const leave = () => {
      answered += 1;
      if (answered === cutAfter) response.destroy();
    };
    subscribe('http.client.response.finish', leave);
    void run()
      .then(resolve, reject)
      .finally(() => unsubscribe('http.client.response.finish', leave));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const caller = http.get({ port, headers: { 'x-ms-invocation-id': invocationId } });
  caller.on('error', () => undefined);
  try {
    return await promise;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test('a read whose caller has gone asks nothing more of storage', async () => {
  const { result, requests } = await app.record(() => searchAndLeave(3));
  expect(result.status).toBe(499);
  // What had begun by then ends; the next is not begun.
  expect(queries(requests)).toBeLessThanOrEqual(4);
});

test('a long list is made in turns with other requests', async () => {
  const turns = countedTurns();
  const items = Array.from({ length: 1_000 }, (_, i) => i);
  expect(await mapInTurns(items, (i) => i, turns)).toEqual(items);
  // Its clock moves on by a millisecond an item, and a turn is due every 20.
  expect(turns.given()).toBeGreaterThanOrEqual(40);
});
