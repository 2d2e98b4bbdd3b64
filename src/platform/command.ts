/**
 * How every command is carried out: load, decide, commit in one transaction, and only then tell the queue. All or
 * nothing; on a lost race it is decided again on what is there now.
 */
import * as z from 'zod';
import { newId } from './ids.ts';
import { log } from './log.ts';
import { refuse, RefusalError } from './refusals.ts';
import { recordedAnswer, requestDue, requestRecord, type Repeatability } from './repeatability.ts';
import type { Runtime } from './runtime.ts';
import { writeAhead, type Due } from './schedule.ts';
import type { Write } from './table-store.ts';

/** What a decision wants done. No writes: nothing is committed and the result is the answer. */
export type Plan<R> = {
  result: R;
  /** The rows to commit, the command's snapshot first: by it a lost answer is recognised as our own. */
  writes: Write[];
  /** The resource that a repeated request is answered with. */
  resourceId?: string;
  /** What the commit makes due: indexed before it, together with `ahead`. */
  due?: readonly Due[];
  /** Written before the commit, all at once, harmless if the commit never comes (index and claim rows). */
  ahead?: (() => Promise<unknown>)[];
  /** Reads, beside `ahead`, what only a decided command needs, and says what else to commit. */
  alsoWrites?: () => Promise<Write[]>;
  /** Takes back what `ahead` did, when the commit was refused for good. */
  undo?: () => Promise<unknown>;
  /** After the commit; a failure is logged, the answer is success, a timer makes up for it. */
  after?: (() => Promise<unknown>)[];
};

export type Command<S, R> = {
  partnerId: string;
  repeatability?: Repeatability | undefined;
  /** Reads what is to be decided on: point reads, in parallel. */
  load(): Promise<S>;
  /** Decides on what was loaded. @throws RefusalError */
  decide(state: S): Plan<R> | Promise<Plan<R>>;
  /** Whether what the command aimed at is still the same after a lost race; if not, it is not decided again. */
  sameAim?(first: S, now: S): boolean;
  /** The answer to a repeated request: rendered anew from what is there. */
  repeat(resourceId: string | undefined): Promise<R>;
};

/** How long a command that keeps losing races is tried again. */
export const patienceMilliseconds = 8_000;

/**
 * Carries out a command in a partner's partition.
 * @throws RefusalError what `decide` refuses; ConcurrentChange when races were lost until patience ended;
 * RepeatabilityConflict when the request id was used for another request.
 */
export async function execute<S, R>(runtime: Runtime, command: Command<S, R>): Promise<R> {
  const { tables } = runtime;
  const { partnerId, repeatability } = command;
  const giveUpAt = Date.now() + patienceMilliseconds;
  const readRecord = () =>
    repeatability ? recordedAnswer(runtime, partnerId, repeatability) : undefined;

  let [state, record] = await Promise.all([command.load(), readRecord()]);
  const first = state;
  // What the last refused commit had written ahead; taken back when it is certain that no commit follows.
  let undo: Plan<R>['undo'];
  for (let attempt = 1; ; attempt += 1) {
    let plan: Plan<R>;
    let alsoWrites: Write[] = [];
    try {
      if (record) {
        await undo?.();
        return await command.repeat(record.resourceId ?? undefined);
      }
      plan = await command.decide(state);
      // A request that names itself is remembered even where it found nothing to do: sent again, later, it must not do it then.
      if (plan.writes.length === 0 && !repeatability) return plan.result;
      [alsoWrites] = await Promise.all([
        plan.alsoWrites?.() ?? [],
        writeAhead(runtime, [
          ...(plan.due ?? []),
          ...(repeatability ? [requestDue(partnerId, repeatability)] : []),
        ]),
        ...(plan.ahead ?? []).map((work) => work()),
      ]);
    } catch (error) {
      await undo?.();
      // Of identical requests in flight one is carried out; the others may be refused for what that one did.
      const done = error instanceof RefusalError ? await readRecord() : undefined;
      if (done) return command.repeat(done.resourceId ?? undefined);
      throw error;
    }

    const by = newId();
    undo = plan.undo;
    const writes = [...plan.writes, ...alsoWrites];
    if (repeatability) writes.push(requestRecord(repeatability, plan.resourceId));
    if ((await tables.commit('partners', partnerId, writes, by)) === 'committed')
      return finish(plan);

    const [written, again, recordAgain] = await Promise.all([
      writtenBy(runtime, partnerId, writes[0]),
      command.load(),
      readRecord(),
    ]);
    // The SDK repeats a request whose answer was lost: a conflict can be with ourselves.
    if (written === by) return finish(plan);
    const aimLost = command.sameAim !== undefined && !command.sameAim(first, again);
    if (!recordAgain && (aimLost || Date.now() > giveUpAt)) {
      await undo?.();
      throw lostRace();
    }
    state = again;
    record = recordAgain;
    await pause(attempt);
  }
}

async function finish<R>(plan: Plan<R>): Promise<R> {
  const outcomes = await Promise.allSettled((plan.after ?? []).map((work) => work()));
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') log('warn', 'afterCommitFailed', { error: outcome.reason });
  return plan.result;
}

async function writtenBy(runtime: Runtime, partnerId: string, write: Write | undefined) {
  if (!write) return undefined;
  const row = await runtime.tables.get('partners', z.unknown(), partnerId, write.rowKey);
  return row?.by;
}

/** The refusal of a command that lost its races until patience ended. */
export function lostRace(): RefusalError {
  return new RefusalError(
    refuse(
      'ConcurrentChange',
      'Someone else changed this at the same moment. Read it again and repeat the request if it still applies.',
    ),
  );
}

/** Losers of a race come back at different times, so that they do not all lose again. */
export function pause(attempt: number): Promise<void> {
  const milliseconds = Math.random() * Math.min(20 * 2 ** attempt, 400);
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
