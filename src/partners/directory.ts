/** Reading partners and users: what many commands begin with. */
import { judgedAt } from '../platform/judged-at.ts';
import { notFound, RefusalError } from '../platform/refusals.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { partnerRow, partnerSchema, userRow, userSchema, type Partner, type User } from './rows.ts';
import type { Hold } from '../credits/eligibility.ts';

/** Reads a partner. @throws RefusalError NotFound */
export async function readPartner(runtime: Runtime, partnerId: string): Promise<Row<Partner>> {
  const row = await runtime.tables.get('partners', partnerSchema, partnerId, partnerRow);
  if (!row) throw new RefusalError(notFound());
  return row;
}

/** Reads a user of a partner's directory; undefined when there is none or it was erased. */
export async function readUser(
  runtime: Runtime,
  partnerId: string,
  userId: string,
): Promise<Row<User> | undefined> {
  const row = await readUserRow(runtime, partnerId, userId);
  return row?.value.erasedAt === undefined ? row : undefined;
}

/** Reads a user's row, erased or not: an erased user can still hold a credit, by id. */
export function readUserRow(
  runtime: Runtime,
  partnerId: string,
  userId: string,
): Promise<Row<User> | undefined> {
  return runtime.tables.get('partners', userSchema, partnerId, userRow(userId));
}

/**
 * The write that changes what a user holds (CR-05): the benefit's own hold replaced or, without one, dropped, and with
 * it all holds that have ended. It needs the row as read, so that of two commands that give the same user a credit at
 * the same moment one must decide again.
 */
export function holdsWrite(
  user: Row<User>,
  benefitId: string,
  hold: Hold | undefined,
  now: string,
): Write {
  const at = judgedAt(now, user.value.holdsAt);
  const others = user.value.holds.filter((held) => held.benefitId !== benefitId && held.until > at);
  return {
    op: 'replace',
    rowKey: user.rowKey,
    schema: userSchema,
    etag: user.etag,
    value: { ...user.value, holds: hold ? [...others, hold] : others, holdsAt: at },
  };
}
