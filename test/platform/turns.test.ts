import { expect, test } from 'vitest';
import { createTurns } from '../../src/platform/turns.ts';

test('a turn is due after 20 ms of work, and again 20 ms after it was given', async () => {
  let now = 0;
  const turns = createTurns(() => now);
  now = 19;
  expect(turns.isDue()).toBe(false);
  now = 20;
  expect(turns.isDue()).toBe(true);
  await turns.give();
  expect(turns.isDue()).toBe(false);
  now = 40;
  expect(turns.isDue()).toBe(true);
});

test('a turn lets input and output through, not only promises', async () => {
  let turned = false;
  setImmediate(() => (turned = true));
  await createTurns().give();
  expect(turned).toBe(true);
});
