/** More things that end on one day than a row of storage can name (CR-17). */
import { expect, test } from 'vitest';
import { decide, provision } from '../../src/credits/decide.ts';
import { insertCredit } from '../../src/credits/rows.ts';
import { noticeMessageSchema, readNotice } from '../../src/notices/notice.ts';
import { putPartner } from '../../src/partners/partners-service.ts';
import { addUser } from '../../src/partners/users-service.ts';
import type { Actor } from '../../src/platform/identity.ts';
import { newId } from '../../src/platform/ids.ts';
import { writeAhead } from '../../src/platform/schedule.ts';
import { endingReminder } from '../../src/reminders/end-reminder-mail.ts';
import { enqueueDueShards } from '../../src/settlement/due-shards.ts';
import { shardMessageSchema } from '../../src/settlement/messages.ts';
import { settleShard } from '../../src/settlement/settle-shard.ts';
import { memoryRuntime } from '../support/memory-runtime.ts';

const operator: Actor = { type: 'service', id: 'op', tenantId: 't', role: 'ProgramOperator' };
const [start, end] = ['2026-11-22T10:00:00.000Z', '2027-11-22'];

test('CR-17 a day on which 700 credits end brings one email a recipient, with a holder’s own in full', async () => {
  const { runtime, moveOn, receive } = await memoryRuntime();
  const setNow = (now: string) => {
    moveOn(Date.parse(now) - Date.parse(runtime.clock.now()));
  };
  setNow(start);
  const partnerId = newId();
  const call = {
    runtime,
    now: runtime.clock.now(),
    actor: operator,
    ifMatch: undefined,
    repeatability: undefined,
    requestId: newId(),
  };
  const contacts = ['admin@contoso.com', 'ana@contoso.com'];
  const facts = { displayName: 'Contoso', domains: ['contoso.com'], contacts };
  await putPartner(call, partnerId, facts);
  const ana = { email: 'ana@contoso.com', displayName: 'Ana' };
  const { id: userId } = await addUser(call, partnerId, ana);

  const own: string[] = [];
  for (let n = 0; n < 700; n += 1) {
    const created = provision(
      {
        id: newId(),
        partnerId,
        membershipId: newId(),
        kind: 'copilot-for-security',
        name: `Credit ${n}`,
        program: 'maicpp',
        terms: 'maicpp',
        amountCents: 1_000,
        currency: 'USD',
        redeemBy: end,
        membershipEnd: end,
        startDate: start.slice(0, 10),
        endDate: end,
      },
      start,
      operator,
    );
    const command = { type: 'assign' as const, assignmentId: newId(), userId, ...ana };
    // Every fourth is the holder's, first and last ones too.
    const assigned =
      n % 4 === 0 || n === 699 ? decide(created.state, command, start, operator) : created;
    if ('refusal' in assigned) throw new Error(assigned.refusal.message);
    if (assigned !== created) own.push(created.state.name);
    const events = assigned === created ? created.events : [...created.events, ...assigned.events];
    const { writes, due } = insertCredit({ state: assigned.state, events });
    await writeAhead(runtime, due);
    await runtime.tables.commit('partners', partnerId, writes, newId());
  }

  const mailsAt = async (now: string) => {
    setNow(now);
    await enqueueDueShards(runtime, 'expireBenefits');
    for (const message of await receive('settlements')) {
      const counts = await settleShard(runtime, shardMessageSchema.parse(message));
      expect(counts).toMatchObject({ failed: 0, left: 0 });
    }
    const messages = (await receive('reminders')).map((sent) => noticeMessageSchema.parse(sent));
    const mails = await Promise.all(
      messages.map(async (message) => {
        const notice = await readNotice(runtime, message);
        return endingReminder.compose(runtime, partnerId, notice!.value);
      }),
    );
    const to = (address: string) => mails.find((mail) => mail?.to[0]?.address === address)!;
    expect(mails).toHaveLength(2);
    return { admin: to('admin@contoso.com'), ana: to('ana@contoso.com') };
  };

  const before = await mailsAt('2027-10-23T00:15:00.000Z');
  expect(before.admin.subject).toBe('700 benefits and subscriptions need attention');
  expect(before.admin.text.match(/^- Credit \d+ ends on 2027-11-22/gm)).toHaveLength(300);
  expect(before.admin.text).toContain('Another 400 are in the benefits portal');
  expect(before.admin.html).toContain('Another 400 are in the benefits portal');
  for (const name of own) {
    expect(before.ana.text).toContain(`- ${name} ends on`);
    expect(before.ana.text).toContain(`${name}: http`);
  }

  const after = await mailsAt('2027-11-22T00:15:00.000Z');
  expect(after.admin.subject).toBe('700 Azure credits have ended');
  expect(after.admin.text).toContain('Another 400 are in the benefits portal');
}, 60_000);
