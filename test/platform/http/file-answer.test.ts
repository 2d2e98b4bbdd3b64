import { expect, test } from 'vitest';
import { prefersCsv, sendFile } from '../../../src/platform/http/file-answer.ts';

test('CSV is sent where the Accept header likes it better than JSON', () => {
  for (const accept of [
    'text/csv',
    'TEXT/CSV; q=0.5',
    'text/*',
    'text/csv, */*;q=0.1',
    'application/json;q=0.4, text/csv;q=0.5',
  ])
    expect(prefersCsv(accept), accept).toBe(true);
  for (const accept of [
    null,
    '',
    '*/*',
    'application/json',
    'text/csv;q=0',
    'text/csv, application/json',
    'text/html',
    'text/csv;q=x',
  ])
    expect(prefersCsv(accept), String(accept)).toBe(false);
});

async function* failing(after: number) {
  for (let i = 0; i < after; i += 1) yield `${i}\n`;
  throw new Error('storage is gone');
}

test('what fails before the first piece is thrown; what fails later breaks the transfer off', async () => {
  await expect(sendFile({ name: 'a.csv', text: failing(0) }, 'id')).rejects.toThrow(
    'storage is gone',
  );
  const answer = await sendFile({ name: 'a.csv', text: failing(2) }, 'id');
  expect(answer.headers['Content-Disposition']).toBe('attachment; filename="a.csv"');
  await expect(new Response(answer.body as ReadableStream).text()).rejects.toThrow();
});
