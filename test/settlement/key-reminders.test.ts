/** Reminders of product keys and subscriptions (KEY-10, KEY-11): when they go out, to whom, and what they say. */
import { expect, test } from 'vitest';
import { getProductKey, replaceProductKey } from '../../src/cloud-services/key-service.ts';
import { redeemKey } from '../../src/cloud-services/redeem-service.ts';
import { revokeProduct } from '../../src/cloud-services/revoke-service.ts';
import { deliver } from '../../src/notices/deliver.ts';
import { noticeMessageSchema } from '../../src/notices/notice.ts';
import { awardBenefit } from '../../src/partners/award-service.ts';
import { endingReminder } from '../../src/reminders/end-reminder-mail.ts';
import { endingKind } from '../../src/reminders/end-reminders.ts';
import { startMailServer } from '../notices/support/mail-server.ts';
import { inWords, recordRequests, waitsInARow } from '../support/storage-requests.ts';
import { settlementWorld } from './world.ts';

const admin = 'admin@contoso.com';

/** A partner whose membership, with one monthly credit, ends on 22 November 2027, and the mails that it gets. */
async function keyHolder(contacts: string[] = [admin]) {
  const mails = await startMailServer();
  const world = await settlementWorld('2026-11-22T10:00', {
    MAIL_CONNECTION_STRING: mails.connectionString,
    MAIL_PER_MINUTE: '1000',
    MAIL_PER_HOUR: '1000',
  });
  const partnerId = await world.partner(contacts);
  const { membershipId, benefitId: credit } = await world.credit(partnerId);
  const call = () => world.call();
  const award = (licenses = 10, activateBy?: string) =>
    awardBenefit(call(), partnerId, {
      membershipId,
      productId: 'microsoft-365-e5',
      licenses,
      ...(activateBy === undefined ? {} : { activateBy }),
    });
  const redeem = async (benefitId: string, action: 'activate' | 'extend' | 'add-licenses') => {
    const { productKey } = await getProductKey(call(), partnerId, benefitId);
    return redeemKey(call(), partnerId, { productKey, action, tenantId: partnerId });
  };
  /** Sweeps on a day at 00:15Z and sends what is on the queue; gives `recipient: subject`, sorted. */
  const mailsOf = async (day: string) => {
    world.setNow(`${day}T00:15`);
    await world.sweep();
    return (await send()).map(({ to, subject }) => `${to}: ${subject}`).sort();
  };
  const send = async () => {
    const subjects = { [endingKind]: endingReminder };
    for (const message of await world.receive('reminders'))
      await deliver(world.runtime, noticeMessageSchema.parse(message), subjects);
    return mails.accepted.splice(0).map(({ message }) => ({
      to: message.recipients.to.map(({ address }) => address).join(),
      subject: message.content.subject,
      text: message.content.plainText,
      html: message.content.html,
    }));
  };
  return { world, mails, partnerId, membershipId, credit, award, redeem, mailsOf, send };
}

test('KEY-10 the contacts are told 30, 7 and 1 days before the activate-by date, each once, and not after', async () => {
  const { world, mails, award, mailsOf } = await keyHolder([admin, 'second@contoso.com']);
  const product = await award(10, '2027-03-15');
  expect(await world.schedule()).toContain(`2027-02-13 benefit ${product}`);
  const told = [admin, 'second@contoso.com'].map(
    (to) => `${to}: Microsoft 365 E5: redeem the product key before 2027-03-15`,
  );
  expect(await mailsOf('2027-02-12')).toEqual([]);
  for (const day of ['2027-02-13', '2027-03-08', '2027-03-14']) {
    expect(await mailsOf(day)).toEqual(told);
    expect(await mailsOf(day)).toEqual([]);
  }
  expect((await world.schedule()).filter((row) => row.endsWith(product))).toEqual([]);
  expect(await mailsOf('2027-03-15')).toEqual([]);
  await mails.close();
});

test('KEY-10 of the notices that were missed only the latest is sent, and none once the date has come', async () => {
  const { world, mails, award, mailsOf } = await keyHolder();
  const product = await award(10, '2027-03-15');
  const lost = await award(5, '2027-03-10');
  expect(await mailsOf('2027-03-10')).toEqual([
    `${admin}: Microsoft 365 E5: redeem the product key before 2027-03-15`,
  ]);
  const rows = await world.schedule();
  expect(rows).toContain(`2027-03-14 benefit ${product}`);
  expect(rows.filter((row) => row.endsWith(lost))).toEqual([]);
  await mails.close();
});

test('KEY-10 nobody is told of a key that was redeemed, or whose benefit was withdrawn', async () => {
  const { world, mails, partnerId, award, redeem, mailsOf, send } = await keyHolder();
  const [redeemed, withdrawn, late] = [
    await award(10, '2027-03-15'),
    await award(10, '2027-03-15'),
    await award(10, '2027-03-15'),
  ];
  await redeem(redeemed, 'activate');
  await revokeProduct(world.call(), partnerId, withdrawn);
  world.setNow('2027-02-13T00:15');
  await world.sweep();
  // Redeemed between the sweep and the mail.
  await redeem(late, 'extend');
  expect(await send()).toEqual([]);
  expect(await mailsOf('2027-03-08')).toEqual([]);
  const rows = await world.schedule();
  for (const id of [redeemed, withdrawn, late])
    expect(rows.filter((row) => row.endsWith(id))).toEqual([]);
  await mails.close();
});

test('KEY-12 a replacement key is told of like the first one', async () => {
  const { world, mails, partnerId, award, redeem, mailsOf } = await keyHolder();
  const product = await award(10, '2027-03-15');
  world.setNow('2027-02-20T10:00');
  await redeem(product, 'activate');
  expect(await mailsOf('2027-03-01')).toEqual([]);
  expect((await world.schedule()).filter((row) => row.endsWith(product))).toEqual([]);
  await replaceProductKey(world.call(), partnerId, product, 'wrong-tenant');
  expect(await mailsOf('2027-03-08')).toEqual([
    `${admin}: Microsoft 365 E5: redeem the product key before 2027-03-15`,
  ]);
  // The subscription that was undone ends no more.
  expect(await mailsOf('2028-02-20')).toEqual([]);
  await mails.close();
});

/** What the credit of the partner's membership brings is not what these tests ask about. */
const creditDays = ['2027-10-23', '2027-11-15', '2027-11-21', '2027-11-22'];

test('KEY-11 the contacts are told 30, 7 and 1 days before a subscription ends, and when it has', async () => {
  const { world, mails, award, redeem, mailsOf, send } = await keyHolder();
  world.setNow('2026-11-25T10:00');
  const { subscription } = await redeem(await award(25), 'activate');
  expect(subscription.endDate).toBe('2027-11-25');
  expect(await world.schedule()).toContain(`2027-10-26 subscription ${subscription.id}`);
  const ends = [`${admin}: Microsoft 365 E5 subscription ends on 2027-11-25`];
  const sent: string[][] = [];
  for (const day of [
    '2027-10-23',
    '2027-10-26',
    '2027-11-15',
    '2027-11-18',
    '2027-11-21',
    '2027-11-22',
  ])
    if (creditDays.includes(day)) await mailsOf(day);
    else sent.push(await mailsOf(day));
  expect(sent).toEqual([ends, ends]);
  world.setNow('2027-11-24T00:15');
  await world.sweep();
  const [before] = await send();
  expect(before?.text).toContain(
    '(25 licences) ends on 2027-11-25 (UTC). To have it go on, extend it',
  );
  expect(before?.text).not.toContain('credit');
  expect(before?.html).not.toContain('Azure credits');

  world.setNow('2027-11-25T00:15');
  await world.sweep();
  const [expired] = await send();
  expect(expired?.subject).toBe('Microsoft 365 E5 subscription has expired');
  expect(expired?.text).toContain('It can be used until 2027-12-25');
  expect((await world.schedule()).filter((row) => row.includes('subscription'))).toEqual([]);
  expect(await mailsOf('2027-11-26')).toEqual([]);
  await mails.close();
});

test('KEY-11 of a subscription’s notices that were missed only the latest is sent, and none once it is deleted', async () => {
  const { mails, award, redeem, mailsOf } = await keyHolder();
  await redeem(await award(), 'activate');
  expect(await mailsOf('2027-12-20')).toEqual([
    `${admin}: 2 benefits and subscriptions need attention`,
  ]);
  expect(await mailsOf('2027-12-21')).toEqual([]);

  const idle = await keyHolder();
  await idle.redeem(await idle.award(), 'activate');
  expect(await idle.mailsOf('2028-03-21')).toEqual([]);
  expect(await idle.world.schedule()).toEqual([]);
  await Promise.all([mails.close(), idle.mails.close()]);
});

test('KEY-09 an extended subscription is told of anew, before its new end', async () => {
  const { world, mails, award, redeem, mailsOf, send } = await keyHolder();
  world.setNow('2026-11-25T10:00');
  const keyInHand = await award(25);
  await redeem(await award(25), 'activate');
  for (const day of ['2027-10-23', '2027-10-26', '2027-11-15']) await mailsOf(day);
  world.setNow('2027-11-18T00:15');
  await world.sweep();
  // Extended between the sweep and the mail: that mail is moot.
  const { subscription } = await redeem(keyInHand, 'extend');
  expect(subscription.endDate).toBe('2028-11-25');
  expect(await send()).toEqual([]);
  for (const day of ['2027-11-21', '2027-11-22']) await mailsOf(day);
  for (const day of ['2027-11-24', '2027-11-25']) expect(await mailsOf(day)).toEqual([]);
  expect(await mailsOf('2028-10-26')).toEqual([
    `${admin}: Microsoft 365 E5 subscription ends on 2028-11-25`,
  ]);
  await mails.close();
});

test('CR-17 credits, keys and subscriptions that end together stand in one mail, which holds no key', async () => {
  const { world, mails, partnerId, credit, award, redeem, send } = await keyHolder([
    admin,
    'Ana@Contoso.com',
  ]);
  await world.redeemed(partnerId, credit);
  const unused = await award(10, '2027-11-22');
  const { productKey } = await getProductKey(world.call(), partnerId, unused);
  await redeem(await award(30), 'activate');
  await world.redeemed(
    partnerId,
    await world.award(partnerId, (await world.state(partnerId, credit)).membershipId),
    'ben@contoso.com',
  );
  world.setNow('2027-10-23T00:15');
  // The holder who is no contact is told of the credit alone.
  await world.sweep();
  const sent = await send();
  expect(sent.map(({ to }) => to.toLowerCase()).sort()).toEqual([
    admin,
    'ana@contoso.com',
    'ben@contoso.com',
  ]);
  for (const { to, subject, text, html } of sent) {
    expect(text + html).not.toContain(productKey);
    expect(text).toContain('50.00 USD is left');
    const contact = !to.startsWith('ben');
    expect(subject.includes('need attention')).toBe(contact);
    for (const part of [text, html]) {
      expect(part.includes('its product key has not been redeemed')).toBe(contact);
      expect(part.includes('Microsoft 365 E5 subscription')).toBe(contact);
    }
  }
  await world.sweep();
  expect(await send()).toEqual([]);
  await mails.close();
});

test('KEY-01 awards index their keys ahead, in the stage that a credit’s award has', async () => {
  const world = await settlementWorld('2026-11-22T10:00');
  const partnerId = await world.partner();
  const { membershipId } = await world.credit(partnerId);
  await world.award(partnerId, membershipId);
  const ofCredit = await recordRequests(world.hosts, () => world.award(partnerId, membershipId));
  const ofProduct = await recordRequests(world.hosts, () =>
    awardBenefit(world.call(), partnerId, { membershipId, productId: 'microsoft-365-e5' }),
  );
  expect(inWords(ofProduct.requests)).toEqual(inWords(ofCredit.requests));
  expect(waitsInARow(ofProduct.requests)).toBe(waitsInARow(ofCredit.requests));
});
