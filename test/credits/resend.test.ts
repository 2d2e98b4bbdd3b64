/** Sending an assignment's email again: how often, and to whom (CR-08, CR-04). */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { assignmentNotice } from '../../src/credits/assignment-notice.ts';
import { assignCredit, resendMail } from '../../src/credits/assignment-service.ts';
import { creditRowSchema, readCredit } from '../../src/credits/rows.ts';
import { advance } from '../../src/notices/advance.ts';
import { addUser, eraseUser } from '../../src/partners/users-service.ts';
import { putPartner } from '../../src/partners/partners-service.ts';
import type { CommandCall } from '../../src/platform/http/endpoint.ts';
import { newId } from '../../src/platform/ids.ts';
import { RefusalError } from '../../src/platform/refusals.ts';
import { settlementWorld } from '../settlement/world.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** A partner with so many bulk credits, each assigned to a user of its own; every email counts as sent at once. */
async function start(credits = 1) {
  const world = await settlementWorld('2026-11-22T10:00');
  const { runtime } = world;
  const partnerId = await world.partner();
  const { benefitId, membershipId } = await world.credit(partnerId, 'launch');
  const benefitIds = [benefitId];
  while (benefitIds.length < credits) benefitIds.push(await world.award(partnerId, membershipId));

  const mailOf = async (id: string) => (await world.state(partnerId, id)).assignment!.mail;
  async function accept(id: string) {
    const { assignment } = await world.state(partnerId, id);
    const noticeId = assignment!.mail.id ?? assignment!.id;
    const subjects = { assignment: assignmentNotice };
    await advance(runtime, { partnerId, noticeId }, subjects, { status: 'accepted' });
  }
  async function assign(id: string) {
    const email = `${newId()}@contoso.com`;
    const user = await addUser(world.call(), partnerId, { email, displayName: 'Ana' });
    await assignCredit(world.call(), partnerId, id, { userId: user.id });
    return user.id;
  }
  const userIds: string[] = [];
  for (const id of benefitIds) {
    userIds.push(await assign(id));
    await accept(id);
  }
  return {
    world,
    partnerId,
    membershipId,
    benefitIds,
    userIds,
    assign,
    accept,
    mailOf,
    /** Asks for the email again: `sent`, or the code of the refusal and the hours to wait. */
    again: async (id: string, call: CommandCall = world.call()) => {
      try {
        await resendMail(call, partnerId, id);
        return 'sent';
      } catch (error) {
        if (!(error instanceof RefusalError)) throw error;
        const { code, retryAfterSeconds } = error.refusal;
        return retryAfterSeconds === undefined
          ? code
          : `${code} ${Math.round(retryAfterSeconds / 360) / 10} h`;
      }
    },
    notices: async () => {
      const range = { prefix: 'notice|', size: 1_000 };
      return (await runtime.tables.page('partners', z.unknown(), partnerId, range)).rows.length;
    },
  };
}

test('CR-08 one email of an assignment is open at a time, the first one included', async () => {
  const { world, partnerId, membershipId, assign, accept, again, mailOf, notices } = await start();
  const id = await world.award(partnerId, membershipId);
  await assign(id);
  const before = await notices();
  expect(await again(id)).toBe('TooManyRequests 0 h');
  expect(await notices()).toBe(before);
  expect((await mailOf(id)).id).toBeUndefined();
  await accept(id);
  expect(await again(id)).toBe('sent');
  expect(await again(id)).toBe('TooManyRequests 0 h');
  expect(await notices()).toBe(before + 1);
  await accept(id);
  expect(await again(id)).toBe('sent');
});

test('CR-08 an email of an assignment is sent again five times in any 24 hours', async () => {
  const { world, benefitIds, accept, again } = await start();
  const [id = ''] = benefitIds;
  for (let passed = 0; passed < 5; passed += 1) {
    expect(await again(id)).toBe('sent');
    await accept(id);
    world.moveOn(hour);
  }
  expect(await again(id)).toBe('TooManyRequests 19 h');
  world.moveOn(day - 5 * hour - 10 * 60_000);
  expect(await again(id)).toBe('TooManyRequests 0.2 h');
  world.moveOn(11 * 60_000);
  expect(await again(id)).toBe('sent');
  await accept(id);
  // The window rolls: the next is free an hour later, not a day.
  expect(await again(id)).toBe('TooManyRequests 1 h');
  world.moveOn(hour);
  expect(await again(id)).toBe('sent');
});

test('CR-08 a new assignment of the same credit begins to count again', async () => {
  const { world, partnerId, again, accept } = await start();
  const { benefitId: id } = await world.credit(partnerId);
  const users = await Promise.all(
    ['ana', 'ben'].map((name) =>
      addUser(world.call(), partnerId, { email: `${name}@contoso.com`, displayName: name }),
    ),
  );
  await assignCredit(world.call(), partnerId, id, { userId: users[0]!.id });
  for (let times = 0; times < 5; times += 1) {
    await accept(id);
    expect(await again(id)).toBe('sent');
  }
  await accept(id);
  expect(await again(id)).toMatch(/^TooManyRequests 24 h/);
  const { version } = await world.state(partnerId, id);
  const ifMatch = { any: false, tags: [`"${version}"`] };
  await assignCredit({ ...world.call(), ifMatch }, partnerId, id, { userId: users[1]!.id });
  await accept(id);
  expect(await again(id)).toBe('sent');
});

test('CR-08 a partner has 60 emails sent again in any hour; first emails are never refused, others not held up', async () => {
  const town = await start(13);
  const { world, partnerId, benefitIds, membershipId, assign, accept, again } = town;
  for (let round = 0; round < 5; round += 1) {
    for (const id of benefitIds.slice(0, 12)) {
      expect(await again(id)).toBe('sent');
      await accept(id);
    }
    world.moveOn(6 * 60_000);
  }
  const last = benefitIds[12]!;
  const before = await town.notices();
  expect(await again(last)).toBe('TooManyRequests 0.5 h');
  expect(await town.notices()).toBe(before);
  expect((await world.state(partnerId, last)).assignment?.resentAt).toBeUndefined();
  const fresh = await world.award(partnerId, membershipId);
  await assign(fresh);
  expect(await town.notices()).toBe(before + 1);

  world.moveOn(31 * 60_000);
  expect(await again(last)).toBe('sent');
}, 60_000);

test('CR-08 of resends at the same moment no more go out than the bounds allow, and each in whole', async () => {
  const { world, benefitIds, accept, again, notices } = await start(4);
  const [id = '', ...others] = benefitIds;
  const before = await notices();
  const calls = Array.from({ length: 6 }, () => world.call(world.another()));
  const same = await Promise.all(calls.map((call) => again(id, call)));
  expect(same.filter((outcome) => outcome === 'sent')).toHaveLength(1);
  expect(same.filter((outcome) => outcome === 'TooManyRequests 0 h')).toHaveLength(5);
  expect(await notices()).toBe(before + 1);
  await accept(id);
  const each = await Promise.all(others.map((other) => again(other, world.call(world.another()))));
  expect(each).toEqual(['sent', 'sent', 'sent']);
  expect(await notices()).toBe(before + 4);
});

test('CR-08 a repeated request is answered again, not counted again and not refused', async () => {
  const { world, benefitIds, again, notices } = await start();
  const [id = ''] = benefitIds;
  const repeatability = { rowKey: `request|2026-11-22|${newId()}`, fingerprint: 'f' };
  const before = await notices();
  expect(await again(id, { ...world.call(), repeatability })).toBe('sent');
  expect(await again(id, { ...world.call(), repeatability })).toBe('sent');
  expect(await notices()).toBe(before + 1);
});

test('CR-04 an email is not sent again to an address that is outside the company domains by now', async () => {
  const { world, partnerId, benefitIds, again, notices } = await start();
  const [id = ''] = benefitIds;
  const rename = (domain: string) =>
    putPartner(world.call(), partnerId, {
      displayName: 'Contoso',
      domains: [domain],
      contacts: [],
    });
  await rename('fabrikam.com');
  const before = await notices();
  expect(await again(id)).toBe('OutsideCompanyDomains');
  expect(await notices()).toBe(before);
  await rename('contoso.com');
  expect(await again(id)).toBe('sent');
  // What only a change can put right is said before what time puts right.
  await rename('fabrikam.com');
  expect(await again(id)).toBe('OutsideCompanyDomains');
});

test('CR-04 an email is not sent again to a domain that the list of free mail has taken in since', async () => {
  const { world, partnerId, benefitIds, again, notices } = await start();
  const [id = ''] = benefitIds;
  // As an earlier release let it in, whose list was shorter.
  const { runtime } = world;
  const { rowKey, etag, value } = (await readCredit(runtime, partnerId, id))!;
  const assignment = { ...value.assignment!, email: 'ana@gmail.com' };
  await runtime.tables.write(
    'partners',
    partnerId,
    { op: 'replace', rowKey, etag, schema: creditRowSchema, value: { ...value, assignment } },
    newId(),
  );
  const before = await notices();
  expect(await again(id)).toBe('FreeEmailDomain');
  expect(await notices()).toBe(before);
});

test('CR-08 there is nobody to send an email to once the holder is erased', async () => {
  const { world, partnerId, benefitIds, userIds, again } = await start();
  await eraseUser(world.call(), partnerId, userIds[0]!);
  expect(await again(benefitIds[0]!)).toBe('NotAssigned');
});
