/**
 * How every command is carried out: load, decide, commit in one transaction, and only then tell the queue. All or
 * nothing; on a lost race it is decided again on what is there now.
 */
import type { Instant } from './calendar.ts';
import { newId } from './ids.ts';
import { log } from './log.ts';
import { hasLanded, isProven } from './proof.ts';
import { refuse, RefusalError } from './refusals.ts';
import { recordedAnswer, requestDue, requestRecord, type Repeatability } from './repeatability.ts';
import type { Runtime } from './runtime.ts';
import { beforeCommit, writeAhead, type Due } from './schedule.ts';
import type { Write } from './table-store.ts';

/** What a decision wants done. No writes: nothing is committed and the result is the answer. */
export type Plan<R> = {
  result: R;
  /** The rows to commit. One of them is a proof (proof.ts): by it the command knows its own commit. */
  writes: Write[];
  /** The resource that a repeated request is answered with. */
  resourceId?: string;
  /** What the commit makes due: indexed before it, together with `ahead`. */
  due?: readonly Due[];
  /** Written before the commit, all at once, harmless if the commit never comes (index and claim rows). */
  ahead?: (() => Promise<unknown>)[];
  /** Reads, beside `ahead`, what only a decided command needs, and says what else to commit. */
  alsoWrites?: () => Promise<Write[]>;
  /**
   * Takes back what `ahead` did, in all attempts of the command and as far as it came, once no commit is to follow. It is
   * for this to make certain that none can.
   */
  undo?: () => Promise<unknown>;
  /** After the commit; a failure is logged, the answer is success, a timer makes up for it. */
  after?: (() => Promise<unknown>)[];
};

export type Command<S, R> = {
  partnerId: string;
  repeatability?: Repeatability | undefined;
  /** Reads what is to be decided on: point reads, in parallel. */
  load(): Promise<S>;
  /**
   * Decides on what was loaded, at `now`: the clock's instant once it was, not the request's, which may have waited since.
   * @throws RefusalError
   */
  decide(state: S, now: Instant): Plan<R> | Promise<Plan<R>>;
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
  let undo: Plan<R>['undo'];

  async function takeBack(): Promise<void> {
    try {
      await undo?.();
    } catch (error) {
      // What is left is found to be abandoned by whoever meets it.
      log('warn', 'undoFailed', { error });
    }
  }

  async function fail(error: unknown): Promise<R> {
    await takeBack();
    // Of identical requests in flight one is carried out; the others may be refused for what that one did.
    const done = error instanceof RefusalError ? await readRecord() : undefined;
    if (done) return command.repeat(done.resourceId ?? undefined);
    throw error;
  }

  for (let attempt = 1; ; attempt += 1) {
    let plan: Plan<R>;
    let alsoWrites: Write[] = [];
    try {
      if (record) {
        await takeBack();
        return await command.repeat(record.resourceId ?? undefined);
      }
      plan = await command.decide(state, runtime.clock.now());
      // A request that names itself is remembered even where it found nothing to do: sent again, later, it must not do it then.
      if (plan.writes.length === 0 && !repeatability) return plan.result;
      undo = plan.undo ?? undo;
      const due = [
        ...(plan.due ?? []),
        ...(repeatability ? [requestDue(partnerId, repeatability)] : []),
      ];
      [alsoWrites] = await beforeCommit(() =>
        allEnded([
          plan.alsoWrites?.() ?? [],
          writeAhead(runtime, due),
          ...(plan.ahead ?? []).map((work) => work()),
        ]),
      );
    } catch (error) {
      return fail(error);
    }

    const by = newId();
    const writes = [...plan.writes, ...alsoWrites];
    if (repeatability) writes.push(requestRecord(repeatability, plan.resourceId));
    // Without one, a command could take for lost what it has done. It is a fault of ours, found by any test of it.
    if (!isProven(writes)) throw new Error('A command commits no row that proves it');
    if ((await tables.commit('partners', partnerId, writes, by)) === 'committed')
      return finish(plan);

    // The SDK repeats a request whose answer was lost: a conflict can be with ourselves. Then it does not matter what
    // has become since of what the command was decided on.
    const [landed, again, recordAgain] = await Promise.allSettled([
      hasLanded(runtime, partnerId, writes, by),
      command.load(),
      readRecord(),
    ]);
    if (landed.status === 'rejected') throw landed.reason;
    if (landed.value) return finish(plan);
    if (again.status === 'rejected') return fail(again.reason);
    if (recordAgain.status === 'rejected') return fail(recordAgain.reason);
    const aimLost = command.sameAim !== undefined && !command.sameAim(first, again.value);
    if (!recordAgain.value && (aimLost || Date.now() > giveUpAt)) return fail(lostRace());
    state = again.value;
    record = recordAgain.value;
    await pause(attempt);
  }
}

/** All at once, and a failure only when all have ended: what fails is taken back whole. */
async function allEnded<T extends readonly unknown[]>(
  works: readonly [...T],
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

async function finish<R>(plan: Plan<R>): Promise<R> {
  const outcomes = await Promise.allSettled((plan.after ?? []).map((work) => work()));
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') log('warn', 'afterCommitFailed', { error: outcome.reason });
  return plan.result;
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
