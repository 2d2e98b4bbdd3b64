/** Requests that name themselves: carried out once, answered the same again for a day. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { asking, newPartner, ok, refused, repeatable, send, version } from '../support/client.ts';
import { useStack } from '../support/stack.ts';

const stack = await useStack();
const partner = await newPartner(stack);
const token = await stack.tokenFor({ roles: ['PartnerAdmin'], partner: partner.id });
const asked = `?api-version=${version['api-version']}`;
const usersPath = `/api/partners/${partner.id}/users`;
const json = { 'content-type': 'application/json' };

const ask = asking(stack, token);

const newUser = (email = `${randomUUID()}@contoso.com`) =>
  JSON.stringify({ email, displayName: 'Ana' });

describe('repeatable requests', () => {
  const post = (header: Record<string, string>, body = newUser()) =>
    ask('POST', usersPath + asked, body, { ...json, ...header });

  test('the same request again gets the same answer and is carried out once', async () => {
    const [header, body] = [repeatable(), newUser()];
    const first = await post(header, body);
    expect([first.status, first.headers.get('repeatability-result')]).toEqual([201, 'accepted']);
    const again = await post(
      { ...header, 'Repeatability-Request-ID': header['Repeatability-Request-ID'].toUpperCase() },
      body,
    );
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(again.headers.get('repeatability-result')).toBe('accepted');
    expect(again.headers.get('x-ms-request-id')).not.toBe(first.headers.get('x-ms-request-id'));
    expect((await post(repeatable(), body)).code).toBe('UserExists');
  });

  test('ten of the same at once are one user, and all are told so', async () => {
    for (let round = 0; round < 3; round += 1) {
      const [header, body] = [repeatable(), newUser()];
      const answers = await Promise.all(Array.from({ length: 10 }, () => post(header, body)));
      const done = answers.filter(({ status }) => status === 201);
      const others = answers.filter(({ status }) => status !== 201);
      expect(new Set(done.map(({ text }) => text)).size).toBe(1);
      expect(
        others.map(({ code }) => code).filter((code) => code !== 'RepeatabilityConflict'),
      ).toEqual([]);
    }
  });

  test('the id for another body, path or method is a conflict', async () => {
    const header = repeatable();
    const body = newUser();
    const { text } = await post(header, body);
    const { id } = JSON.parse(text) as { id: string };
    expect((await post(header)).code).toBe('RepeatabilityConflict');
    const patched = await ask('PATCH', `${usersPath}/${id}${asked}`, '{"displayName":"X"}', {
      ...json,
      ...header,
    });
    expect([patched.status, patched.code]).toEqual([409, 'RepeatabilityConflict']);
    const erased = await ask('DELETE', `${usersPath}/${id}${asked}`, undefined, header);
    expect(erased.code).toBe('RepeatabilityConflict');
    expect((await post(header, body)).text).toBe(text);
  });

  test('an id is its caller’s own: another caller may use the same', async () => {
    const header = { ...json, ...repeatable() };
    expect((await post(header)).status).toBe(201);
    const other = await stack.tokenFor({
      roles: ['PartnerAdmin'],
      partner: partner.id,
      oid: randomUUID(),
    });
    const answer = await send(stack, 'POST', usersPath + asked, {
      token: other,
      headers: header,
      body: newUser(),
    });
    expect(answer.status).toBe(201);
  });

  test('a refused request leaves its id free', async () => {
    const own = await newPartner(stack);
    const { id } = await own.credit('azure-monthly');
    const header = repeatable();
    const sendMail = () =>
      own.admin.POST('/api/partners/{partnerId}/benefits/{benefitId}/assignment/send-mail', {
        params: { path: { ...own.path, benefitId: id }, query: version, header },
      });
    await refused(sendMail(), 'NotAssigned');
    await ok(own.assign(id, (await own.user()).id));
    await own.mailAccepted(id);
    await ok(sendMail());
  });

  test('a registration sent again is answered 201 again', async () => {
    const asOperator = await stack.tokenFor({ roles: ['ProgramOperator'] });
    const path = `/api/partners/${randomUUID()}${asked}`;
    const init = {
      token: asOperator,
      headers: { ...json, ...repeatable() },
      body: JSON.stringify({ displayName: 'Fabrikam', domains: ['fabrikam.com'] }),
    };
    const first = await send(stack, 'PUT', path, init);
    const again = await send(stack, 'PUT', path, init);
    expect([again.status, again.text]).toEqual([201, first.text]);
  });

  const now = new Date();
  const { 'Repeatability-Request-ID': id, 'Repeatability-First-Sent': sent } = repeatable();
  const both = (firstSent: string, requestId = randomUUID() as string) => ({
    'Repeatability-Request-ID': requestId,
    'Repeatability-First-Sent': firstSent,
  });
  test.each([
    ['the id alone', { 'Repeatability-Request-ID': id }, ['Repeatability-First-Sent']],
    ['the date alone', { 'Repeatability-First-Sent': sent }, ['Repeatability-Request-ID']],
    ['an id that is no GUID', both(sent, 'abc'), ['Repeatability-Request-ID']],
    ['a date not of HTTP', both(now.toISOString()), ['Repeatability-First-Sent']],
    ['a date that is none', both('Xxx, 99 Foo 2026 99:99:99 GMT'), ['Repeatability-First-Sent']],
    ['neither in order', both('', ''), ['Repeatability-Request-ID', 'Repeatability-First-Sent']],
  ])('with %s the request is refused, naming the header', async (_, header, expected) => {
    const { status, code, targets } = await post(header);
    expect([status, code, targets]).toEqual([400, 'InvalidRequest', expected]);
  });

  test.each([-25, 25])('first sent %i hours from now it is 412', async (hours) => {
    const when = new Date(now.getTime() + hours * 3_600_000).toUTCString();
    const { status, code } = await post(both(when));
    expect([status, code]).toEqual([412, 'PreconditionFailed']);
  });

  test('first sent 23 hours ago it is carried out', async () => {
    const when = new Date(now.getTime() - 23 * 3_600_000).toUTCString();
    expect((await post(both(when))).status).toBe(201);
  });

  test('a request that found nothing to do finds nothing to do again, whatever came between', async () => {
    const own = await newPartner(stack);
    const { id: benefitId } = await own.credit('azure-monthly');
    const header = repeatable();
    const remove = () =>
      own.admin.DELETE('/api/partners/{partnerId}/benefits/{benefitId}/assignment', {
        params: { path: { ...own.path, benefitId }, query: version, header },
      });
    expect((await remove()).response.status).toBe(204);
    await ok(own.assign(benefitId, (await own.user()).id));
    expect((await remove()).response.status).toBe(204);
    expect((await own.benefit(benefitId)).status).toBe('assigned');
  });
});
