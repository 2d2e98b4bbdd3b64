/** Redeeming by the link, once, on a new Azure subscription (CR-08, CR-09), over the JSON API. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { apiClient, day, newPartner, ok, refused, repeatable, version } from '../support/client.ts';
import { useStack } from '../support/stack.ts';

const stack = await useStack();
const holder = apiClient(stack);

const redeem = (token: string, azureSubscriptionId: string, header = {}) =>
  holder.POST('/api/redemptions/{token}', {
    params: { path: { token }, query: version, header },
    body: { azureSubscriptionId },
  });

async function assigned(kind: 'azure-monthly' | 'azure-bulk' = 'azure-monthly') {
  const partner = await newPartner(stack);
  const { id } = await partner.credit(kind);
  const user = await partner.user();
  await ok(partner.assign(id, user.id));
  return { partner, id, user, token: await partner.link(id) };
}

test('CR-09 the link shows what is to be redeemed; looking changes nothing', async () => {
  const { partner, id, user, token } = await assigned('azure-bulk');
  const etag = await partner.etag(id);
  const shown = await ok(
    holder.GET('/api/redemptions/{token}', { params: { path: { token }, query: version } }),
  );
  expect(shown).toMatchObject({
    benefit: { kind: 'azure-bulk', amount: { amount: '700.00', currency: 'USD' } },
    assignedTo: { email: user.email },
    status: 'assigned',
    offerUrl: expect.stringContaining('MS-AZR-0036P') as string,
  });
  expect(shown.steps.join('\n')).toMatch(/[Mm]ove the resources/);
  expect(await partner.etag(id)).toBe(etag);
});

test('CR-09 CR-10 a redemption grants the amount and is written down', async () => {
  const { partner, id, user, token } = await assigned();
  const azureSubscriptionId = randomUUID();
  expect(await ok(redeem(token, azureSubscriptionId.toUpperCase()))).toMatchObject({
    status: 'redeemed',
    azureSubscriptionId,
  });
  expect(await partner.benefit(id)).toMatchObject({
    status: 'redeemed',
    assignment: { userId: user.id, redeemedAt: expect.any(String) as string },
    azureSubscription: { id: azureSubscriptionId, spendingLimit: 'on', state: 'active' },
  });
  const ledger = (await partner.ledger(id)).filter(({ type }) => /redeemed|granted/.test(type));
  expect(ledger).toMatchObject([
    { type: 'redeemed', actor: { type: 'holder', id: user.id }, azureSubscriptionId },
    { type: 'granted', amount: { amount: '100.00', currency: 'USD' }, month: day().slice(0, 7) },
  ]);
});

test('CR-09 a second redemption of an assignment is refused, the same request again is not', async () => {
  const { token } = await assigned();
  const [id, header] = [randomUUID(), repeatable()];
  const first = await ok(redeem(token, id, header));
  expect(await ok(redeem(token, id, header))).toEqual(first);
  await refused(redeem(token, id), 'AlreadyRedeemed');
  await refused(redeem(token, randomUUID()), 'AlreadyRedeemed');
  await refused(redeem(token, randomUUID(), header), 'RepeatabilityConflict');
});

test('CR-09 a subscription is redeemed on once, by any credit of any partner, for ever', async () => {
  const first = await assigned();
  const azureSubscriptionId = randomUUID();
  await ok(redeem(first.token, azureSubscriptionId));
  const second = await assigned('azure-bulk');
  const { target } = await refused(
    redeem(second.token, azureSubscriptionId),
    'SubscriptionAlreadyUsed',
  );
  expect(target).toBe('azureSubscriptionId');
  await ok(first.partner.unassign(first.id));
  await refused(redeem(second.token, azureSubscriptionId), 'SubscriptionAlreadyUsed');
  const release = first.partner.operator.DELETE(
    '/api/azure-subscription-claims/{azureSubscriptionId}',
    { params: { path: { azureSubscriptionId }, query: version } },
  );
  await refused(release, 'SubscriptionAlreadyUsed');
  expect((await second.partner.benefit(second.id)).status).toBe('assigned');
  await ok(redeem(second.token, randomUUID()));
});

test('CR-09 of ten redemptions of one link at once one wins, and the losers use up nothing', async () => {
  const { partner, id, token } = await assigned();
  const ids = Array.from({ length: 10 }, () => randomUUID());
  const answers = await Promise.all(ids.map((subscription) => redeem(token, subscription)));
  const won = answers.filter(({ response }) => response.status === 200);
  expect(won).toHaveLength(1);
  const used = (await partner.benefit(id)).azureSubscription?.id;
  const free = ids.find((subscription) => subscription !== used)!;
  await ok(redeem((await assigned()).token, free));
});

test('CR-08 CR-09 a link that has ended, was taken back or never was', async () => {
  const { partner, id, token } = await assigned();
  await ok(partner.unassign(id));
  await refused(redeem(token, randomUUID()), 'LinkNoLongerValid');
  // Another assignment in the place of the one that was signed.
  const bytes = Buffer.from(token, 'base64url');
  bytes.write(randomUUID().replaceAll('-', ''), 34, 'hex');
  const forged = bytes.toString('base64url');
  for (const wrong of [forged, 'x', 'a.b.c', `${token}x`, `${token}=`, token.slice(1)])
    await refused(redeem(wrong, randomUUID()), 'NotFound');
});

test('CR-09 what is no subscription id is refused, naming the field', async () => {
  const { partner, id, token } = await assigned();
  for (const text of ['', 'x', '{', `${randomUUID()} `, `/subscriptions/${randomUUID()}`]) {
    const { details } = await refused(redeem(token, text), 'InvalidRequest');
    expect(details?.map(({ target }) => target)).toEqual(['azureSubscriptionId']);
  }
  expect((await partner.benefit(id)).status).toBe('assigned');
});

test('CR-09 an operator frees a subscription that nobody claims without ado', async () => {
  const { partner } = await assigned();
  const { response } = await partner.operator.DELETE(
    '/api/azure-subscription-claims/{azureSubscriptionId}',
    { params: { path: { azureSubscriptionId: randomUUID() }, query: version } },
  );
  expect(response.status).toBe(204);
});
