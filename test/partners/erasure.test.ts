/**
 * Erasing and renaming users who hold many credits, broken off at every request there is: what the directory says
 * stands on every credit in the end, and no row keeps what was erased (PR-07).
 */
import { describe, expect, test } from 'vitest';
import { decide, provision } from '../../src/credits/decide.ts';
import { mostHolds, type Hold } from '../../src/credits/eligibility.ts';
import { assignmentNotice } from '../../src/credits/assignment-notice.ts';
import { assignCredit } from '../../src/credits/assignment-service.ts';
import { linkIdOf, signLink } from '../../src/credits/link-token.ts';
import { redeemByLink } from '../../src/credits/redemption-service.ts';
import { insertCredit, readCreditsOf } from '../../src/credits/rows.ts';
import { expiresAt } from '../../src/credits/state.ts';
import { readUserRow } from '../../src/partners/directory.ts';
import { putPartner } from '../../src/partners/partners-service.ts';
import { userRow, userSchema } from '../../src/partners/rows.ts';
import { addUser, changeUser, eraseUser } from '../../src/partners/users-service.ts';
import { dateOf } from '../../src/platform/calendar.ts';
import type { CommandCall } from '../../src/platform/http/endpoint.ts';
import type { Actor } from '../../src/platform/identity.ts';
import { newId } from '../../src/platform/ids.ts';
import type { Runtime } from '../../src/platform/runtime.ts';
import { endingReminder } from '../../src/reminders/end-reminder-mail.ts';
import { enqueueDueShards } from '../../src/settlement/due-shards.ts';
import { shardMessageSchema } from '../../src/settlement/messages.ts';
import { settleShard } from '../../src/settlement/settle-shard.ts';
import type { Breakage } from '../support/faulty-proxy.ts';
import { memoryRuntime } from '../support/memory-runtime.ts';

const operator: Actor = { type: 'service', id: 'op', tenantId: 't', role: 'ProgramOperator' };
const breakages: Breakage[] = ['refuse', 'lose-answer'];
const userName = 'Ana Quillfeather';
const email = 'ana.quillfeather@contoso.com';

function callOf(runtime: Runtime, repeatability?: CommandCall['repeatability']): CommandCall {
  const now = runtime.clock.now();
  return { runtime, now, actor: operator, ifMatch: undefined, repeatability, requestId: newId() };
}

/** A partner whose user holds so many credits: written past the services, which would give them one by one. */
async function holderOf(count: number) {
  const world = await memoryRuntime();
  const { runtime } = world;
  const partnerId = newId();
  await putPartner(callOf(runtime), partnerId, {
    displayName: 'Contoso',
    domains: ['contoso.com'],
    contacts: [],
  });
  const { id: userId } = await addUser(callOf(runtime), partnerId, {
    email,
    displayName: userName,
  });
  const now = runtime.clock.now();
  const holds: Hold[] = [];
  for (let n = 0; n < count; n += 1) {
    const created = newCredit(partnerId, now);
    const assignmentId = newId();
    const whom = { userId, email, displayName: userName };
    const command = { type: 'assign' as const, assignmentId, ...whom };
    const assigned = decide(created.state, command, now, operator);
    if ('refusal' in assigned) throw new Error(assigned.refusal.message);
    const { id: benefitId, kind } = created.state;
    holds.push({ benefitId, kind, until: expiresAt(assigned.state) });
    const events = [...created.events, ...assigned.events];
    const { writes } = insertCredit({ state: assigned.state, events });
    await runtime.tables.commit('partners', partnerId, writes, newId());
  }
  await setHolds(runtime, partnerId, userId, holds);
  return { ...world, partnerId, userId, holds };
}

function newCredit(partnerId: string, now: string) {
  const [today, nextYear] = [dateOf(now), `${Number(now.slice(0, 4)) + 1}${now.slice(4, 10)}`];
  const facts = {
    id: newId(),
    partnerId,
    membershipId: newId(),
    kind: 'copilot-for-security' as const,
    name: 'Credit',
    program: 'maicpp',
    terms: 'maicpp' as const,
    amountCents: 1_000,
    currency: 'USD',
    redeemBy: nextYear,
    membershipEnd: nextYear,
    startDate: today,
    endDate: nextYear,
  };
  return provision(facts, now, operator);
}

async function setHolds(runtime: Runtime, partnerId: string, userId: string, holds: Hold[]) {
  const user = (await readUserRow(runtime, partnerId, userId))!;
  const value = { ...user.value, holds };
  const write = { rowKey: userRow(userId), etag: user.etag, schema: userSchema, value };
  await runtime.tables.write('partners', partnerId, { op: 'replace', ...write }, newId());
}

type Holder = Awaited<ReturnType<typeof holderOf>>;

/** A day later the timer comes, and the queue brings the shards that it found. */
async function sweep({ runtime, moveOn, receive }: Holder) {
  moveOn(86_400_000);
  await enqueueDueShards(runtime, 'expireBenefits');
  for (const message of await receive('settlements'))
    await settleShard(runtime, shardMessageSchema.parse(message));
}

type Work = (runtime: Runtime, holder: Holder) => Promise<void>;

const erase: Work = (runtime, { partnerId, userId }) =>
  eraseUser(callOf(runtime), partnerId, userId);
const renamed = { email: 'anna.q@contoso.com', displayName: 'Anna Q' };
const rename: Work = async (runtime, { partnerId, userId }) => {
  await changeUser(callOf(runtime), partnerId, userId, renamed);
};

async function copies({ runtime, partnerId, userId }: Holder) {
  const credits = await readCreditsOf(runtime, partnerId, userId);
  return credits.map(({ value }) => `${value.assignment?.displayName} ${value.assignment?.email}`);
}

/** Everything in storage that holds the name or the address, in any part of it. */
function traces(holder: Holder): string[] {
  return holder.dump().filter((row) => /quillfeather/i.test(row));
}

const counts = [1, 99, 150];
const cases = counts.flatMap((count) => breakages.map((how) => [count, how] as const));

/** What finishes the work of a process that died: whoever asked asks again, or the timer comes. */
const recoveries = {
  'being sent again': (holder: Holder, command: Work) => command(holder.runtime, holder),
  'the sweep': (holder: Holder) => sweep(holder),
};
type Recovery = keyof typeof recoveries;

/**
 * Has a command die after so many requests, for every number there is, and something finish what it began.
 * @returns how often the directory had changed by then, and how often it had not
 */
async function dieAnywhere(
  count: number,
  how: Breakage,
  recovery: Recovery,
  command: Work,
  inDirectory: (holder: Holder) => Promise<boolean>,
  expectDone: (holder: Holder, after: string) => Promise<void>,
) {
  const seen = { changed: 0, not: 0 };
  for (let requests = 0; ; requests += 1) {
    const holder = await holderOf(count);
    const dying = holder.dying(requests, how);
    const after = `${recovery}, dead after ${requests} requests`;
    const done = await command(dying.runtime, holder).then(
      () => true,
      () => false,
    );
    const changed = await inDirectory(holder);
    seen[changed ? 'changed' : 'not'] += 1;
    if (done) await expectDone(holder, after);
    // Nothing has happened: every copy is as before.
    else if (!changed)
      expect(await copies(holder)).toEqual(Array(count).fill(`${userName} ${email}`));
    if (changed || recovery !== 'the sweep') {
      await recoveries[recovery](holder, command);
      await expectDone(holder, after);
    }
    if (done && dying.passed() < requests) return seen;
  }
}

describe.each(Object.keys(recoveries) as Recovery[])('finished by %s', (recovery) => {
  test.each(cases)(
    'PR-07 an erasure broken off anywhere leaves the name of a holder of %i credits nowhere (%s)',
    async (count, how) => {
      const isErased = async ({ runtime, partnerId, userId }: Holder) =>
        (await readUserRow(runtime, partnerId, userId))?.value.erasedAt !== undefined;
      const seen = await dieAnywhere(
        count,
        how,
        recovery,
        erase,
        isErased,
        async (holder, after) => {
          expect(traces(holder), after).toEqual([]);
          expect(await copies(holder), after).toEqual(Array(count).fill(' '));
        },
      );
      expect(seen.not).toBeGreaterThanOrEqual(3);
      // One commit takes 90 copies.
      expect(seen.changed).toBeGreaterThanOrEqual(count > 90 ? 4 : 1);
    },
    60_000,
  );

  test.each(cases)(
    'PR-07 a correction broken off anywhere reaches every one of %i credits (%s)',
    async (count, how) => {
      const isRenamed = async ({ runtime, partnerId, userId }: Holder) =>
        (await readUserRow(runtime, partnerId, userId))?.value.email === renamed.email;
      const seen = await dieAnywhere(
        count,
        how,
        recovery,
        rename,
        isRenamed,
        async (holder, after) => {
          const copy = `${renamed.displayName} ${renamed.email}`;
          expect(traces(holder), after).toEqual([]);
          expect(await copies(holder), after).toEqual(Array(count).fill(copy));
        },
      );
      expect(seen.not).toBeGreaterThanOrEqual(3);
      expect(seen.changed).toBeGreaterThanOrEqual(count > 90 ? 4 : 1);
    },
    60_000,
  );
});

/** Puts a credit that nobody holds beside those of a holder. */
async function freeCredit({ runtime, partnerId }: Holder): Promise<string> {
  const created = newCredit(partnerId, runtime.clock.now());
  const { writes } = insertCredit(created);
  await runtime.tables.commit('partners', partnerId, writes, newId());
  return created.state.id;
}

test.each([
  ['erased', erase],
  ['corrected', rename],
] as const)(
  'PR-07 a credit given at any moment to a user who is being %s carries what the directory says',
  async (_what, command) => {
    const outcomes = new Set<string>();
    for (const count of [1, 99])
      for (let requests = 0; ; requests += 1) {
        const holder = await holderOf(count);
        const { runtime, partnerId, userId } = holder;
        const benefitId = await freeCredit(holder);
        const process = holder.interrupted(requests, () =>
          assignCredit(callOf(runtime), partnerId, benefitId, { userId }).then(
            () => outcomes.add('assigned'),
            () => outcomes.add('refused'),
          ),
        );
        await command(process.runtime, holder);
        expect(traces(holder), `at request ${requests}`).toEqual([]);
        expect(new Set(await copies(holder)).size).toBe(1);
        if (process.passed() <= requests) break;
      }
    expect(outcomes).toContain('assigned');
  },
  60_000,
);

test('PR-07 of two corrections at the same moment no credit keeps the earlier name', async () => {
  const back = { email, displayName: userName };
  for (let requests = 0; ; requests += 1) {
    const holder = await holderOf(99);
    const { runtime, partnerId, userId } = holder;
    // The name goes back while the first one's copies are under way: to the first one's eye nothing has changed.
    const process = holder.interrupted(requests, () =>
      changeUser(callOf(runtime), partnerId, userId, back),
    );
    await rename(process.runtime, holder);
    const user = (await readUserRow(runtime, partnerId, userId))!.value;
    const stands = `${user.displayName} ${user.email}`;
    expect(await copies(holder), `at request ${requests}`).toEqual(Array(99).fill(stands));
    if (process.passed() <= requests) break;
  }
}, 60_000);

/** A holder of 99 credits whose correction broke off with nine of them still to follow. */
async function brokenOff() {
  const holder = await holderOf(99);
  // Partner, user and address, credits, the schedule, the commit.
  const { runtime: dying } = holder.dying(6, 'refuse');
  await expect(rename(dying, holder)).rejects.toMatchObject({
    refusal: { code: 'ServiceUnavailable' },
  });
  const { runtime, partnerId, userId } = holder;
  const credits = await readCreditsOf(runtime, partnerId, userId);
  const behind = credits.filter(({ value }) => value.assignment?.email === email);
  expect(behind).toHaveLength(9);
  return { holder, behind: behind.map(({ value }) => value) };
}

const dead = { refusal: { code: 'LinkNoLongerValid' } };

test('CR-08 while a correction is under way no old link redeems', async () => {
  const { holder, behind } = await brokenOff();
  const { runtime, partnerId } = holder;
  for (const { id: benefitId, assignment } of behind) {
    const target = { partnerId, benefitId, linkId: linkIdOf(assignment!) };
    const link = signLink(runtime.config.linkSigningKeys, target);
    await expect(redeemByLink(callOf(runtime), link, newId())).rejects.toMatchObject(dead);
  }
});

const composers = {
  assignment: assignmentNotice,
  reminder: endingReminder,
};

test.each(Object.keys(composers) as (keyof typeof composers)[])(
  'CR-08 an %s email that meets a correction under way carries a link that stays good',
  async (kind) => {
    const { holder, behind } = await brokenOff();
    const { runtime, partnerId, userId } = holder;
    const [state] = behind;
    const { id: benefitId, endDate, assignment } = state!;
    const now = runtime.clock.now();
    const mail = await composers[kind].compose(runtime, partnerId, {
      id: newId(),
      kind,
      queue: 'notices',
      benefitId,
      assignmentId: assignment!.id,
      userId,
      data: { recipient: '', credits: `${benefitId}:${endDate}:30` },
      createdAt: now,
      status: 'pending',
      attempts: 0,
      nextAttemptAt: now,
    });
    expect(mail?.to).toEqual([{ address: renamed.email, displayName: renamed.displayName }]);
    const link = /\/redeem\/(\S+)/.exec(mail?.text ?? '')?.[1] ?? '';
    await rename(runtime, holder);
    expect(await redeemByLink(callOf(runtime), link, newId())).toMatchObject({
      status: 'redeemed',
    });
  },
);

test('CR-05 the 200th credit that a user would hold is refused, whatever else the row says', async () => {
  const holder = await holderOf(1);
  const { runtime, partnerId, userId } = holder;
  const ends = '2099-12-31T00:00:00.000Z';
  const many = (count: number) =>
    Array.from({ length: count }, (): Hold => ({
      benefitId: newId(),
      kind: 'github-copilot-enterprise',
      until: ends,
    }));
  const long = { email: `${'a'.repeat(64)}@contoso.com`, displayName: '"'.repeat(200) };
  await changeUser(callOf(runtime), partnerId, userId, long);
  const assign = (benefitId: string) =>
    assignCredit(callOf(runtime), partnerId, benefitId, { userId });
  await setHolds(runtime, partnerId, userId, many(mostHolds - 1));
  const [last, tooMany] = [await freeCredit(holder), await freeCredit(holder)];
  expect((await assign(last)).assignment?.userId).toBe(userId);
  await expect(assign(tooMany)).rejects.toMatchObject({
    refusal: { code: 'HoldLimitReached' },
  });
  // What has ended no longer counts.
  const over = many(100).map((hold) => ({ ...hold, until: '2020-01-01T00:00:00.000Z' }));
  await setHolds(runtime, partnerId, userId, [...many(mostHolds - 1), ...over].slice(0, 240));
  expect((await assign(tooMany)).assignment?.userId).toBe(userId);
});
