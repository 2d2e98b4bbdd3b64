/** What the sweep does to credits of one partner that have fallen due: settled, and their ends told of (CR-15, CR-17). */
import type { Instant } from '../platform/calendar.ts';
import { dateOf } from '../platform/calendar.ts';
import type { Plan } from '../platform/command.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Due } from '../platform/schedule.ts';
import type { Row } from '../platform/table-store.ts';
import { nextDueDate } from './due.ts';
import { planReminders } from './end-reminders.ts';
import { endingNotice, withEndTold, type EndingNotice } from './ending-notice.ts';
import type { CreditEvent } from './events.ts';
import { replaceCredit, type CreditRow } from './rows.ts';
import { settle } from './settle.ts';
import type { CreditState } from './state.ts';

/** A credit that something is to be written of. */
export type DueCredit = {
  row: Row<CreditRow>;
  state: CreditState;
  events: CreditEvent[];
  /** To be told of, if today's mails can still take it in. */
  tell: EndingNotice | undefined;
};

/** One commit. `again` are those that are still due: they wait for tomorrow's mail. */
export type SettlePlan = Required<Pick<Plan<void>, 'writes' | 'ahead' | 'after'>> & {
  due: Due[];
  ids: string[];
  again: ReadonlySet<string>;
};

/** What a commit of credits to be told of may need beside their own rows: 20 contacts at the most. */
const reminderRows = 20;
const rowsInATransaction = 100;

/** What time has done to a credit that is not written yet; undefined when nothing is due. */
export function dueCredit(row: Row<CreditRow>, now: Instant): DueCredit | undefined {
  const settled = settle(row.value, now);
  const ending = endingNotice(settled.state, now);
  if (settled.events.length === 0 && !ending) return undefined;
  const { state, events } = settled;
  if (!ending) return { row, state, events, tell: undefined };
  return ending.send
    ? { row, state, events, tell: ending.notice }
    : { row, state: withEndTold(state, ending.notice), events, tell: undefined };
}

/** Divides a partner's due credits so that each part fits one transaction. */
export function inCommits(credits: readonly DueCredit[]): DueCredit[][] {
  const parts: DueCredit[][] = [];
  let room = 0;
  for (const credit of credits) {
    // The snapshot, its events, and the holder's mail.
    const rows = 1 + credit.events.length + (credit.tell ? 1 : 0);
    const part = parts.at(-1);
    const reserved = credit.tell && !part?.some(({ tell }) => tell) ? reminderRows : 0;
    if (part === undefined || rows + reserved > room) {
      parts.push([credit]);
      room = rowsInATransaction - rows - (credit.tell ? reminderRows : 0);
    } else {
      part.push(credit);
      room -= rows + reserved;
    }
  }
  return parts;
}

/** Plans one commit. Reads only where a mail is due. @throws what reading throws */
export async function planSettlement(
  runtime: Runtime,
  partnerId: string,
  credits: readonly DueCredit[],
  now: Instant,
): Promise<SettlePlan> {
  const endings = credits.flatMap(({ state, tell }) => (tell ? [{ state, notice: tell }] : []));
  const reminders =
    endings.length > 0
      ? await planReminders(runtime, partnerId, endings, now)
      : { told: [], writes: [], ahead: [], after: [] };
  const told = new Set(reminders.told.map(({ state }) => state.id));
  const again = new Set<string>();
  const plan: SettlePlan = {
    ids: credits.map(({ state }) => state.id),
    again,
    writes: [],
    due: [],
    ahead: reminders.ahead,
    after: reminders.after,
  };
  for (const { row, state: settled, events, tell } of credits) {
    const state = tell && told.has(settled.id) ? withEndTold(settled, tell) : settled;
    const next = nextDueDate(state);
    if (next !== undefined && next <= dateOf(now)) again.add(state.id);
    if (state === row.value) continue;
    const { writes, due } = replaceCredit(row, { state, events });
    plan.writes.push(...writes);
    plan.due.push(...due);
  }
  plan.writes.push(...reminders.writes);
  return plan;
}
