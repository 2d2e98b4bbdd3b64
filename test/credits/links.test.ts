/** Which links open anything when the holder's address changes or is erased (CR-08, PR-05). */
import { expect, test } from 'vitest';
import { assignmentNotice } from '../../src/credits/assignment-notice.ts';
import { assignCredit } from '../../src/credits/assignment-service.ts';
import { linkIdOf, readLink, signLink } from '../../src/credits/link-token.ts';
import { redeemByLink } from '../../src/credits/redemption-service.ts';
import { getRedemption, viewRedemption } from '../../src/credits/redemption-view.ts';
import { addUser, changeUser, eraseUser } from '../../src/partners/users-service.ts';
import { newId } from '../../src/platform/ids.ts';
import { readNotice } from '../../src/notices/notice.ts';
import { settlementWorld } from '../settlement/world.ts';

async function held() {
  const world = await settlementWorld('2026-11-22T10:00');
  const { runtime } = world;
  const partnerId = await world.partner();
  const { benefitId } = await world.credit(partnerId);
  const ana = { email: 'ana@contoso.com', displayName: 'Ana' };
  const { id: userId } = await addUser(world.call(), partnerId, ana);
  const { assignment } = await assignCredit(world.call(), partnerId, benefitId, { userId });
  const { linkSigningKeys } = runtime.config;
  return {
    world,
    partnerId,
    benefitId,
    userId,
    link: signLink(linkSigningKeys, { partnerId, benefitId, linkId: assignment!.id }),
    change: (patch: { email?: string; displayName?: string }) =>
      changeUser(world.call(), partnerId, userId, patch),
    open: (link: string) => getRedemption(runtime, link, runtime.clock.now()),
    /** The link in the assignment's email, were it composed now. */
    mailed: async () => {
      const message = { partnerId, noticeId: assignment!.id };
      const notice = (await readNotice(runtime, message))!.value;
      const mail = await assignmentNotice.compose(runtime, partnerId, notice);
      return /\/redeem\/(\S+)/.exec(mail?.text ?? '')?.[1];
    },
  };
}

const dead = { refusal: { code: 'LinkNoLongerValid' } };

test('CR-08 a corrected holder’s link is dead at once, and the email sent again has another', async () => {
  const { world, partnerId, benefitId, link, change, open, mailed } = await held();
  expect(await mailed()).toBe(link);
  await change({ displayName: 'Ana Adams' });
  expect((await open(link)).assignedTo.displayName).toBe('Ana Adams');
  expect(await mailed()).toBe(link);

  await change({ email: 'anna@contoso.com' });
  await expect(open(link)).rejects.toMatchObject(dead);
  await expect(redeemByLink(world.call(), link, newId())).rejects.toMatchObject(dead);
  const { runtime } = world;
  expect(await viewRedemption(runtime, link, runtime.clock.now())).toEqual({ kind: 'dead' });

  const fresh = (await mailed())!;
  expect(fresh).not.toBe(link);
  expect(await mailed()).toBe(fresh);
  expect((await open(fresh)).assignedTo.email).toBe('anna@contoso.com');
  // Back to the first address: its mailbox still has the first link, which stays dead.
  await change({ email: 'ana@contoso.com' });
  for (const old of [link, fresh]) await expect(open(old)).rejects.toMatchObject(dead);
  const last = (await mailed())!;
  expect(await redeemByLink(world.call(), last, newId())).toMatchObject({ status: 'redeemed' });
  expect((await world.state(partnerId, benefitId)).assignment?.redeemedAt).toBeDefined();
});

test('CR-08 an erased holder’s link is dead at once, and no email has another', async () => {
  const { world, partnerId, benefitId, userId, link, open, mailed } = await held();
  await eraseUser(world.call(), partnerId, userId);
  await expect(open(link)).rejects.toMatchObject(dead);
  await expect(redeemByLink(world.call(), link, newId())).rejects.toMatchObject(dead);
  expect(await mailed()).toBeUndefined();
  const { assignment } = await world.state(partnerId, benefitId);
  expect(assignment).toMatchObject({ userId, email: '' });
  const { linkSigningKeys } = world.runtime.config;
  expect(linkIdOf(assignment!)).not.toBe(readLink(linkSigningKeys, link).linkId);
});
