/**
 * A second, independent telling of the credit rules for the property test. It keeps plain facts (who held the credit
 * from when to when, which usage was taken) and works every balance out anew from them, month by month, with
 * numbers of milliseconds and months. It has no events, no settling and no stored sums.
 */
export type Facts = {
  monthly: boolean;
  mpn: boolean;
  amount: number;
  provisioned: number;
  redeemBy: number;
  yearStart: number;
  yearEnd: number;
  membershipEnd: number;
  revoked: number;
  holds: Hold[];
  usage: { id: string; month: number; credit: number; extra: number; taken: number }[];
};

/** `Infinity` stands for what has not happened. */
type Hold = {
  user: string;
  redeemed: number;
  removed: number;
  limitOff: number;
  excess: number;
};

const hour = 3_600_000;
const never = Infinity;

export const monthIndex = (time: number): number => {
  const date = new Date(time);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};
const monthStart = (month: number): number => Date.UTC(Math.floor(month / 12), month % 12);

const thirteenMonthsOn = (time: number): number => {
  const start = monthStart(monthIndex(time) + 13);
  const length = Math.round((monthStart(monthIndex(time) + 14) - start) / (24 * hour));
  return start + (Math.min(new Date(time).getUTCDate(), length) - 1) * 24 * hour;
};

const holder = (facts: Facts): Hold | undefined =>
  facts.holds.find((hold) => hold.removed === never);

export const expiry = (facts: Facts): number => {
  const activated = Math.min(never, ...facts.holds.map((hold) => hold.redeemed));
  const bound = activated === never ? facts.redeemBy : facts.membershipEnd;
  if (!facts.monthly) {
    return activated === never ? Math.min(facts.redeemBy, facts.yearEnd) : facts.yearEnd;
  }
  const anchor = facts.mpn ? facts.provisioned : activated;
  return anchor === never ? bound : Math.min(bound, thirteenMonthsOn(anchor));
};

const end = (facts: Facts): number => Math.min(expiry(facts), facts.revoked);

/** The months granted up to a time; of a bulk credit the one grant is month 0. */
const grantedMonths = (facts: Facts, time: number): Set<number> => {
  const months = new Set<number>();
  for (const hold of facts.holds) {
    if (hold.redeemed > time) continue;
    if (!facts.monthly) {
      const at = Math.max(hold.redeemed, facts.yearStart);
      if (at <= time && at < end(facts)) months.add(0);
      continue;
    }
    months.add(monthIndex(hold.redeemed));
    let month = monthIndex(hold.redeemed) + 1;
    while (monthStart(month) <= Math.min(time, hold.removed) && monthStart(month) < expiry(facts)) {
      months.add(month);
      month += 1;
    }
  }
  return months;
};

const consumed = (facts: Facts, month: number, time: number): number =>
  facts.usage
    .filter((use) => use.taken <= time && (!facts.monthly || use.month === month))
    .reduce((sum, use) => sum + use.credit, 0);

/** The balance at a time, in the shape of `Balance`; the month of the period as a number. */
export const balance = (facts: Facts, time: number) => {
  const sums = { granted: 0, consumed: 0, lapsed: 0, remaining: 0 };
  let period: { month: number; granted: number; consumed: number } | null = null;
  for (const month of grantedMonths(facts, time)) {
    const used = consumed(facts, month, time);
    const over =
      time >= end(facts) || (facts.monthly && time >= monthStart(month + 1))
        ? 'lapsed'
        : 'remaining';
    sums.granted += facts.amount;
    sums.consumed += used;
    sums[over] += facts.amount - used;
    if (facts.monthly && over === 'remaining') {
      period = { month, granted: facts.amount, consumed: used };
    }
  }
  const payAsYouGo = facts.usage
    .filter((use) => use.taken <= time)
    .reduce((sum, use) => sum + use.extra, 0);
  return { ...sums, payAsYouGo, period };
};

/** The state of the present holder's subscription, or undefined without one. */
export const subscription = (facts: Facts, time: number): string | undefined => {
  const hold = holder(facts);
  if (hold === undefined || hold.redeemed === never) return undefined;
  const over = time >= end(facts);
  if (hold.limitOff <= time) return over ? 'off pay-as-you-go' : 'off active';
  const lastGrant = facts.monthly
    ? Math.max(hold.redeemed, monthStart(monthIndex(time)))
    : Math.max(hold.redeemed, facts.yearStart);
  const excess = hold.excess >= lastGrant && hold.excess <= time;
  return over || excess || balance(facts, time).remaining === 0 ? 'on disabled' : 'on active';
};

const ended = (facts: Facts, time: number): boolean => time >= end(facts);

/** Each command changes the facts and answers `ok`, or answers a refusal's code. */
export const assign = (facts: Facts, user: string, versionNamed: boolean, now: number): string => {
  if (ended(facts, now)) return 'BenefitExpired';
  const present = holder(facts);
  if (present?.user === user) return 'ok';
  if (!facts.monthly && present) return 'ReassignmentNotAllowed';
  if (facts.holds.length > 5) return 'ReassignmentLimitReached';
  if (present && !versionNamed) return 'AlreadyAssigned';
  if (present) present.removed = now;
  facts.holds.push({ user, redeemed: never, removed: never, limitOff: never, excess: never });
  return 'ok';
};

export const unassign = (facts: Facts, now: number): string => {
  const present = holder(facts);
  if (!present) return 'ok';
  if (ended(facts, now)) return 'BenefitExpired';
  if (!facts.monthly) return 'ReassignmentNotAllowed';
  present.removed = now;
  return 'ok';
};

export const redeem = (facts: Facts, now: number): string => {
  const present = holder(facts);
  if (!present) return 'LinkNoLongerValid';
  if (ended(facts, now)) return 'BenefitExpired';
  if (present.redeemed !== never) return 'AlreadyRedeemed';
  present.redeemed = now;
  return 'ok';
};

export const removeLimit = (facts: Facts, now: number): string => {
  const present = holder(facts);
  if (!present || present.redeemed === never) {
    return ended(facts, now) ? 'BenefitExpired' : 'NotAssigned';
  }
  if (now >= end(facts) + 90 * 24 * hour) return 'BenefitExpired';
  present.limitOff = Math.min(present.limitOff, now);
  return 'ok';
};

export const revoke = (facts: Facts, now: number): string => {
  if (facts.revoked !== never) return 'ok';
  if (ended(facts, now)) return 'BenefitExpired';
  if (holder(facts)) return 'AlreadyAssigned';
  facts.revoked = now;
  return 'ok';
};

export const renew = (facts: Facts, membershipEnd: number, now: number): string => {
  if (!ended(facts, now)) facts.membershipEnd = Math.max(facts.membershipEnd, membershipEnd);
  return 'ok';
};

/** One usage record: `accepted`, `duplicate` or the code of its refusal. */
export const use = (
  facts: Facts,
  record: { id: string; occurred: number; amount: number },
  now: number,
): string => {
  const { id, occurred, amount } = record;
  if (facts.usage.some((known) => known.id === id)) return 'duplicate';
  const month = monthIndex(occurred);
  const monthOver = monthStart(month + 1);
  if (occurred > now || now > monthOver + 72 * hour) return 'OutsidePeriod';
  const take = (credit: number, extra: number): string => {
    facts.usage.push({ id, month, credit, extra, taken: now });
    return 'accepted';
  };
  const present = holder(facts);
  if (ended(facts, now) && occurred >= end(facts)) {
    return present && present.limitOff <= now ? take(0, amount) : 'BenefitExpired';
  }
  // Of holds that meet, the one whose time the instant is: the start belongs to it, the end does not.
  const hold = facts.holds.find(
    ({ redeemed, removed }) => redeemed <= occurred && occurred < removed,
  );
  if (!hold) return 'NotRedeemed';
  if (ended(facts, now) && now > Math.min(monthOver, end(facts)) + 72 * hour) {
    return 'BenefitExpired';
  }
  const key = facts.monthly ? month : 0;
  const early = !facts.monthly && occurred < facts.yearStart;
  const left =
    grantedMonths(facts, now).has(key) && !early ? facts.amount - consumed(facts, key, now) : 0;
  if (amount <= left) return take(amount, 0);
  if (hold.limitOff < never) return take(left, amount - left);
  const current = !ended(facts, now) && !early && (!facts.monthly || month === monthIndex(now));
  // What is disabled already stays as it is: the first excess since the grant is what disabled it.
  if (current && hold === present && subscription(facts, now) === 'on active') hold.excess = now;
  return 'InsufficientCredit';
};
