import { expect, test } from 'vitest';
import { noticeMessageSchema } from '../../src/notices/notice.ts';
import { newId } from '../../src/platform/ids.ts';
import { invoked } from '../../src/platform/telemetry.ts';
import { currentTraceparent, readTraceparent } from '../../src/platform/trace-context.ts';
import { useTestSettings } from '../support/settings.ts';

const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;

test('a traceparent is read, and what is none is none', () => {
  expect(readTraceparent(traceparent)).toMatchObject({ traceId: '1'.repeat(32), traceFlags: 1 });
  expect(readTraceparent(traceparent.replace('00-', 'cc-') + '-what-comes')).toBeDefined();
  const wrong = [
    undefined,
    '',
    'x',
    traceparent.replace('00-', 'ff-'),
    traceparent.replaceAll('1', '0'),
    traceparent.replaceAll('2', '0'),
    traceparent.toUpperCase().replaceAll('1', 'A'),
    `${traceparent}0`,
  ];
  expect(wrong.filter((text) => readTraceparent(text))).toEqual([]);
});

test('a message with a broken traceparent is a message without one', () => {
  const message = { partnerId: newId(), noticeId: newId() };
  expect(noticeMessageSchema.parse({ ...message, traceparent: 'broken' })).toEqual(message);
});

test('without exporters the host’s trace is handed on as it came, through everything that waits', async () => {
  useTestSettings();
  const context = { invocationId: newId(), traceContext: { traceParent: traceparent } };
  const seen = await invoked({ name: 'f', trigger: 'timer', context }, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return currentTraceparent();
  });
  expect(seen).toBe(traceparent);
  expect(currentTraceparent()).toBeUndefined();
  const alone = { invocationId: newId() };
  expect(
    await invoked({ name: 'f', trigger: 'http', context: alone }, async () => currentTraceparent()),
  ).toBe(undefined);
});
