import { afterAll, expect, test } from 'vitest';
import { recordDelivery } from '../../src/notices/delivery-report.ts';
import { forgetOperations, partnerOfOperation } from '../../src/notices/operations.ts';
import { newId } from '../../src/platform/ids.ts';
import { assign, someNotice, startPost, subjects, type TestNotice } from './support/outbox.ts';

const post = await startPost();
const { runtime, mail } = post;
afterAll(() => mail.close());

function report(messageId: string, status: string) {
  return {
    id: newId(),
    eventType: 'Microsoft.Communication.EmailDeliveryReportReceived',
    data: { messageId, status, recipient: 'ana@contoso.com', deliveryStatusDetails: {} },
  };
}

const record = ({ noticeId }: TestNotice, status: string) =>
  recordDelivery(runtime, report(noticeId.toUpperCase(), status), subjects);

async function accepted() {
  const notice = someNotice();
  await assign(runtime, notice);
  await post.drain();
  return notice;
}

test.each([
  ['Delivered', 'delivered', 'delivered'],
  ['Expanded', 'delivered', 'delivered'],
  ['Bounced', 'bounced', 'bounced Bounced'],
  ['Suppressed', 'bounced', 'bounced Suppressed'],
  ['Quarantined', 'bounced', 'bounced Quarantined'],
  ['FilteredSpam', 'bounced', 'bounced FilteredSpam'],
  ['Failed', 'bounced', 'bounced Failed'],
])('CR-08 a report %s makes a mail %s', async (status, becomes, told) => {
  const notice = await accepted();
  expect(await record(notice, status)).toBe('recorded');
  expect((await post.notice(notice)).status).toBe(becomes);
  expect(await post.told(notice)).toEqual(['accepted', told]);
  expect(await record(notice, status)).toBe('ignored');
  expect(await post.told(notice)).toEqual(['accepted', told]);
});

test('CR-08 of several recipients the one whose mail bounced counts', async () => {
  const notice = await accepted();
  await record(notice, 'Delivered');
  await record(notice, 'Bounced');
  await record(notice, 'Delivered');
  expect(await post.told(notice)).toEqual(['accepted', 'delivered', 'bounced Bounced']);
});

test('CR-08 a report may overtake the acceptance', async () => {
  const notice = someNotice();
  await assign(runtime, notice);
  mail.onAccepted = () => record(notice, 'Delivered');
  await post.drain();
  mail.onAccepted = undefined;
  expect((await post.notice(notice)).status).toBe('delivered');
  expect(await post.told(notice)).toEqual(['delivered']);
  expect(await post.inIndex()).toBe(0);
});

test('CR-08 a report tells of a mail whose acceptance was not heard', async () => {
  const notice = someNotice();
  await assign(runtime, notice);
  mail.post.push({ cut: 'after' });
  expect(await post.drain()).toEqual(['put-back']);
  await record(notice, 'Delivered');
  post.moveOn(60_000);
  await post.redeliver();
  expect(await post.drain()).toEqual([]);
  expect((await post.notice(notice)).status).toBe('delivered');
  expect(mail.accepted.filter(({ id }) => id === notice.noticeId)).toHaveLength(1);
});

test('CR-08 events that are not of our mails change nothing', async () => {
  const notice = await accepted();
  const events = [
    report(newId(), 'Delivered'),
    report('no id', 'Delivered'),
    report(notice.noticeId, 'SomethingNew'),
    { ...report(notice.noticeId, 'Delivered'), eventType: 'Microsoft.Storage.BlobCreated' },
    {},
    null,
    'text',
  ];
  for (const event of events)
    expect(await recordDelivery(runtime, event, subjects)).toBe('ignored');
  expect((await post.notice(notice)).status).toBe('accepted');
});

test('CR-08 operations are kept for 30 days', async () => {
  const { noticeId, partnerId } = await accepted();
  const day = 86_400_000;
  await forgetOperations(runtime, Date.now() + 29 * day);
  expect(await partnerOfOperation(runtime, noticeId)).toBe(partnerId);
  expect(await forgetOperations(runtime, Date.now() + 31 * day)).toBeGreaterThan(0);
  expect(await partnerOfOperation(runtime, noticeId)).toBeUndefined();
});
