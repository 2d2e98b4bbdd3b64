/** Assigning, reassigning and removing credits, their mails and histories (CR-03, CR-06 … CR-08), over HTTP. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  apiClient,
  assignNew,
  eligibleUsers,
  newPartner,
  ok,
  refused,
  version,
  type Partner,
} from '../support/client.ts';
import { useStack } from '../support/stack.ts';

const stack = await useStack();

const sendMail = (partner: Partner, benefitId: string) =>
  partner.admin.POST('/api/partners/{partnerId}/benefits/{benefitId}/assignment/send-mail', {
    params: { path: { ...partner.path, benefitId }, query: version },
  });

const usersOf = async (partner: Partner) =>
  (
    await ok(
      partner.admin.GET('/api/partners/{partnerId}/users', {
        params: { path: partner.path, query: version },
      }),
    )
  ).value;

const history = async (partner: Partner, benefitId: string) =>
  (
    await ok(
      partner.admin.GET('/api/partners/{partnerId}/benefits/{benefitId}/assignments', {
        params: { path: { ...partner.path, benefitId }, query: version },
      }),
    )
  ).value;

const openLink = (token: string) =>
  apiClient(stack).GET('/api/redemptions/{token}', { params: { path: { token }, query: version } });

describe('CR-03', () => {
  test('CR-03 a credit is assigned to a user of the directory', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.credit('azure-monthly');
    const user = await partner.user('ana@contoso.com', 'Ana');
    const { data, response } = await partner.assign(id, user.id);
    expect(data).toMatchObject({
      status: 'assigned',
      assignment: { userId: user.id, email: 'ana@contoso.com', displayName: 'Ana' },
      reassignments: { used: 0, limit: 5, remaining: 5 },
    });
    expect(response.headers.get('etag')).toBe(await partner.etag(id));
  });

  test('CR-03 a user is added and assigned in one call; refused, nobody is added', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.credit('azure-monthly');
    await refused(assignNew(partner, id, 'ana@gmail.com'), 'FreeEmailDomain');
    await refused(assignNew(partner, id, 'ana@elsewhere.com'), 'OutsideCompanyDomains');
    expect(await usersOf(partner)).toEqual([]);
    const assigned = await ok(assignNew(partner, id, 'Ana@Contoso.com', ' Ana '));
    const [user] = await usersOf(partner);
    expect(user).toMatchObject({ email: 'ana@contoso.com', displayName: 'Ana' });
    expect(assigned).toMatchObject({ assignment: { userId: user?.id } });
  });

  test('CR-03 an address that is in the directory is UserExists, unless its user holds the credit', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.credit('azure-monthly');
    const { id: userId } = await partner.user('ana@contoso.com');
    const { message } = await refused(assignNew(partner, id, 'ANA@contoso.com.'), 'UserExists');
    expect(message).toContain(userId);
    await ok(partner.assign(id, userId));
    const etag = await partner.etag(id);
    await ok(assignNew(partner, id, 'ana@contoso.com'));
    expect(await partner.etag(id)).toBe(etag);
    expect(await usersOf(partner)).toHaveLength(1);
  });

  test('CR-03 an unknown user is 404 with target userId; neither or both users is 400', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.credit('azure-monthly');
    const { target } = await refused(partner.assign(id, randomUUID()), 'NotFound');
    expect(target).toBe('userId');
    for (const body of [
      {},
      { userId: randomUUID(), newUser: { email: 'a@contoso.com', displayName: 'A' } },
    ])
      await refused(
        partner.admin.PUT('/api/partners/{partnerId}/benefits/{benefitId}/assignment', {
          params: { path: { ...partner.path, benefitId: id }, query: version },
          body,
        }),
        'InvalidRequest',
      );
  });

  test('CR-03 a product cannot be assigned: it is no credit', async () => {
    const partner = await newPartner(stack);
    const { benefitIds } = await partner.start('action-pack');
    await refused(partner.assign(benefitIds[1]!, (await partner.user()).id), 'NotFound');
  });
});

describe('CR-06 CR-07', () => {
  test('CR-06 passing a credit on needs its ETag: without 409, stale or * no way round, with it 200', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.credit('azure-monthly');
    const [ana, ben] = [await partner.user(), await partner.user()];
    const before = await partner.etag(id);
    await ok(partner.assign(id, ana.id));
    await refused(partner.assign(id, ben.id), 'AlreadyAssigned');
    await refused(partner.assign(id, ben.id, '*'), 'AlreadyAssigned');
    await refused(partner.assign(id, ben.id, before), 'PreconditionFailed');
    await refused(partner.assign(id, ben.id, `W/${await partner.etag(id)}`), 'PreconditionFailed');
    await refused(partner.assign(id, ben.id, 'x'), 'InvalidRequest');
    expect(await partner.benefit(id)).toMatchObject({
      assignment: { userId: ana.id },
      reassignments: { used: 0 },
    });
    const moved = await ok(partner.assign(id, ben.id, `"x", ${await partner.etag(id)}`));
    expect(moved).toMatchObject({
      assignment: { userId: ben.id },
      reassignments: { used: 1, remaining: 4 },
    });
  });

  test('CR-06 naming the present holder changes nothing: no event, no mail, the same ETag', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.credit('azure-monthly');
    const { id: userId } = await partner.user();
    const first = await ok(partner.assign(id, userId));
    const etag = await partner.etag(id);
    const again = await ok(partner.assign(id, userId));
    expect(again).toMatchObject({
      assignment: { id: 'assignment' in first && first.assignment?.id },
    });
    expect(await partner.etag(id)).toBe(etag);
    expect((await partner.ledger(id)).filter(({ type }) => type === 'assigned')).toHaveLength(1);
  });

  test('CR-06 a sixth reassignment is refused, by passing on or by taking away and giving anew', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.credit('azure-monthly');
    const users = [];
    for (let n = 0; n < 8; n += 1) users.push((await partner.user()).id);
    await ok(partner.assign(id, users[0]!));
    for (const [index, userId] of users.slice(1, 6).entries()) {
      if (index % 2 === 0) await ok(partner.assign(id, userId, await partner.etag(id)));
      else {
        await ok(partner.unassign(id));
        await ok(partner.assign(id, userId));
      }
      expect((await partner.benefit(id)).reassignments.used).toBe(index + 1);
    }
    const etag = await partner.etag(id);
    await refused(partner.assign(id, users[6]!, etag), 'ReassignmentLimitReached');
    expect(await eligibleUsers(partner, id, users[6])).toEqual({});
    expect(Object.values(await eligibleUsers(partner, id))).toContainEqual([
      'ReassignmentLimitReached',
    ]);
    // Removing at the cap is allowed (settled points); then nobody can have it, not even the last holder.
    expect((await partner.unassign(id)).response.status).toBe(204);
    await refused(partner.assign(id, users[6]!), 'ReassignmentLimitReached');
    await refused(partner.assign(id, users[5]!), 'ReassignmentLimitReached');
    expect(await history(partner, id)).toHaveLength(6);
  });

  test('CR-06 DELETE of no assignment is 204 and changes nothing', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.credit('azure-monthly');
    const etag = await partner.etag(id);
    for (let n = 0; n < 2; n += 1) expect((await partner.unassign(id)).response.status).toBe(204);
    expect(await partner.etag(id)).toBe(etag);
    expect((await partner.benefit(id)).reassignments.used).toBe(0);
    await refused(partner.unassign(randomUUID()), 'NotFound');
  });

  test.each([
    ...(['azure-bulk', 'copilot-for-security'] as const),
    ...(['github-copilot-enterprise', 'github-enterprise-metered'] as const),
  ])('CR-07 %s can be neither reassigned nor removed', async (kind) => {
    const partner = await newPartner(stack);
    const { id: membershipId } = await partner.start('launch');
    const { id } = await partner.award(membershipId, kind);
    const [ana, ben] = [await partner.user(), await partner.user()];
    // Before it is assigned there is nothing to remove.
    expect((await partner.unassign(id)).response.status).toBe(204);
    await ok(partner.assign(id, ana.id));
    await refused(partner.assign(id, ben.id), 'ReassignmentNotAllowed');
    await refused(partner.assign(id, ben.id, await partner.etag(id)), 'ReassignmentNotAllowed');
    await refused(partner.unassign(id), 'ReassignmentNotAllowed');
    expect(await partner.benefit(id)).toMatchObject({ assignment: { userId: ana.id } });
    await ok(partner.assign(id, ana.id));
  });
});

describe('CR-08 CR-16', () => {
  test('CR-08 the link opens while the assignment stands, and is dead at once when it ends', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.credit('azure-monthly');
    const [ana, ben] = [await partner.user(), await partner.user()];
    await ok(partner.assign(id, ana.id));
    const first = await partner.link(id);
    expect(await ok(openLink(first))).toMatchObject({
      benefit: { kind: 'azure-monthly', amount: { amount: '100.00', currency: 'USD' } },
      assignedTo: { email: ana.email },
      status: 'assigned',
      offerUrl: expect.stringContaining('MS-AZR-0025P') as string,
    });
    await ok(partner.assign(id, ben.id, await partner.etag(id)));
    await refused(openLink(first), 'LinkNoLongerValid');
    const second = await partner.link(id);
    await ok(openLink(second));
    await ok(partner.unassign(id));
    await refused(openLink(second), 'LinkNoLongerValid');
    await ok(partner.assign(id, ana.id));
    await refused(openLink(first), 'LinkNoLongerValid');
    await refused(openLink(`${second.slice(0, -3)}AAA`), 'NotFound');
  });

  test('CR-08 the mail can be sent again while the assignment stands, with the same link', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.credit('azure-monthly');
    await refused(sendMail(partner, id), 'NotAssigned');
    await ok(partner.assign(id, (await partner.user()).id));
    const link = await partner.link(id);
    const etag = await partner.etag(id);
    await partner.mailAccepted(id);
    await ok(sendMail(partner, id));
    expect(await partner.link(id)).toBe(link);
    expect(await partner.etag(id)).toBe(etag);
    await ok(partner.unassign(id));
    await refused(sendMail(partner, id), 'NotAssigned');
  });

  test('CR-16 history and ledger tell who did what', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.credit('azure-monthly');
    const [ana, ben] = [await partner.user(), await partner.user()];
    await ok(partner.assign(id, ana.id));
    await ok(partner.assign(id, ben.id, await partner.etag(id)));
    await ok(partner.unassign(id));
    const past = await history(partner, id);
    expect(past).toMatchObject([
      { userId: ana.id, email: ana.email, removedBy: { type: 'user', role: 'PartnerAdmin' } },
      { userId: ben.id, email: ben.email, removedBy: { type: 'user', role: 'PartnerAdmin' } },
    ]);
    for (const { assignedAt, removedAt } of past) expect(removedAt! >= assignedAt).toBe(true);
    const entries = (await partner.ledger(id)).filter(({ type }) => type !== 'mail-sent');
    expect(entries.map(({ type }) => type)).toEqual([
      ...['provisioned', 'assigned', 'unassigned', 'assigned', 'unassigned'],
    ]);
    expect(entries.map(({ actor }) => actor.type)).toEqual([
      'service',
      ...Array<string>(4).fill('user'),
    ]);
    const sequences = (await partner.ledger(id)).map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  });
});
