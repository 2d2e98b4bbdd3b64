/** What comes in wrong, over HTTP: a clear answer, and the rest is taken (ACO-05). */
import * as http from 'node:http';
import { expect, test } from 'vitest';
import { useStack } from '../support/stack.ts';
import { manyRows, row, usageCsv, customerNumber } from './support/files.ts';
import type { UsageRow } from './support/files.ts';
import { billingWorld } from './support/world.ts';
import type { World } from './support/world.ts';

const stack = await useStack();
const month = '2025-09';

async function rejects(world: World, rows: readonly UsageRow[]) {
  const answer = await world.send(month, usageCsv(rows));
  expect(answer.status, answer.text).toBe(200);
  const { accepted, rejected } = JSON.parse(answer.text);
  return {
    accepted,
    rejected: rejected.map(({ line, code }: { line: number; code: string }) => [line, code]),
  };
}

test('ACO-05 bad lines are reported with number and reason and stop nothing else', async () => {
  const world = await billingWorld(stack);
  const line = (changes: UsageRow) => row(world.partnerId, month, changes);
  expect(
    await rejects(world, [
      line({ MeterId: 'a' }),
      line({ UsageDate: '2025-10-01' }),
      line({ UsageDate: '2025-09-31' }),
      line({ Quantity: '-1' }),
      line({ Quantity: '1'.repeat(16) }),
      line({ Quantity: `9${'0'.repeat(400)}` }),
      line({ UnitPrice: 'NaN' }),
      line({ CustomerId: customerNumber(77) }),
      line({ PartnerId: customerNumber(78) }),
      line({ BillingCurrency: 'EUR', PricingCurrency: 'EUR' }),
      line({ BillingCurrency: 'XYZ' }),
      line({ Tags: 'x'.repeat(8_001) }),
      line({ MeterId: '' }),
      line({ MeterId: 'b' }),
    ]),
  ).toEqual({
    accepted: 2,
    rejected: [
      [3, 'WrongMonth'],
      [4, 'InvalidDate'],
      [5, 'NegativeNumber'],
      [6, 'NumberTooLarge'],
      [7, 'NumberTooLarge'],
      [8, 'InvalidNumber'],
      [9, 'UnknownCustomer'],
      [10, 'WrongPartner'],
      [11, 'MixedCurrency'],
      [12, 'UnknownCurrency'],
      [13, 'ValueTooLong'],
      [14, 'MissingValue'],
    ],
  });
});

test('ACO-05 a broken quote costs its own line, and no line after it', async () => {
  const world = await billingWorld(stack);
  const rows = manyRows(world.partnerId, month, 200, 1);
  const lines = usageCsv(rows).split('\n');
  lines[5] = lines[5]!.replace('Contoso', '"Contoso');
  lines[9] = lines[9]!.replace('Contoso', 'Con"toso');
  lines[12] = `${lines[12]!},one more`;
  const answer = await world.send(month, lines.join('\n'));
  const result = JSON.parse(answer.text);
  expect(result).toMatchObject({ accepted: 197, duplicates: 0, rejectedTotal: 3 });
  expect(result.rejected.map(({ line }: { line: number }) => line)).toEqual([6, 10, 13]);
});

test('ACO-05 a line full of quotes that cannot be stored is rejected, one that can is kept', async () => {
  const world = await billingWorld(stack);
  const long = { Tags: '"'.repeat(8_000), AdditionalInfo: '\\'.repeat(8_000) };
  expect(
    await rejects(world, [
      row(world.partnerId, month, { ...long, MeterId: 'a' }),
      row(world.partnerId, month, { Tags: '"'.repeat(8_000), MeterId: 'b' }),
      row(world.partnerId, month, { Tags: '漢'.repeat(8_000), MeterId: 'c' }),
    ]),
  ).toEqual({ accepted: 2, rejected: [[2, 'ValueTooLong']] });
  expect(await world.list(world.report(month, 'daily-usage'))).toHaveLength(2);
});

test('ACO-05 many rejects are counted, and the first thousand named', async () => {
  const world = await billingWorld(stack);
  const answer = await world.send(month, 'x\n'.repeat(1_500), 'application/x-ndjson');
  const { accepted, rejected, rejectedTotal } = JSON.parse(answer.text);
  expect([accepted, rejected.length, rejectedTotal]).toEqual([0, 1_000, 1_500]);
});

test('ACO-05 the month’s currency is the first line’s, whichever of two imports sets it', async () => {
  const world = await billingWorld(stack);
  const send = (currency: string) =>
    world.send(
      month,
      usageCsv([
        row(world.partnerId, month, {
          BillingCurrency: currency,
          PricingCurrency: currency,
          MeterId: currency,
        }),
      ]),
    );
  const results = (await Promise.all([send('USD'), send('EUR')])).map(({ text }) =>
    JSON.parse(text),
  );
  expect(results.map(({ accepted }) => accepted).toSorted()).toEqual([0, 1]);
  const loser = results.find(({ accepted }) => accepted === 0);
  expect(loser.rejected).toMatchObject([{ line: 2, code: 'MixedCurrency' }]);
});

/** A body in pieces, none of which need be held by the test. */
function upload(world: World, headers: http.OutgoingHttpHeaders = {}) {
  const path = `/api/partners/${world.partnerId}/billing-periods/${month}/usage?api-version=2026-12-01`;
  const { hostname, port } = new URL(stack.baseUrl);
  const request = http.request({
    hostname,
    port,
    path,
    method: 'POST',
    headers: { authorization: `Bearer ${world.reporter}`, 'content-type': 'text/csv', ...headers },
  });
  const answer = new Promise<{ status: number; text: string }>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
  });
  answer.catch(() => undefined);
  const write = async (piece: string | Buffer) => {
    if (!request.write(piece)) {
      await new Promise<void>((resolve) => {
        const goOn = () => {
          request.off('drain', goOn).off('close', goOn).off('response', goOn);
          resolve();
        };
        request.on('drain', goOn).on('close', goOn).on('response', goOn);
      });
    }
  };
  return { request, answer, write };
}

test('ACO-05 a body of 150 MB is refused with 413, naming the limit', async () => {
  const world = await billingWorld(stack);
  const size = 150 * 1024 * 1024;
  const told = upload(world, { 'content-length': size });
  const piece = Buffer.alloc(1024 * 1024, 'x');
  told.request.write(piece);
  const first = await told.answer;
  told.request.destroy();
  expect(first.status).toBe(413);
  expect(JSON.parse(first.text).error).toMatchObject({
    code: 'PayloadTooLarge',
    message: expect.stringContaining('100 MiB'),
  });

  // The same without a length told beforehand.
  const untold = upload(world);
  const header = usageCsv([]);
  let answered: unknown;
  untold.answer.then(
    (answer) => (answered = answer),
    (error: unknown) => (answered = error),
  );
  await untold.write(header);
  for (let sent = 0; sent < size && answered === undefined; sent += piece.length) {
    await untold.write(piece);
  }
  const second = await untold.answer;
  untold.request.destroy();
  expect(second.status).toBe(413);
});

test('ACO-05 a large body cut off in the middle: what was taken stays, sending it again completes it', async () => {
  const world = await billingWorld(stack, 4);
  // Fifty megabytes by their cells, not by their number of lines, so that storage is not what is tested.
  const count = 3_000;
  const filler = 'x'.repeat(7_900);
  const rows = manyRows(world.partnerId, month, count, 4).map((each) => ({
    ...each,
    Tags: filler,
    AdditionalInfo: filler,
  }));
  const lines = usageCsv(rows).split('\n');
  const cut = upload(world);
  for (const line of lines.slice(0, count / 2)) await cut.write(`${line}\n`);
  await cut.write((lines[count / 2] ?? '').slice(0, 300));
  // Only once some of it is stored, so that there is something to be completed.
  const path = world.report(month, 'daily-usage');
  const some = async () => (await world.json(path, { maxpagesize: '1' })).value.length;
  await expect.poll(some, { timeout: 20_000 }).toBe(1);
  cut.request.destroy();
  await expect(cut.answer).rejects.toThrow();

  const again = upload(world);
  for (const line of lines) await again.write(`${line}\n`);
  again.request.end();
  const { status, text } = await again.answer;
  expect(status, text).toBe(200);
  const { accepted, duplicates, rejectedTotal } = JSON.parse(text) as Record<string, number>;
  expect(rejectedTotal).toBe(0);
  expect(duplicates).toBeGreaterThan(0);
  expect(accepted! + duplicates!).toBe(count);
  const file = world.rows((await world.csv(path)).text);
  expect(file).toHaveLength(count);
});
