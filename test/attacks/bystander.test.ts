/**
 * What was thrown at the app, each beside somebody else's GET: no single request, of any role, holds up the others by more
 * than 100 ms or adds more than 64 MiB. How each is bounded, counted exactly, is in the other tests of this folder and in
 * test/billing/*-bounds.test.ts.
 */
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { userRow, userSchema } from '../../src/partners/rows.ts';
import { newId } from '../../src/platform/ids.ts';
import { runtime } from '../../src/platform/runtime.ts';
import type { Write } from '../../src/platform/table-store.ts';
import { newPartner } from '../billing/support/direct.ts';
import { manyRows, row, usageCsv, usageJsonLines } from '../billing/support/files.ts';
import { takeAccount } from '../support/azurite.ts';
import { beside } from '../support/bystander.ts';
import { hostileBody } from '../support/hostile-body.ts';
import { startInProcess, type CallOptions, type InProcessApp } from '../support/in-process.ts';
import { programme, type Programme } from '../support/programme.ts';

const MiB = 1024 * 1024;
const month = '2025-09';

let app: InProcessApp;
let setup: Programme;
let link: string;
let reporter: string;
let bystander: () => Promise<{ status?: number | undefined }>;
/** Who has 1,500 users, and who has a month of 6,000 lines. */
let large: { partnerId: string; admin: string };
let billed: string;

beforeAll(async () => {
  app = await startInProcess({ storage: await takeAccount(inject('storage')) });
  setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
  reporter = await app.tokenFor({ roles: ['UsageReporter'] });
  const other = await setup.partner();
  const { benefitIds } = await setup.membership(other.partnerId, 'launch');
  const userId = await setup.user(other.partnerId, 'ana@contoso.com');
  link = await setup.assigned(other.partnerId, other.admin, benefitIds[0]!, userId);
  const params = { partnerId: other.partnerId };
  bystander = () => app.call('getPartner', { params, token: other.admin });
  large = await setup.partner();
  const addedAt = new Date().toISOString();
  const users = Array.from({ length: 1_500 }, (_, i): Write => {
    const person = { email: `user${i}@contoso.com`, displayName: 'Ana', holds: [] };
    const value = { id: newId(), ...person, addedAt, version: 1 };
    return { op: 'insert', rowKey: userRow(value.id), schema: userSchema, value };
  });
  for (let i = 0; i < users.length; i += 100)
    await runtime().tables.commit('partners', large.partnerId, users.slice(i, i + 100), 'seed');
  billed = await newPartner(runtime(), 5);
}, 120_000);

afterAll(() => app.stop());

/** Sends a request and takes its answer to the end; `size` is how long that was. */
async function send(name: string, options: CallOptions = {}) {
  const answer = await app.prepare(name, options)();
  const { body, jsonBody, status = 200 } = answer;
  const whole = body
    ? await text(body as ReadableStream<Uint8Array>)
    : JSON.stringify(jsonBody ?? {});
  return { status, size: whole.length };
}

/** A body in one piece, however large: nothing that comes from outside lets others have their turn. */
const streamOf = (body: Buffer) => ({ stream: ReadableStream.from([body]) });

const importUsage = (body: Buffer, type = 'text/csv') =>
  send('importUsage', {
    params: { partnerId: billed, month },
    token: reporter,
    headers: { 'content-type': type },
    ...streamOf(body),
  });

const report = (name: string, headers = {}, query = {}) =>
  send(name, { params: { partnerId: billed, month }, token: setup.operator, headers, query });

const usage = (body: Buffer) =>
  send('reportUsage', {
    params: { partnerId: large.partnerId, benefitId: newId() },
    token: reporter,
    ...streamOf(body),
  });

const listUsers = (query: Record<string, string>) =>
  send('listUsers', { params: { partnerId: large.partnerId }, query, token: large.admin });

/** Ten bodies under a link that was tampered with and ten under a right one, at the same moment. */
function byLink(size: number) {
  const forged = `${link.slice(0, 20)}${link[20] === 'A' ? 'B' : 'A'}${link.slice(21)}`;
  return async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const { stream } = hostileBody(size);
        return send('redeemCredit', { params: { token: i % 2 ? forged : link }, stream });
      }),
    );
    return { status: Math.max(...answers.map(({ status }) => status)) };
  };
}

type Attack = [
  what: string,
  status: number,
  /** Makes the request, which is no part of answering it, and gives what sends it. */
  make: (size: number) => () => Promise<{ status: number }>,
  /** A small one, by which code is loaded and compiled, and the attack itself. */
  sizes: readonly [number, number],
];

function sending(text: string, send: (body: Buffer) => Promise<{ status: number }>) {
  const body = Buffer.from(text);
  return () => send(body);
}

const parameters = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, '']));

const attacks: Attack[] = [
  ['20 bodies of 95 MB by links', 413, byLink, [2 * MiB, 95 * MiB]],
  [
    'empty usage records',
    413,
    (size) => sending(`{"records":[${'{},'.repeat(size)}{}]}`, usage),
    [30_000, 340_000],
  ],
  [
    '1,000 usage records, none of them valid',
    400,
    (size) => {
      const record = { id: '\u0001'.repeat(64), occurredAt: 'x', amount: { amount: 'x' } };
      return sending(JSON.stringify({ records: Array(size).fill(record) }), usage);
    },
    [500, 1_000],
  ],
  [
    'bad lines of an import',
    200,
    (size) => sending(usageCsv([row(billed, month)]) + 'x\n'.repeat(size), importUsage),
    [2_000, 2_400_000],
  ],
  [
    'bad lines of an import as JSON',
    200,
    (size) => sending('x\n'.repeat(size), (body) => importUsage(body, 'application/x-ndjson')),
    [2_000, 2_400_000],
  ],
  [
    'quotes that are never closed',
    200,
    (size) => sending(usageCsv([row(billed, month)]) + '"a\n'.repeat(size), importUsage),
    [2_000, 100_000],
  ],
  [
    'resources of slashes',
    200,
    (size) => {
      const lines = Array.from({ length: size }, (_, i) =>
        row(billed, month, { ResourceURI: '/'.repeat(2_048), MeterId: `slashes-${i}` }),
      );
      return sending(usageCsv(lines), importUsage);
    },
    [100, 1_000],
  ],
  [
    'an import of 8,000 lines',
    200,
    (size) => sending(usageCsv(manyRows(billed, month, size, 5)), importUsage),
    [500, 8_000],
  ],
  [
    'an import of 8,000 lines as JSON',
    200,
    (size) =>
      sending(usageJsonLines(manyRows(billed, month, size, 5)), (body) =>
        importUsage(body, 'application/x-ndjson'),
      ),
    [500, 8_000],
  ],
  [
    'a month of usage as a file',
    200,
    () => () => report('listDailyUsage', { accept: 'text/csv' }),
    [1, 1],
  ],
  [
    'a month of usage, 1,000 rows a page',
    200,
    (size) => () => report('listDailyUsage', {}, { maxpagesize: `${size}` }),
    [100, 1_000],
  ],
  [
    'a reconciliation, 1,000 rows a page',
    200,
    (size) => () => report('listReconciliation', {}, { maxpagesize: `${size}` }),
    [100, 1_000],
  ],
  ['an invoice', 200, () => () => report('getInvoice'), [1, 1]],
  ['1,000 users a page', 200, (size) => () => listUsers({ maxpagesize: `${size}` }), [100, 1_000]],
  [
    'a search of 1,500 users that finds nobody',
    200,
    () => () => listUsers({ search: 'nobody', maxpagesize: '1' }),
    [1, 1],
  ],
  ['4,000 query parameters', 400, (size) => () => listUsers(parameters(size)), [20, 4_000]],
  [
    'a plan of a hundred keys',
    404,
    (size) => () =>
      send('planSubscription', {
        params: { partnerId: large.partnerId, subscriptionId: newId() },
        token: large.admin,
        body: { productKeys: Array(size).fill('x'), wish: { licenses: 1 } },
      }),
    [10, 100],
  ],
];

test.each(attacks)(
  '%s: nobody is held up, and little memory taken',
  async (_, status, make, [small, whole]) => {
    for (let n = 0; n < 2; n += 1) await make(small)();
    let seen = await beside(make(whole), bystander);
    // A stretch that is the request's own comes every time; a collection or a compilation may not.
    for (let tries = 1; tries < 3 && seen.held > 100; tries += 1)
      seen = await beside(make(whole), bystander);
    const { result, held, grown, statuses } = seen;
    expect(result.status).toBe(status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(held).toBeLessThanOrEqual(100);
    expect(grown).toBeLessThanOrEqual(64);
  },
  60_000,
);
