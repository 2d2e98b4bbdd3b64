/** What the sweep takes from a feature: one thing that something is to be written of, whatever it is. */
import type { DateOnly } from './calendar.ts';
import type { EndingNotice } from './ending-stages.ts';
import type { Due } from './schedule.ts';
import type { Write } from './table-store.ts';

/** What people are told the end of. */
export const thingKinds = ['credit', 'product', 'subscription'] as const;
export type ThingKind = (typeof thingKinds)[number];

export type DueThing = {
  kind: ThingKind;
  id: string;
  /** Who is told of its end beside the partner's contacts. */
  holder?: { email: string; userId: string } | undefined;
  /** To be told of, if today's mails can still take it in. */
  tell: EndingNotice | undefined;
  /** How many rows it writes at the most. */
  rows: number;
  /**
   * The writes, the snapshot's first, with what they make due; `told`: whether the mail takes it in. `next` is when it
   * is due next, which is still today where it was not told.
   */
  write(told: boolean): { writes: Write[]; due: Due[]; next: DateOnly | undefined };
};

/** Names a thing as the schedule does, which calls credits and products `benefit` alike. */
export function scheduledAs({ kind, id }: { kind: string; id: string }): string {
  return `${kind === 'subscription' ? kind : 'benefit'}|${id}`;
}
