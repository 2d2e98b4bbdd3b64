/** The directory of users: adding, searching, correcting and erasing (CR-03, CR-04), over HTTP. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  assignNew,
  eligibleUsers,
  newPartner,
  ok,
  refused,
  version,
  type Partner,
} from '../support/client.ts';
import { useStack } from '../support/stack.ts';
import { dumpStorage } from '../support/storage-dump.ts';

const stack = await useStack();

const add = (partner: Partner, email: string, displayName = 'Ana') =>
  partner.admin.POST('/api/partners/{partnerId}/users', {
    params: { path: partner.path, query: version },
    body: { email, displayName },
  });
const change = (partner: Partner, userId: string, body: { email?: string; displayName?: string }) =>
  partner.admin.PATCH('/api/partners/{partnerId}/users/{userId}', {
    params: { path: { ...partner.path, userId }, query: version },
    body,
  });
const erase = (partner: Partner, userId: string) =>
  partner.admin.DELETE('/api/partners/{partnerId}/users/{userId}', {
    params: { path: { ...partner.path, userId }, query: version },
  });
const search = async (partner: Partner, text?: string) => {
  const query = text === undefined ? version : { ...version, search: text };
  const { value } = await ok(
    partner.admin.GET('/api/partners/{partnerId}/users', {
      params: { path: partner.path, query },
    }),
  );
  return value.map(({ email }) => email).sort();
};

test('CR-03 anybody well-formed may be in the directory, each address once', async () => {
  const partner = await newPartner(stack);
  const added = await add(partner, 'Ana.Adams@GMAIL.com.', '  Ana Adams ');
  expect(added.response.status).toBe(201);
  expect(added.data).toMatchObject({ email: 'ana.adams@gmail.com', displayName: 'Ana Adams' });
  const { message, target } = await refused(add(partner, 'ANA.ADAMS@gmail.com'), 'UserExists');
  expect(message).toContain(added.data?.id);
  expect(target).toBe('email');
  // Another partner's directory is another's affair.
  await ok(add(await newPartner(stack), 'ana.adams@gmail.com'));
});

test('CR-03 users are found by part of a name or address, in any letter case', async () => {
  const partner = await newPartner(stack);
  await ok(add(partner, 'ana@contoso.com', 'Ana Ödman'));
  await ok(add(partner, 'ben@contoso.com', "Ben O'Hara"));
  await ok(add(partner, 'cy@contoso.com', 'Cy (Ana’s friend)'));
  expect(await search(partner)).toHaveLength(3);
  expect(await search(partner, 'ANA')).toEqual(['ana@contoso.com', 'cy@contoso.com']);
  expect(await search(partner, 'ödman')).toEqual(['ana@contoso.com']);
  expect(await search(partner, "o'h")).toEqual(['ben@contoso.com']);
  expect(await search(partner, '  ben@  ')).toEqual(['ben@contoso.com']);
  expect(await search(partner, '%')).toEqual([]);
});

test.each([
  [{ email: 'ana', displayName: 'Ana' }, 'email'],
  [{ email: 'ana@localhost', displayName: 'Ana' }, 'email'],
  [{ email: 'a b@contoso.com', displayName: 'Ana' }, 'email'],
  [{ email: 'ana@contoso.com\r\nBcc: x@y.com', displayName: 'Ana' }, 'email'],
  [{ email: `${'a'.repeat(65)}@contoso.com`, displayName: 'Ana' }, 'email'],
  [{ email: 'ana@contoso.com', displayName: '' }, 'displayName'],
  [{ email: 'ana@contoso.com', displayName: 'A\nB' }, 'displayName'],
  [{ email: 'ana@contoso.com', displayName: 'x'.repeat(201) }, 'displayName'],
  [{ email: 'ana@contoso.com' }, 'displayName'],
  [{ email: 'ana@contoso.com', displayName: 'Ana', admin: true }, 'admin'],
])('CR-03 the user %o is refused', async (body, target) => {
  const partner = await newPartner(stack);
  const answer = partner.admin.POST('/api/partners/{partnerId}/users', {
    params: { path: partner.path, query: version },
    body: body as never,
  });
  const { details } = await refused(answer, 'InvalidRequest');
  expect(details?.map((detail) => detail.target)).toEqual([target]);
  expect(await search(partner)).toEqual([]);
});

test('CR-03 a correction reaches the credit held and frees the old address', async () => {
  const partner = await newPartner(stack);
  const credit = await partner.credit('azure-monthly');
  const user = await partner.user('ana@contoso.com', 'Ana');
  await ok(partner.assign(credit.id, user.id));
  const etag = await partner.etag(credit.id);
  expect(await ok(change(partner, user.id, { email: 'Anna@contoso.com' }))).toEqual({
    id: user.id,
    email: 'anna@contoso.com',
    displayName: 'Ana',
  });
  await ok(change(partner, user.id, { displayName: 'Anna' }));
  expect(await partner.benefit(credit.id)).toMatchObject({
    assignment: { userId: user.id, email: 'anna@contoso.com', displayName: 'Anna' },
  });
  expect(await partner.etag(credit.id)).not.toBe(etag);
  const other = await ok(add(partner, 'ana@contoso.com'));
  await refused(change(partner, user.id, { email: 'ANA@contoso.com' }), 'UserExists');
  await refused(change(partner, other.id, {}), 'InvalidRequest');
  await refused(change(partner, randomUUID(), { displayName: 'X' }), 'NotFound');
});

test('CR-04 a holder gets no address that could not be given the credit', async () => {
  const partner = await newPartner(stack);
  const credit = await partner.credit('azure-monthly');
  const user = await partner.user();
  await ok(partner.assign(credit.id, user.id));
  await refused(change(partner, user.id, { email: 'ana@gmail.com' }), 'FreeEmailDomain');
  await refused(change(partner, user.id, { email: 'ana@elsewhere.com' }), 'OutsideCompanyDomains');
  await ok(partner.unassign(credit.id));
  await ok(change(partner, user.id, { email: 'ana@gmail.com' }));
});

test('PR-07 addresses that differ by letter case, a +tag or a trailing dot are one person', async () => {
  const partner = await newPartner(stack);
  const ana = await ok(add(partner, 'ana+benefits@contoso.com'));
  // Mail goes where it was asked to go.
  expect(ana.email).toBe('ana+benefits@contoso.com');
  const spellings = [
    'ana@contoso.com',
    'ANA+x@Contoso.com.',
    'ana+benefits@contoso.com',
    'ana+@contoso.com',
  ];
  for (const spelling of spellings) {
    const { message, target } = await refused(add(partner, spelling), 'UserExists');
    expect([message.includes(ana.id), target]).toEqual([true, 'email']);
    expect(await search(partner, spelling), spelling).toEqual(['ana+benefits@contoso.com']);
  }
  expect(await search(partner, 'ana+')).toEqual(['ana+benefits@contoso.com']);
  const ben = await ok(add(partner, 'ben@contoso.com'));
  await refused(change(partner, ben.id, { email: 'ana+ben@contoso.com' }), 'UserExists');
  expect(await search(partner, 'ben+sales@contoso.com')).toEqual(['ben@contoso.com']);
  // One's own other spelling is a correction, and keeps the address taken.
  expect(await ok(change(partner, ana.id, { email: 'ana@contoso.com' }))).toMatchObject({
    email: 'ana@contoso.com',
  });
  await refused(add(partner, 'ana+benefits@contoso.com'), 'UserExists');
  expect((await erase(partner, ana.id)).response.status).toBe(204);
  await ok(add(partner, 'ana+again@contoso.com'));
});

test('PR-07 of ten spellings added at once one is a user', async () => {
  const partner = await newPartner(stack);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) => add(partner, `ana+${i}@contoso.com`)),
  );
  const statuses = answers.map(({ response }) => response.status).sort();
  expect(statuses).toEqual([201, ...Array<number>(9).fill(409)]);
  expect(await search(partner)).toHaveLength(1);
});

test('PR-07 credits and eligible users are found by any spelling of the holder’s address', async () => {
  const partner = await newPartner(stack);
  const credit = await partner.credit('azure-monthly');
  const newUser = { email: 'ana+azure@contoso.com', displayName: 'Ana' };
  await ok(partner.assign(credit.id, (await partner.user(newUser.email, newUser.displayName)).id));
  for (const assignedTo of ['ana+azure@contoso.com', 'Ana@contoso.com', 'ana+other@contoso.com.']) {
    const { value } = await ok(
      partner.admin.GET('/api/partners/{partnerId}/benefits', {
        params: { path: partner.path, query: { ...version, assignedTo } },
      }),
    );
    expect(
      value.map(({ id }) => id),
      assignedTo,
    ).toEqual([credit.id]);
    const eligible = await eligibleUsers(partner, credit.id, assignedTo);
    expect(Object.keys(eligible)).toEqual(['ana+azure@contoso.com']);
  }
  // The present holder in another spelling is the present holder.
  expect(await ok(assignNew(partner, credit.id, 'ana@contoso.com'))).toMatchObject({
    assignment: { email: 'ana+azure@contoso.com' },
  });
  const other = await partner.credit('azure-bulk');
  await refused(assignNew(partner, other.id, 'ana+two@contoso.com'), 'UserExists');
});

test('CR-03 an erased user is gone for all but the id in histories; 204 again and for nobody', async () => {
  const partner = await newPartner(stack);
  const [held, past] = [await partner.credit('azure-bulk'), await partner.credit('azure-monthly')];
  const mark = randomUUID();
  const user = await partner.user(`${mark}@contoso.com`, `Name ${mark}`);
  await ok(partner.assign(past.id, user.id));
  await ok(partner.unassign(past.id));
  await ok(partner.assign(held.id, user.id));
  for (let n = 0; n < 2; n += 1) expect((await erase(partner, user.id)).response.status).toBe(204);
  expect((await erase(partner, randomUUID())).response.status).toBe(204);

  expect(await search(partner)).toEqual([]);
  expect(await partner.benefit(held.id)).toMatchObject({
    assignment: { userId: user.id, email: '', displayName: '' },
  });
  await refused(partner.assign(past.id, user.id), 'NotFound');
  await refused(change(partner, user.id, { displayName: 'X' }), 'NotFound');
  const { value } = await ok(
    partner.admin.GET('/api/partners/{partnerId}/benefits/{benefitId}/assignments', {
      params: { path: { ...partner.path, benefitId: past.id }, query: version },
    }),
  );
  expect(value).toMatchObject([{ userId: user.id, email: '' }]);
  // The mail may still be on its way when the user goes: what is kept for it must not outlive it.
  const keeping = async () => {
    const dump = await dumpStorage(stack.storageConnectionString);
    return Object.values(dump)
      .flat()
      .filter((row) => row.includes(mark));
  };
  await expect.poll(keeping, { timeout: 15_000 }).toEqual([]);
  await ok(add(partner, `${mark}@contoso.com`));
});

test('CR-03 ten identical additions at once without an id: one user, the others UserExists', async () => {
  const partner = await newPartner(stack);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => add(partner, 'ana@contoso.com')),
  );
  const statuses = answers.map(({ response }) => response.status).sort();
  expect(statuses).toEqual([201, ...Array<number>(9).fill(409)]);
  expect(await search(partner)).toEqual(['ana@contoso.com']);
});
