/** What the sweep commits of one partner: what is due of its things, and the mails that tell of their ends. */
import { dateOf, type Instant } from '../platform/calendar.ts';
import type { Plan } from '../platform/command.ts';
import { scheduledAs, type DueThing } from '../platform/due-thing.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Due } from '../platform/schedule.ts';
import { planReminders } from '../reminders/end-reminders.ts';

/**
 * One commit. `ids` are what the schedule calls its things (`scheduledAs`), `again` those that are still due: they wait
 * for tomorrow's mail.
 */
export type SettlePlan = Required<Pick<Plan<void>, 'writes' | 'ahead' | 'after'>> & {
  due: Due[];
  ids: string[];
  again: ReadonlySet<string>;
};

/** What a commit of things to be told of may need beside their own rows: 20 contacts at the most. */
const reminderRows = 20;
const rowsInATransaction = 100;

/** Divides a partner's due things so that each part fits one transaction. */
export function inCommits(things: readonly DueThing[]): DueThing[][] {
  const parts: DueThing[][] = [];
  let room = 0;
  for (const thing of things) {
    // Its own rows, and the holder's mail.
    const rows = thing.rows + (thing.tell ? 1 : 0);
    const part = parts.at(-1);
    const reserved = thing.tell && !part?.some(({ tell }) => tell) ? reminderRows : 0;
    if (part === undefined || rows + reserved > room) {
      parts.push([thing]);
      room = rowsInATransaction - rows - (thing.tell ? reminderRows : 0);
    } else {
      part.push(thing);
      room -= rows + reserved;
    }
  }
  return parts;
}

/** Plans one commit. Reads only where a mail is due. @throws what reading throws */
export async function planSettlement(
  runtime: Runtime,
  partnerId: string,
  things: readonly DueThing[],
  now: Instant,
): Promise<SettlePlan> {
  const ends = things.flatMap(({ kind, id, holder, tell }) =>
    tell ? [{ kind, id, holder, notice: tell }] : [],
  );
  const reminders =
    ends.length > 0
      ? await planReminders(runtime, partnerId, ends, now)
      : { told: [], writes: [], ahead: [], after: [] };
  const told = new Set(reminders.told.map(scheduledAs));
  const again = new Set<string>();
  const plan: SettlePlan = {
    ids: things.map(scheduledAs),
    again,
    writes: [],
    due: [],
    ahead: reminders.ahead,
    after: reminders.after,
  };
  for (const thing of things) {
    const name = scheduledAs(thing);
    const { writes, due, next } = thing.write(told.has(name));
    if (next !== undefined && next <= dateOf(now)) again.add(name);
    plan.writes.push(...writes);
    plan.due.push(...due);
  }
  plan.writes.push(...reminders.writes);
  return plan;
}
