/** Product keys over the API: getting, entering, replacing and withdrawing them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMonths } from '../../src/platform/calendar.ts';
import { generateKey, formatKey } from '../../src/cloud-services/product-key.ts';
import { newId } from '../../src/platform/ids.ts';
import type { Answer } from '../support/in-process.ts';
import { e3, e5, startKeyWorld, type KeyPartner, type KeyWorld } from './world.ts';

let world: KeyWorld;

beforeAll(async () => {
  world = await startKeyWorld();
}, 60_000);

afterAll(() => world.stop());

const repeatable = (id = newId()) => ({
  'repeatability-request-id': id,
  'repeatability-first-sent': new Date().toUTCString(),
});

const unknownKey = () => formatKey(generateKey());

/** Opens a subscription of so many licences and returns its id. */
async function opened(partner: KeyPartner, licenses: number, productId = e5): Promise<string> {
  const { productKey } = await partner.key(licenses, productId);
  const { status, body } = await partner.enter('redeem', productKey, 'activate');
  expect(status).toBe(200);
  return String(body.subscription.id);
}

/** Expects the refusal, and that it has written nothing. */
async function refusedUnwritten(work: () => Promise<Answer>, code: string) {
  const before = await world.stored();
  const answer = await work();
  expect(answer.code).toBe(code);
  expect(await world.stored()).toEqual(before);
  return answer;
}

test('KEY-01 a product benefit shows product, membership, licences, dates and status', async () => {
  const partner = await world.partner();
  const end = addMonths(world.today(), 12);
  const benefitId = await partner.award(10, e5, { activateBy: world.today(90) });
  const benefit = await partner.benefit(benefitId);
  expect(benefit).toMatchObject({
    id: benefitId,
    category: 'cloud-service',
    status: 'available',
    productId: e5,
    membershipId: partner.membershipId,
    membershipType: 'launch',
    licenses: 10,
    activateBy: world.today(90),
    usageRightsUntil: end,
    keyStatus: 'not-issued',
    subscriptionStatus: 'No active subscription',
  });
  expect(benefit.walkthrough.length).toBeGreaterThan(0);
  const action = (name: string) =>
    benefit.actions.find((one: { name: string }) => one.name === name);
  expect(action('get-key')).toEqual({ name: 'get-key', allowed: true, reasons: [] });
  expect(action('activate').allowed).toBe(true);
  expect(action('extend')).toMatchObject({
    allowed: false,
    reasons: [{ code: 'NoActiveSubscription' }],
  });
  const listed = await world.setup.must('listBenefits', {
    params: { partnerId: partner.partnerId },
    query: { category: 'cloud-service' },
    token: partner.admin,
  });
  expect(listed.body.value).toContainEqual(benefit);
});

test('KEY-01 the status is that of the product over all subscriptions, and the ETag moves with it', async () => {
  const partner = await world.partner();
  const [first, second] = [await partner.key(10), await partner.key(10)];
  const read = () => partner.onBenefit('getBenefit', second.benefitId);
  const before = await read();
  await partner.enter('redeem', first.productKey, 'activate');
  const after = await partner.onBenefit('getBenefit', second.benefitId, {
    headers: { 'if-none-match': before.headers['ETag'] },
  });
  expect(after.status).toBe(200);
  expect(after.body.subscriptionStatus).toBe('Active');
  const again = await partner.onBenefit('getBenefit', second.benefitId, {
    headers: { 'if-none-match': after.headers['ETag'] },
  });
  expect(again.status).toBe(304);
});

test('CR-02 quick filters see products: redeemed, status, expiring before', async () => {
  const partner = await world.partner();
  const soon = await partner.award(10, e5, { activateBy: world.today(5) });
  const { benefitId, productKey } = await partner.key(20);
  await partner.enter('redeem', productKey, 'activate');
  const awarded = [soon, benefitId];
  const ids = async (query: Record<string, string>) => {
    const { body } = await world.setup.must('listBenefits', {
      params: { partnerId: partner.partnerId },
      query: { category: 'cloud-service', ...query },
      token: partner.admin,
    });
    // The membership's set has a product as well.
    const found = body.value.map(({ id }: { id: string }) => id);
    return awarded.filter((id) => found.includes(id));
  };
  expect(await ids({ redeemed: 'true' })).toEqual([benefitId]);
  expect(await ids({ status: 'available' })).toEqual([soon]);
  expect(await ids({ expiresBefore: world.today(6) })).toEqual([soon]);
});

test('KEY-02 asking again gives the same key, and each viewing is in the ledger', async () => {
  const partner = await world.partner();
  const { benefitId, productKey } = await partner.key(10);
  expect(productKey).toMatch(/^([0-9A-Z]{5}-){4}[0-9A-Z]{5}$/);
  expect(await partner.show(benefitId)).toBe(productKey);
  const ledger = await partner.ledger(benefitId);
  expect(ledger.map(({ sequence, type }) => [sequence, type])).toEqual([
    [1, 'provisioned'],
    [2, 'key-issued'],
    [3, 'key-viewed'],
    [4, 'key-viewed'],
  ]);
  expect(ledger[3]).toMatchObject({ issue: 1, actor: { type: 'user', role: 'PartnerAdmin' } });
});

test('KEY-02 of many first viewings at once all see one key', async () => {
  const partner = await world.partner();
  const benefitId = await partner.award(10);
  const shown = await Promise.all(Array.from({ length: 8 }, () => partner.show(benefitId)));
  expect(new Set(shown).size).toBe(1);
  const viewings = (await partner.ledger(benefitId)).filter(({ type }) => type === 'key-viewed');
  expect(viewings).toHaveLength(8);
});

test('KEY-02 a repeated request is the same viewing', async () => {
  const partner = await world.partner();
  const benefitId = await partner.award(10);
  const headers = repeatable();
  const answers = [
    await partner.onBenefit('getProductKey', benefitId, { headers }),
    await partner.onBenefit('getProductKey', benefitId, { headers }),
  ];
  expect(answers[1]!.body).toEqual(answers[0]!.body);
  expect(await partner.ledger(benefitId)).toHaveLength(3);
});

test('KEY-02 a request repeated after the key was replaced shows the present key, and is a viewing of its own', async () => {
  const partner = await world.partner();
  const benefitId = await partner.award(10);
  const [asked, replacing] = [repeatable(), repeatable()];
  const show = () => partner.onBenefit('getProductKey', benefitId, { headers: asked });
  const replace = () =>
    partner.onBenefit('replaceProductKey', benefitId, {
      headers: replacing,
      body: { reason: 'wrong-tenant' },
    });
  const { body: first } = await show();
  await partner.enter('redeem', String(first.productKey), 'activate');
  const { body: fresh } = await replace();
  expect(fresh.productKey).not.toBe(first.productKey);

  // The replacement's own answer, lost on its way, is the viewing that it recorded.
  expect((await replace()).body).toEqual(fresh);
  const viewings = async () =>
    (await partner.ledger(benefitId)).filter(({ type }) => type === 'key-viewed');
  expect(await viewings()).toHaveLength(2);
  expect((await show()).body).toEqual(fresh);
  expect(await viewings()).toMatchObject([
    { issue: 1 },
    { issue: 2 },
    { issue: 2, actor: { type: 'user', role: 'PartnerAdmin' } },
  ]);
});

test('KEY-02 a key not issued before the activate-by date is not issued any more', async () => {
  const partner = await world.partner();
  const benefitId = await partner.award(10, e5, { activateBy: world.today(2) });
  const issued = await partner.key(10, e5, { activateBy: world.today(2) });
  await world.moveOn(2);
  await refusedUnwritten(
    () => partner.onBenefit('getProductKey', benefitId),
    'ActivationDeadlinePassed',
  );
  expect(await partner.benefit(benefitId)).toMatchObject({
    status: 'expired',
    keyStatus: 'expired',
  });
  // Time is in the history before anything has written it down, and once it has.
  const types = async () => (await partner.ledger(issued.benefitId)).map(({ type }) => type);
  expect(await types()).toEqual(['provisioned', 'key-issued', 'key-viewed', 'expired']);
  expect(await partner.show(issued.benefitId)).toBe(issued.productKey);
  expect(await types()).toEqual([
    'provisioned',
    'key-issued',
    'key-viewed',
    'expired',
    'key-viewed',
  ]);
});

test('PR-05 the operator reads product benefits and subscriptions but gets no key', async () => {
  const partner = await world.partner();
  const { benefitId, productKey } = await partner.key(10);
  const token = world.setup.operator;
  for (const name of ['getProductKey', 'replaceProductKey'])
    expect(
      await partner.onBenefit(name, benefitId, { token, body: { reason: 'wrong-tenant' } }),
    ).toMatchObject({ status: 403 });
  for (const how of ['validate', 'redeem'] as const)
    expect((await partner.enter(how, productKey, 'activate', {}, { token })).code).toBe(
      'Forbidden',
    );
  const { partnerId } = partner;
  const list = await world.app.call('listSubscriptions', { params: { partnerId }, token });
  expect(list).toMatchObject({ status: 200, body: { value: [] } });
});

test('KEY-03 a key is entered in any letter case, with or without hyphens or spaces, and validate changes nothing', async () => {
  const partner = await world.partner();
  const { productKey } = await partner.key(25);
  const before = await world.stored();
  for (const typed of [
    productKey.toLowerCase(),
    productKey.replaceAll('-', ''),
    ` ${productKey.replaceAll('-', ' ')} `,
  ]) {
    expect(await partner.enter('validate', typed, 'activate')).toMatchObject({
      status: 200,
      body: {
        product: { id: e5 },
        licenses: 25,
        durationMonths: 12,
        result: { licenses: 25, endDate: addMonths(world.today(), 12), endsEarlier: false },
      },
    });
  }
  expect(await world.stored()).toEqual(before);
});

test('KEY-04 redeem does exactly what validate showed, for every action', async () => {
  const partner = await world.partner();
  await opened(partner, 100);
  for (const [licenses, action] of [
    [25, 'extend'],
    [300, 'add-licenses'],
    [400, 'extend'],
    [7, 'add-licenses'],
  ] as const) {
    const { productKey } = await partner.key(licenses);
    const shown = await partner.enter('validate', productKey, action);
    const { licenses: total, endDate } = shown.body.result;
    const expected = { licenses: total, endDate };
    const redeemed = await partner.enter('redeem', productKey, action, { expected });
    expect(redeemed.body.result).toEqual(shown.body.result);
    expect(redeemed.body.subscription).toMatchObject({ ...expected, status: 'active' });
    const { id } = redeemed.body.subscription;
    expect(await partner.subscription(String(id))).toEqual(redeemed.body.subscription);
  }
});

test('KEY-04 another outcome than expected is 412 and nothing is written', async () => {
  const partner = await world.partner();
  const { productKey } = await partner.key(10);
  const expected = { licenses: 10, endDate: world.today(1) };
  await refusedUnwritten(
    () => partner.enter('redeem', productKey, 'activate', { expected }),
    'PreconditionFailed',
  );
});

test('KEY-04 a repeated redemption is carried out once and answered the same', async () => {
  const partner = await world.partner();
  await opened(partner, 10);
  const { benefitId, productKey } = await partner.key(10);
  const headers = repeatable();
  const redeem = (action: string) => partner.enter('redeem', productKey, action, {}, { headers });
  const [first, again] = [await redeem('extend'), await redeem('extend')];
  expect(again).toMatchObject({ status: 200, body: first.body });
  expect((await partner.ledger(benefitId)).filter(({ type }) => type === 'redeemed')).toHaveLength(
    1,
  );
  expect((await redeem('add-licenses')).code).toBe('RepeatabilityConflict');
});

test('KEY-08 the answer says plainly when the end date moves earlier', async () => {
  const partner = await world.partner();
  await opened(partner, 10);
  const grow = await partner.key(20);
  await partner.enter('redeem', grow.productKey, 'extend');
  const { productKey } = await partner.key(10);
  const { body } = await partner.enter('validate', productKey, 'add-licenses');
  expect(body.result).toMatchObject({ licenses: 20, endsEarlier: true });
});

test('KEY-10 every refusal of a key has its own code, writes nothing and holds no key', async () => {
  const lab = world.newTenant();
  const partner = await world.partner({ tenantIds: [lab] });
  const subscriptionId = await opened(partner, 10);
  const good = await partner.key(10);
  const used = await partner.key(10);
  await partner.enter('redeem', used.productKey, 'extend');
  const large = await partner.key(31);
  const late = await partner.key(10, e5, { activateBy: world.today(1) });
  const other = await partner.key(10, e3);
  const foreign = await (await world.partner()).key(10);
  await world.moveOn(1);
  const wrong = (productKey: string) =>
    (productKey.startsWith('2') ? '3' : '2') + productKey.slice(1);

  const refusals: [string, string, string, Record<string, unknown>?][] = [
    ['MalformedProductKey', wrong(good.productKey), 'extend'],
    ['MalformedProductKey', '', 'extend'],
    ['MalformedProductKey', 'not a key at all', 'activate'],
    ['UnknownProductKey', unknownKey(), 'extend'],
    ['UnknownProductKey', foreign.productKey, 'activate'],
    ['KeyAlreadyRedeemed', used.productKey, 'extend'],
    ['WrongTenant', good.productKey, 'extend', { tenantId: newId() }],
    ['WrongTenant', good.productKey, 'extend', { tenantId: lab, subscriptionId }],
    ['ActivationDeadlinePassed', late.productKey, 'extend'],
    ['NotFound', good.productKey, 'extend', { subscriptionId: newId() }],
    ['WrongProduct', other.productKey, 'extend', { subscriptionId }],
    ['SubscriptionActive', good.productKey, 'activate'],
    ['NoActiveSubscription', good.productKey, 'extend', { tenantId: lab }],
    ['NoActiveSubscription', other.productKey, 'add-licenses'],
    ['ExtensionBeyondCap', large.productKey, 'extend'],
  ];
  for (const how of ['validate', 'redeem'] as const)
    for (const [code, productKey, action, more] of refusals) {
      const { body } = await refusedUnwritten(
        () => partner.enter(how, productKey, action, more),
        code,
      );
      if (productKey !== '') expect(JSON.stringify(body)).not.toContain(productKey);
    }
  // The key that was refused is as good as before.
  expect((await partner.enter('redeem', good.productKey, 'extend')).status).toBe(200);
}, 60_000);

test("KEY-10 PR-06 another partner's key answers exactly as one that does not exist", async () => {
  const [partner, stranger] = [await world.partner(), await world.partner()];
  const { productKey } = await partner.key(10);
  const own = await stranger.enter('validate', productKey, 'activate');
  const none = await stranger.enter('validate', unknownKey(), 'activate');
  expect(own).toMatchObject({ status: 404, code: 'UnknownProductKey' });
  expect(own.body).toEqual(none.body);
});

test('KEY-11 a subscription runs active, expired, disabled, deleted by the clock', async () => {
  const partner = await world.partner();
  const subscriptionId = await opened(partner, 10);
  const { endDate } = await partner.subscription(subscriptionId);
  const { productKey } = await partner.key(10, e5);
  const status = async () => (await partner.subscription(subscriptionId)).status;
  const daysTo = (date: string) => (Date.parse(date) - Date.parse(world.today())) / 86_400_000;
  await world.moveOn(daysTo(endDate) - 1);
  expect(await status()).toBe('active');
  await world.moveOn(1);
  expect(await status()).toBe('expired');
  // The key's own date has come as well.
  expect((await partner.enter('validate', productKey, 'activate')).code).toBe(
    'ActivationDeadlinePassed',
  );
  await world.moveOn(30);
  expect(await status()).toBe('disabled');
  await world.moveOn(90);
  expect(await status()).toBe('deleted');
});

test('KEY-12 one replacement undoes the redemption exactly, and its key is dead', async () => {
  const partner = await world.partner();
  const subscriptionId = await opened(partner, 100);
  const before = await partner.subscription(subscriptionId);
  const { benefitId, productKey } = await partner.key(50);
  const replace = (reason = 'added-instead-of-extended') =>
    partner.onBenefit('replaceProductKey', benefitId, { body: { reason } });
  await refusedUnwritten(() => replace(), 'ReplacementNotAllowed');
  await partner.enter('redeem', productKey, 'add-licenses');

  const replaced = await replace();
  expect(replaced).toMatchObject({ status: 200, body: { productId: e5, licenses: 50 } });
  const fresh = String(replaced.body.productKey);
  expect(fresh).not.toBe(productKey);
  expect(await partner.subscription(subscriptionId)).toEqual(before);
  expect((await partner.benefit(benefitId)).keyStatus).toBe('replaced');
  expect(await partner.show(benefitId)).toBe(fresh);
  expect((await partner.enter('validate', productKey, 'extend')).code).toBe('KeyAlreadyRedeemed');

  expect((await partner.enter('redeem', fresh, 'extend')).body.subscription).toMatchObject({
    licenses: 100,
    endDate: addMonths(before.endDate, 6),
  });
  expect((await partner.benefit(benefitId)).keyStatus).toBe('redeemed');
  await refusedUnwritten(() => replace(), 'ReplacementNotAllowed');
  expect((await partner.ledger(benefitId)).map(({ type }) => type)).toEqual([
    'provisioned',
    'key-issued',
    'key-viewed',
    'redeemed',
    'replaced',
    'key-issued',
    'key-viewed',
    'key-viewed',
    'redeemed',
  ]);
});

test('KEY-12 a replacement deletes the subscription that was opened in the wrong tenant', async () => {
  const lab = world.newTenant();
  const partner = await world.partner({ tenantIds: [lab] });
  const { benefitId, productKey } = await partner.key(10);
  const { body } = await partner.enter('redeem', productKey, 'activate', { tenantId: lab });
  expect(body.subscription.tenantId).toBe(lab);
  const { body: fresh } = await partner.onBenefit('replaceProductKey', benefitId, {
    body: { reason: 'wrong-tenant' },
  });
  expect((await partner.subscription(String(body.subscription.id))).status).toBe('deleted');
  const again = await partner.enter('redeem', String(fresh.productKey), 'activate');
  expect(again.body.subscription).toMatchObject({ tenantId: partner.partnerId, status: 'active' });
  expect(again.body.subscription.id).not.toBe(body.subscription.id);
});

test('KEY-12 no replacement where a later redemption built on it, nor after 30 days', async () => {
  const partner = await world.partner();
  await opened(partner, 10);
  const [first, second] = [await partner.key(10), await partner.key(10)];
  for (const { productKey } of [first, second]) await partner.enter('redeem', productKey, 'extend');
  const replace = ({ benefitId }: { benefitId: string }) =>
    partner.onBenefit('replaceProductKey', benefitId, { body: { reason: 'wrong-tenant' } });
  await refusedUnwritten(() => replace(first), 'ReplacementNotAllowed');
  await world.moveOn(31);
  await refusedUnwritten(() => replace(second), 'ReplacementNotAllowed');
});

test('KEY-13 a plan promises what redeeming its steps gives, names keys by their last group, changes nothing', async () => {
  const partner = await world.partner();
  const subscriptionId = await opened(partner, 100);
  const keys = [];
  for (const licenses of [10, 25, 40, 60, 100]) keys.push((await partner.key(licenses)).productKey);
  const foreign = (await partner.key(10, e3)).productKey;
  const wish = { licenses: 130, endDate: addMonths(world.today(), 15) };
  const before = await world.stored();
  const plan = (productKeys: string[]) =>
    world.app.call('planSubscription', {
      params: { partnerId: partner.partnerId, subscriptionId },
      body: { productKeys, wish },
      token: partner.admin,
    });
  const { status, body } = await plan([...keys, foreign, 'no key']);
  expect(status).toBe(200);
  expect(await world.stored()).toEqual(before);
  expect(body).toMatchObject({ feasible: true, complete: true });
  expect(body.unusable).toEqual([
    { productKey: foreign.slice(-5), index: 5, code: 'WrongProduct' },
    { index: 6, code: 'MalformedProductKey' },
  ]);
  for (const key of [...keys, foreign]) expect(JSON.stringify(body)).not.toContain(key);

  for (const { index, action, licenses, endDate } of body.steps) {
    const expected = { licenses, endDate };
    const done = await partner.enter('redeem', keys[index]!, action, { expected });
    expect(done.status).toBe(200);
  }
  expect(await partner.subscription(subscriptionId)).toMatchObject(body.result);
  expect(body.result.licenses).toBeGreaterThanOrEqual(wish.licenses);
  expect(body.result.endDate >= wish.endDate).toBe(true);
});

test('KEY-13 a plan for no subscription of the partner is 404', async () => {
  const partner = await world.partner();
  const { code } = await world.app.call('planSubscription', {
    params: { partnerId: partner.partnerId, subscriptionId: newId() },
    body: { productKeys: [unknownKey()], wish: { licenses: 1 } },
    token: partner.admin,
  });
  expect(code).toBe('NotFound');
});

test('PR-01 a product is withdrawn only while nobody has seen its key', async () => {
  const partner = await world.partner();
  const revoke = (benefitId: string, headers: Record<string, string> = {}) =>
    partner.onBenefit('revokeBenefit', benefitId, { token: world.setup.operator, headers });
  const seen = await partner.key(10);
  await refusedUnwritten(() => revoke(seen.benefitId), 'AlreadyAssigned');

  const benefitId = await partner.award(10);
  const { headers } = await partner.onBenefit('getBenefit', benefitId);
  await refusedUnwritten(() => revoke(benefitId, { 'if-match': '"1"' }), 'PreconditionFailed');
  const revoked = await revoke(benefitId, { 'if-match': headers['ETag']! });
  expect(revoked).toMatchObject({ status: 200, body: { status: 'expired', keyStatus: 'expired' } });
  expect((await revoke(benefitId)).body).toEqual(revoked.body);
  await refusedUnwritten(() => partner.onBenefit('getProductKey', benefitId), 'BenefitExpired');
  for (const { allowed } of revoked.body.actions) expect(allowed).toBe(false);
  expect((await partner.ledger(benefitId)).at(-1)).toMatchObject({
    type: 'revoked',
    actor: { type: 'service' },
  });
});

test('KEY-11 subscriptions are listed in pages', async () => {
  const partner = await world.partner();
  await opened(partner, 10, e5);
  await opened(partner, 10, e3);
  const page = (query: Record<string, string>) =>
    world.setup.must('listSubscriptions', {
      params: { partnerId: partner.partnerId },
      query,
      token: partner.admin,
    });
  const all = (await page({})).body.value;
  expect(all).toHaveLength(2);
  const first = (await page({ maxpagesize: '1' })).body;
  const next = new URL(first.nextLink).searchParams.get('continuationToken') ?? '';
  const second = (await page({ maxpagesize: '1', continuationToken: next })).body;
  expect([...first.value, ...second.value]).toEqual(all);
  expect(second.nextLink).toBeUndefined();
});

test('KEY-10 after the thirtieth failure even a right key has to wait: a hit is not told from a miss', async () => {
  const partner = await world.partner();
  const { productKey } = await partner.key(10);
  for (let i = 0; i < 30; i += 1)
    expect((await partner.enter('validate', unknownKey(), 'activate')).status).toBe(404);
  expect((await partner.enter('validate', productKey, 'activate')).code).toBe('TooManyRequests');
});

test('KEY-10 of a partner’s callers together 120 failed attempts a minute are answered, then all of them wait', async () => {
  const partner = await world.partner();
  const { productKey } = await partner.key(10);
  const caller = () =>
    world.app.tokenFor({ roles: ['GlobalAdmin'], partner: partner.partnerId, oid: newId() });
  const enter = (token: string, key = unknownKey()) =>
    partner.enter('validate', key, 'activate', {}, { token });
  const guessers = await Promise.all(Array.from({ length: 5 }, caller));
  const answers = await Promise.all(
    guessers.map(async (token) => {
      const codes: (string | undefined)[] = [];
      for (let i = 0; i < 25; i += 1) codes.push((await enter(token)).code);
      return codes;
    }),
  );
  const count = (code: string) => answers.flat().filter((one) => one === code).length;
  expect([count('UnknownProductKey'), count('TooManyRequests')]).toEqual([120, 5]);
  // Whoever of the partner comes now waits as well, with a right key too; another partner does not.
  const { status, code, headers } = await enter(await caller(), productKey);
  expect([status, code]).toEqual([429, 'TooManyRequests']);
  expect(Number(headers['Retry-After'])).toBeGreaterThan(0);
  expect(Number(headers['Retry-After'])).toBeLessThanOrEqual(60);
  const other = await world.partner();
  const own = await other.key(10);
  expect((await other.enter('validate', own.productKey, 'activate')).status).toBe(200);
  await world.moveOn(1);
  expect((await enter(guessers[0]!, productKey)).status).toBe(200);
}, 60_000);

test('KEY-10 thirty failed attempts a minute are answered, then a caller waits; others and right keys do not', async () => {
  const partner = await world.partner();
  const { productKey } = await partner.key(10);
  const enter = (key: string, action = 'activate', token = partner.admin) =>
    partner.enter('validate', key, action, {}, { token });
  // What is refused by a rule is no guess.
  for (let i = 0; i < 35; i += 1)
    expect((await enter(productKey, 'extend')).code).toBe('NoActiveSubscription');
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => enter(i % 2 === 0 ? unknownKey() : 'no key')),
  );
  const failed = answers.filter(({ code }) => code !== 'TooManyRequests');
  expect(failed).toHaveLength(30);
  for (const { status, headers } of answers.filter(({ code }) => code === 'TooManyRequests')) {
    expect(status).toBe(429);
    expect(Number(headers['Retry-After'])).toBeGreaterThan(0);
    expect(Number(headers['Retry-After'])).toBeLessThanOrEqual(60);
  }
  // Nor is a right key answered, by whichever route.
  expect((await enter(productKey)).code).toBe('TooManyRequests');
  expect((await partner.enter('redeem', productKey, 'activate')).code).toBe('TooManyRequests');
  const colleague = await world.app.tokenFor({
    roles: ['GlobalAdmin'],
    partner: partner.partnerId,
    oid: newId(),
  });
  expect((await enter(productKey, 'activate', colleague)).status).toBe(200);
  await world.moveOn(1);
  expect((await enter(productKey)).status).toBe(200);
}, 60_000);
