/** Who may hold a credit: company domains in every spelling, caps of both editions (CR-04, CR-05), over HTTP. */
import { describe, expect, test } from 'vitest';
import { assignNew, eligibleUsers, newPartner, ok, refused } from '../support/client.ts';
import { useStack } from '../support/stack.ts';

const stack = await useStack();

describe('CR-04', () => {
  const company = { domains: ['contoso.com', 'münchen.example.org'] };

  test.each([
    ...['ana@gmail.com', 'ana@GMAIL.com', 'ana@gmail.com.', 'ana@live.com', 'ana@hotmail.co.uk'],
    ...['ana@mail.live.com', 'ana@ｇｍａｉｌ.com', 'ana@outlook.com', 'ana@xn--gmail-.com'],
  ])('CR-04 %s is refused', async (email) => {
    const partner = await newPartner(stack, company);
    const { id } = await partner.credit('azure-monthly');
    const answer = await assignNew(partner, id, email);
    const code = answer.response.headers.get('x-ms-error-code');
    expect(code).toBe(email.includes('xn--gmail') ? 'InvalidRequest' : 'FreeEmailDomain');
    expect((await partner.benefit(id)).status).toBe('available');
  });

  test.each([
    ...['ana@elsewhere.com', 'ana@contoso.com.evil.com', 'ana@evilcontoso.com', 'ana@contoso.co'],
    ...['ana@xn--mnchen-4ya.example.org', 'ana@munchen.example.org', 'ana@example.org'],
  ])('CR-04 %s is outside the company', async (email) => {
    const partner = await newPartner(stack, company);
    const { id } = await partner.credit('azure-monthly');
    const answer = await assignNew(partner, id, email);
    const code = answer.response.headers.get('x-ms-error-code');
    expect(['OutsideCompanyDomains', 'InvalidRequest']).toContain(code);
    expect((await partner.benefit(id)).status).toBe('available');
  });

  test.each([
    ...['ana@contoso.com', 'ANA@CONTOSO.COM', 'ana@contoso.com.', 'ana@eu.contoso.com'],
    ...['ana@münchen.example.org', 'ana@xn--mnchen-3ya.example.org', 'ana@MÜNCHEN.example.org'],
  ])('CR-04 %s is of the company', async (email) => {
    const partner = await newPartner(stack, company);
    const { id } = await partner.credit('azure-monthly');
    await ok(assignNew(partner, id, email));
  });

  test('CR-04 CR-05 the directory says who is eligible, and why the others are not', async () => {
    const partner = await newPartner(stack);
    const { id } = await partner.credit('azure-monthly');
    const taken = await partner.credit('azure-monthly', 'maicpp', '2026-11-01');
    const busy = await partner.user('busy@contoso.com', 'Busy');
    await partner.user('free@contoso.com', 'Free');
    await partner.user('ana@gmail.com', 'Ana');
    await partner.user('ben@elsewhere.com', 'Ben');
    await ok(partner.assign(taken.id, busy.id));
    const all = {
      'busy@contoso.com': ['UserHasActiveCredit'],
      'free@contoso.com': [],
      'ana@gmail.com': ['FreeEmailDomain'],
      'ben@elsewhere.com': ['OutsideCompanyDomains'],
    };
    expect(await eligibleUsers(partner, id)).toEqual(all);
    expect(await eligibleUsers(partner, id, 'FREE')).toEqual({ 'free@contoso.com': [] });
    expect(await eligibleUsers(partner, id, 'nobody')).toEqual({});
    const bulk = await partner.credit('azure-bulk');
    expect(await eligibleUsers(partner, bulk.id, 'busy')).toEqual({ 'busy@contoso.com': [] });
  });
});

describe('CR-05', () => {
  const kinds = [
    ...(['azure-monthly', 'azure-bulk', 'copilot-for-security'] as const),
    ...(['github-copilot-enterprise', 'github-enterprise-metered'] as const),
  ];

  test('CR-05 maicpp: one monthly and one bulk side by side, no second; the other kinds have no cap', async () => {
    const partner = await newPartner(stack);
    const { id: membershipId } = await partner.start('launch');
    const user = await partner.user();
    for (const kind of kinds) {
      const [first, second] = [
        await partner.award(membershipId, kind),
        await partner.award(membershipId, kind),
      ];
      await ok(partner.assign(first.id, user.id));
      const again = partner.assign(second.id, user.id);
      if (kind.startsWith('azure-')) await refused(again, 'UserHasActiveCredit');
      else await ok(again);
    }
  });

  test.each(kinds)('CR-05 mpn: whoever holds %s may hold no other', async (held) => {
    const partner = await newPartner(stack);
    const { id: membershipId } = await partner.start('launch', undefined, 'mpn');
    const user = await partner.user();
    await ok(partner.assign((await partner.award(membershipId, held)).id, user.id));
    for (const kind of kinds)
      await refused(
        partner.assign((await partner.award(membershipId, kind)).id, user.id),
        'UserHasActiveCredit',
      );
  });

  test('CR-05 the edition of the credit being assigned judges, over everything that the user holds', async () => {
    const partner = await newPartner(stack);
    const { id: membershipId } = await partner.start('launch');
    const user = await partner.user();
    const award = (kind: 'azure-monthly' | 'azure-bulk', terms: 'mpn' | 'maicpp') =>
      partner.award(membershipId, kind, terms);
    await ok(partner.assign((await award('azure-monthly', 'mpn')).id, user.id));
    await ok(partner.assign((await award('azure-bulk', 'maicpp')).id, user.id));
    await refused(
      partner.assign((await award('azure-monthly', 'maicpp')).id, user.id),
      'UserHasActiveCredit',
    );
    await refused(
      partner.assign((await award('azure-bulk', 'mpn')).id, user.id),
      'UserHasActiveCredit',
    );
  });

  test('CR-05 what was taken away no longer counts', async () => {
    const partner = await newPartner(stack);
    const one = await partner.credit('azure-monthly', 'mpn');
    const { id: membershipId } = await partner.start('launch', undefined, 'mpn');
    const other = await partner.award(membershipId, 'azure-bulk');
    const user = await partner.user();
    await ok(partner.assign(one.id, user.id));
    await refused(partner.assign(other.id, user.id), 'UserHasActiveCredit');
    await ok(partner.unassign(one.id));
    await ok(partner.assign(other.id, user.id));
  });
});
