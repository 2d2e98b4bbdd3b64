/** Bodies that are large, endless, late or made to cost: what is read of them, and what of it is kept. */
import { HttpRequest } from '@azure/functions';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { newId } from '../../src/platform/ids.ts';
import { refuse, RefusalError } from '../../src/platform/refusals.ts';
import { openBody, readBody, type BodyLimit } from '../../src/platform/http/body.ts';
import { takeAccount } from '../support/azurite.ts';
import { hostileBody, pieceSize, type HostileBody } from '../support/hostile-body.ts';
import { startInProcess, type InProcessApp } from '../support/in-process.ts';
import { programme, type Programme } from '../support/programme.ts';

const MiB = 1024 * 1024;
/** What may be read beyond a limit: the piece that passes it, and the next, asked for when dropping begins. */
const twoPieces = 2 * pieceSize;

let app: InProcessApp;
let setup: Programme;
let partnerId: string;
let benefitId: string;
let link: string;

beforeAll(async () => {
  app = await startInProcess({ storage: await takeAccount(inject('storage')) });
  setup = programme(app, await app.tokenFor({ roles: ['ProgramOperator'] }));
  const partner = await setup.partner();
  partnerId = partner.partnerId;
  const membership = await setup.membership(partnerId, 'action-pack');
  benefitId = membership.benefitIds[0]!;
  const userId = await setup.user(partnerId, 'ana@contoso.com');
  link = await setup.assigned(partnerId, partner.admin, benefitId, userId);
}, 60_000);

afterAll(() => app.stop());

/** Every way to send a body: the function, its parameters, who sends it, and the most that is read. */
const routes = {
  json: () => ({
    name: 'addUser',
    options: { params: { partnerId }, token: setup.operator },
    limit: MiB,
  }),
  link: () => ({ name: 'redeemCredit', options: { params: { token: link } }, limit: MiB }),
  form: () => ({
    name: 'redeemByForm',
    options: {
      params: { token: link },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    limit: 8 * 1024,
  }),
};

function send(route: keyof typeof routes, { stream }: HostileBody) {
  const { name, options } = routes[route]();
  return app.prepare(name, { ...options, stream })();
}

test.each(['json', 'link', 'form'] as const)(
  'a body that never ends is refused once it passes the limit, unwaited for: %s',
  async (route) => {
    const { limit } = routes[route]();
    const body = hostileBody(limit + 1, { stalls: true });
    expect((await send(route, body)).status).toBe(413);
  },
);

test.each(['json', 'link', 'form'] as const)(
  'of 20 bodies of 95 MB at once no more than the limit is read, and the rest is dropped: %s',
  async (route) => {
    const { limit } = routes[route]();
    const bodies = Array.from({ length: 20 }, () => hostileBody(95 * MiB));
    const answers = await Promise.all(
      bodies.map(async (body) => {
        const { status } = await send(route, body);
        return { status, taken: body.taken() };
      }),
    );
    expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 413));
    for (const { taken } of answers) expect(taken).toBeLessThanOrEqual(limit + twoPieces);
    // Were it left unread, the host would not get to the answer.
    expect(await Promise.all(bodies.map(({ done }) => done))).toEqual(bodies.map(() => 'read'));
  },
  60_000,
);

test.each(['redeemCredit', 'removeSpendingLimitByLink', 'redeemByForm'])(
  'PR-05 nothing of a body is read for who has no link: %s',
  async (name) => {
    const at = link.length >> 1;
    const forged = `${link.slice(0, at)}${link[at] === 'A' ? 'B' : 'A'}${link.slice(at + 1)}`;
    for (const token of [forged, `${link}x`, 'x']) {
      const body = hostileBody(95 * MiB);
      const answer = await app.prepare(name, { params: { token }, stream: body.stream })();
      expect([answer.status, body.taken()]).toEqual([404, 0]);
    }
  },
);

test('nothing of a body is read for who is not signed in, or may not', async () => {
  const reader = await app.tokenFor({ roles: ['BillingAdmin'], partner: partnerId });
  const stranger = await app.tokenFor({ roles: ['PartnerAdmin'], partner: newId() });
  for (const [token, status] of [
    ['x', 401],
    [reader, 403],
    [stranger, 404],
  ] as const) {
    const body = hostileBody(95 * MiB);
    const answer = await app.prepare('addUser', {
      params: { partnerId },
      token,
      stream: body.stream,
    })();
    expect([answer.status, body.taken()]).toEqual([status, 0]);
  }
});

test('of a body whose length is told to be too large nothing is read', async () => {
  const body = hostileBody(95 * MiB);
  const headers = { 'content-length': String(95 * MiB), 'content-type': 'application/json' };
  const { options } = routes.json();
  const answer = await app.prepare('addUser', { ...options, headers, stream: body.stream })();
  expect([answer.status, body.taken()]).toEqual([413, 0]);
});

/** A request with a body, and nothing else. */
function requestWith({ stream }: HostileBody): HttpRequest {
  const nativeRequest = new Request('http://127.0.0.1/', {
    method: 'POST',
    body: stream,
    duplex: 'half',
  });
  return new HttpRequest({ nativeRequest } as never);
}

const limit = (seconds: number, more: Partial<BodyLimit> = {}): BodyLimit => ({
  bytes: MiB,
  seconds,
  tooLarge: () => new RefusalError(refuse('PayloadTooLarge', 'Too large.')),
  ...more,
});

test.each([
  ['in all', {}],
  ['between pieces', { perPiece: true } as const],
])('a body that stalls is waited for within bounds: %s', async (_, more) => {
  const body = hostileBody(10, { stalls: true });
  const read = readBody(requestWith(body), limit(0.02, more));
  await expect(read).rejects.toMatchObject({
    refusal: { code: 'InvalidRequest', target: 'body' },
  });
});

test('a body that comes slowly is waited for in all, however often something comes', async () => {
  // A piece every turn of the event loop, for ever.
  const body = hostileBody(Number.MAX_SAFE_INTEGER);
  const read = readBody(requestWith(body), limit(0.05, { bytes: Number.MAX_SAFE_INTEGER }));
  await expect(read).rejects.toMatchObject({ refusal: { code: 'InvalidRequest' } });
  await body.stream.cancel().catch(() => undefined);
});

test('the rest of an upload that is given up is dropped', async () => {
  const body = hostileBody(5 * MiB);
  const upload = openBody(requestWith(body), limit(30, { bytes: 100 * MiB }));
  for await (const piece of upload) {
    expect(piece.byteLength).toBeGreaterThan(0);
    break;
  }
  expect(await body.done).toBe('read');
});

test.each([
  ['340,000 empty usage records', `{"records":[${'{},'.repeat(340_000)}{}]}`, 413],
  ['90,000 unknown fields', `{${'"a":0,'.repeat(90_000)}"b":0}`, 400],
  ['500,000 nested lists', '['.repeat(500_000) + ']'.repeat(500_000), 400],
  ['170,000 nested objects', '{"a":'.repeat(170_000) + '1' + '}'.repeat(170_000), 400],
  ['one text of 1 MiB', JSON.stringify({ email: 'a'.repeat(MiB - 100) }), 400],
  ['one name of 1 MiB', `{"${'a'.repeat(MiB - 100)}":1}`, 400],
  ['an open text of escapes', `"${'\\"'.repeat(MiB / 2 - 1)}`, 400],
])('%s are refused before they are parsed', async (_, text, status) => {
  const parse = vi.spyOn(JSON, 'parse');
  try {
    const token = await app.tokenFor({ roles: ['UsageReporter'] });
    const stream = new Blob([text]).stream();
    const params = { partnerId, benefitId };
    const answer = await app.prepare('reportUsage', { params, token, stream })();
    expect(answer.status).toBe(status);
    expect(parse.mock.calls.filter(([given]) => given.length > 10_000)).toEqual([]);
  } finally {
    parse.mockRestore();
  }
});

test('CR-13 one usage record too many is 413 before any is looked at; many unknown fields name 50', async () => {
  const params = { partnerId, benefitId };
  const token = await app.tokenFor({ roles: ['UsageReporter'] });
  const records = Array.from({ length: 1_001 }, () => ({}));
  const many = await app.call('reportUsage', { params, token, body: { records } });
  expect([many.status, many.code, many.body.error.target]).toEqual([
    413,
    'PayloadTooLarge',
    'records',
  ]);
  const field = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`field${i}`, 0]));
  const flood = await app.call('reportUsage', {
    params,
    token,
    body: { records: Array.from({ length: 100 }, () => field) },
  });
  expect([flood.status, flood.body.error.details.length]).toEqual([400, 50]);
});

test('a query of very many parameters is refused for their number', async () => {
  const query = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`a${i}`, '']));
  const answer = await app.call('listUsers', {
    params: { partnerId },
    query,
    token: setup.operator,
  });
  expect([answer.status, answer.code, answer.body.error.details]).toEqual([
    400,
    'InvalidRequest',
    undefined,
  ]);
});
