/**
 * Which notice of an end is due (CR-17, KEY-10, KEY-11), the same for all that ends: some days before it and perhaps
 * when it has come, each once. Of several that became due while nothing ran only the latest is sent.
 */
import * as z from 'zod';
import { addDays, isDate, startOfDay, type DateOnly, type Instant } from './calendar.ts';

/** Days before the end; 0 says that it has come. */
export const endingStages = [30, 7, 1, 0] as const;

export type EndingStage = (typeof endingStages)[number];

/** `end` is the date at whose 00:00Z it ends (or ended). */
export type EndingNotice = { end: DateOnly; stage: EndingStage };

/** The latest notice that was given, as stored beside what it was given of. */
export const endingNoticeSchema = z.strictObject({
  end: z.string().refine(isDate, 'must be a date'),
  stage: z.literal(endingStages),
});

/** What the notices of an end depend on. */
export type Ending = {
  end: DateOnly;
  stages: readonly EndingStage[];
  /** Nobody is told of what was due before there was anything to tell of. */
  since: Instant;
  /** From here on nothing can be done about it any more, and nothing is sent. */
  until: Instant;
  /** The latest notice that was given. Of another end it says nothing: an end that moved begins anew. */
  told: EndingNotice | undefined;
};

/** When the next notice falls due; it may already be past. Undefined when there is none to come. */
export function nextNoticeAt(ending: Ending): Instant | undefined {
  const next = stagesToCome(ending)[0];
  return next === undefined ? undefined : dueAtStage(ending, next);
}

/** The notice that is due by `now`, and whether there is still a point in sending it; if not, it counts as given. */
export function noticeDueBy(
  ending: Ending,
  now: Instant,
): { notice: EndingNotice; send: boolean } | undefined {
  const stage = stagesToCome(ending).findLast((one) => dueAtStage(ending, one) <= now);
  if (stage === undefined) return undefined;
  return { notice: { end: ending.end, stage }, send: now < ending.until };
}

function stagesToCome(ending: Ending): EndingStage[] {
  const { end, stages, since, told } = ending;
  const last = told?.end === end ? told.stage : Infinity;
  return stages.filter((stage) => stage < last && dueAtStage(ending, stage) >= since);
}

function dueAtStage({ end }: Ending, stage: EndingStage): Instant {
  return startOfDay(addDays(end, -stage));
}
