/** Reminders of a credit's end as mails: who gets one, what it says, and that a day brings one (CR-17). */
import { TableClient } from '@azure/data-tables';
import { expect, test } from 'vitest';
import { endingReminder } from '../../src/reminders/end-reminder-mail.ts';
import { endingKind } from '../../src/reminders/end-reminders.ts';
import { deliver } from '../../src/notices/deliver.ts';
import { noticeMessageSchema } from '../../src/notices/notice.ts';
import { renewMembership } from '../../src/partners/memberships-service.ts';
import { eraseUser } from '../../src/partners/users-service.ts';
import { startMailServer } from '../notices/support/mail-server.ts';
import { settlementWorld } from './world.ts';

/** A partner with a monthly and a bulk credit of one holder, both ending on 22 November 2027. */
async function reminded(contacts: string[]) {
  const mails = await startMailServer();
  const settings = {
    MAIL_CONNECTION_STRING: mails.connectionString,
    MAIL_PER_MINUTE: '1000',
    MAIL_PER_HOUR: '1000',
  };
  const world = await settlementWorld('2026-11-22T10:00', settings);
  const partnerId = await world.partner(contacts);
  const { membershipId, benefitId } = await world.credit(partnerId);
  const userId = await world.redeemed(partnerId, benefitId);
  const bulk = await world.award(partnerId, membershipId);
  await world.redeemed(partnerId, bulk, '', userId);
  const send = async () => {
    const messages = await world.receive('reminders');
    const subjects = { [endingKind]: endingReminder };
    for (const message of messages)
      await deliver(world.runtime, noticeMessageSchema.parse(message), subjects);
    return mails.accepted.splice(0).map(({ message }) => ({
      to: message.recipients.to.map(({ address }) => address).join(),
      subject: message.content.subject,
      text: message.content.plainText,
    }));
  };
  return { world, partnerId, membershipId, benefitId, bulk, userId, send, mails };
}

test('CR-17 holder and contacts get one mail each, which tells of all that ends, and what to do', async () => {
  const { world, send, mails } = await reminded(['admin@contoso.com', 'Ana@Contoso.com']);
  world.setNow('2027-10-23T00:15');
  await world.sweep();
  const sent = await send();
  // Ana is holder and contact: one mail.
  expect(sent.map(({ to }) => to.toLowerCase()).sort()).toEqual([
    'admin@contoso.com',
    'ana@contoso.com',
  ]);
  const ana = sent.find(({ to }) => to !== 'admin@contoso.com');
  expect(ana?.subject).toBe('2 Azure credits are about to end');
  expect(ana?.text).toContain('ends on 2027-11-22 (UTC); 50.00 USD is left.');
  expect(ana?.text.match(/http:\/\/127\.0\.0\.1:7071\/redeem\//g)).toHaveLength(2);
  expect(ana?.text).toContain('Convert to pay-as-you-go');
  const admin = sent.find(({ to }) => to === 'admin@contoso.com');
  expect(admin?.text).not.toContain('/redeem/');
  expect(admin?.text).toContain('remove its spending limit');

  await world.sweep();
  expect(await send()).toEqual([]);
  await mails.close();
});

test('CR-17 when today’s mail has gone out already, a credit waits for tomorrow’s', async () => {
  const { world, partnerId, bulk, send, mails } = await reminded([]);
  const table = TableClient.fromConnectionString(world.connectionString, 'partners', {
    allowInsecureConnection: true,
  });
  const key = { partitionKey: partnerId, rowKey: `benefit|${bulk}` };
  const { data } = await table.getEntity<{ data: string }>(key.partitionKey, key.rowKey);
  // One of the two cannot be read in the first run of the day.
  await table.updateEntity({ ...key, data: '{"category":"azure-credit"}' }, 'Merge');
  world.setNow('2027-11-15T00:15');
  expect(await world.sweep()).toMatchObject({ settled: 1, failed: 1 });
  expect((await send()).map(({ subject }) => subject)).toEqual([
    'Azure monthly credit ends on 2027-11-22',
  ]);
  await table.updateEntity({ ...key, data }, 'Merge');
  expect(await world.sweep()).toMatchObject({ failed: 0, left: 1 });
  expect(await send()).toEqual([]);

  world.setNow('2027-11-16T00:15');
  expect(await world.sweep()).toMatchObject({ settled: 1, left: 0 });
  expect(await send()).toHaveLength(1);
  await mails.close();
});

test('CR-17 two credits that end together end in one mail', async () => {
  const { world, send, mails } = await reminded([]);
  world.setNow('2027-11-22T00:15');
  await world.sweep();
  const ended = await send();
  expect(ended.map(({ subject }) => subject)).toEqual(['2 Azure credits have ended']);
  expect(ended[0]?.text).toContain('For 90 days it can still be converted');
  await mails.close();
});

test('CR-17 a credit that was renewed before the mail went out is not told of', async () => {
  const { world, partnerId, membershipId, send, mails } = await reminded([]);
  world.setNow('2027-11-21T00:15');
  await world.sweep();
  await renewMembership(world.call(), partnerId, membershipId);
  const sent = await send();
  expect(sent).toHaveLength(1);
  // The monthly credit runs on to its 13 months; the bulk credit's year does not move.
  expect(sent[0]?.subject).toMatch(/ends on 2027-11-22$/);
  await mails.close();
});

test('CR-17 who was erased gets no mail', async () => {
  const { world, partnerId, userId, send, mails } = await reminded([]);
  world.setNow('2027-10-23T00:15');
  await world.sweep();
  await eraseUser(world.call(), partnerId, userId);
  expect(await send()).toEqual([]);
  world.setNow('2027-11-15T00:15');
  await world.sweep();
  expect(await send()).toEqual([]);
  expect((await world.schedule()).some((row) => row.startsWith('2027-11-21'))).toBe(true);
  await mails.close();
});
