/** Bad input of every kind, over HTTP: the contract's 4xx, never a 5xx, and nothing written. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { useStack } from '../support/stack.ts';
import { readDocument, sendRaw, type Answer, type Document } from './fuzz-answers.ts';
import { requests, type FuzzRequest } from './fuzz-requests.ts';
import { fuzzWorld } from './fuzz-world.ts';

const stack = await useStack();
const worlds = 16;
const rounds = Number(process.env['FUZZ_ROUNDS'] ?? 150);

test('whatever is sent, the answer keeps the contract, and what was refused wrote nothing', async () => {
  const answer = await fetch(`${stack.baseUrl}/api/openapi.json`);
  const { operations, resolve, problem } = readDocument((await answer.json()) as Document);
  const partners = await Promise.all(Array.from({ length: worlds }, () => fuzzWorld(stack)));
  const before = await Promise.all(partners.map((partner) => partner.rows()));
  const statuses = new Map<number, number>();
  const succeeded = new Set<string>();

  await fc.assert(
    fc.asyncProperty(
      fc.array(requests(operations, resolve), { minLength: worlds, maxLength: worlds }),
      (round) =>
        Promise.all(
          round.map(async (make, index) => {
            const partner = partners[index]!;
            const request = make(partner.fill);
            const answered = await sendRaw(stack.baseUrl, request).catch((error: unknown) => {
              throw new Error(describe('no answer', request, undefined), { cause: error });
            });
            const { status } = answered;
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
            if (status < 300) succeeded.add(request.operation.operationId);
            const wrong = problem(request, answered);
            if (wrong !== undefined) throw new Error(describe(wrong, request, answered));
            if (request.operation.method === 'GET') return;
            const rows = await partner.rows();
            const written = difference(before[index]!, rows);
            if (status >= 400 && written.length > 0)
              throw new Error(describe(`${written.join('\n')}\nwritten`, request, answered));
            before[index] = rows;
          }),
        ).then(() => undefined),
    ),
    { numRuns: rounds, endOnFailure: true },
  );

  const sent = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  expect(sent).toBeGreaterThanOrEqual(2_000);
  // The fuzz reaches behind the checks: most operations were carried out, and all sorts of refusals met.
  expect(succeeded.size).toBeGreaterThan(operations.length / 2);
  expect([...statuses.keys()]).toEqual(
    expect.arrayContaining([200, 201, 204, 400, 401, 403, 404, 409]),
  );
}, 120_000);

function difference(before: Map<string, string>, after: Map<string, string>): string[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  // A wrong product key counts as a guess: the one thing that a refusal may leave behind.
  keys.delete('key-guesses');
  return [...keys]
    .filter((key) => before.get(key) !== after.get(key))
    .map((key) => `${key}: ${before.get(key)} -> ${after.get(key)}`);
}

function describe(what: string, request: FuzzRequest, answered: Answer | undefined): string {
  const { operation, body, ...rest } = request;
  const sent = { ...rest, method: operation.method, body: body && Buffer.from(body).toString() };
  return `${what}\nby ${JSON.stringify(sent).slice(0, 2_000)}\nanswered ${JSON.stringify(answered)}`;
}
