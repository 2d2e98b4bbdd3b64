/**
 * Taking usage reports (CR-13). A batch is committed in chunks, in the order sent, each with the records it counts, so
 * that a record is counted once however a batch is cut off and sent again. Records are taken for new until storage
 * says otherwise: only then, or before one is refused, are they looked up.
 */
import type { Instant } from '../platform/calendar.ts';
import { lostRace, patienceMilliseconds, pause } from '../platform/command.ts';
import type { CommandCall } from '../platform/http/endpoint.ts';
import { judgedAt } from '../platform/judged-at.ts';
import { newId } from '../platform/ids.ts';
import { parseAmount, type Money } from '../platform/money.ts';
import { notFound, RefusalError } from '../platform/refusals.ts';
import { recordedAnswer, requestDue, requestRecord } from '../platform/repeatability.ts';
import { beforeCommit, writeAhead } from '../platform/schedule.ts';
import type { Row, Write } from '../platform/table-store.ts';
import { balanceOf } from './balance.ts';
import { replaceCredit, type CreditRow } from './rows.ts';
import { settledCredit } from './settle-service.ts';
import { currencyRefusal, reportUsage, type UsageDecision, type UsageRecord } from './usage.ts';
import {
  listHash,
  outcomesOf,
  outcomesText,
  readCounted,
  remember,
  usageWrites,
  type UsageOutcome,
} from './usage-rows.ts';
import { balanceView } from './view.ts';

/** Records in one commit: with the snapshot, its entries and the request's record they fit one transaction. */
const chunkSize = 80;

type UsageCall = Pick<CommandCall, 'runtime' | 'now' | 'actor' | 'repeatability'>;

/** A batch on its way. */
type Batch = {
  call: UsageCall;
  partnerId: string;
  benefitId: string;
  /** When the credit was last read: at the call, or after a race that was lost. */
  now: Instant;
  /** The credit as last read or written. */
  credit: Row<CreditRow>;
  /** Ids known to be counted; none of the others need be new. */
  counted: Set<string>;
  /** Of those, the ones that this batch counted itself, by a commit whose answer was lost. */
  ours: Set<string>;
  /** Whether all that is still to come was looked up, and nobody else has written the credit since. */
  lookedUp: boolean;
  /** The names of this batch's commits. */
  commits: Set<string>;
  outcomes: UsageOutcome[];
};

/**
 * Counts a batch of usage records against a credit: each accepted, refused with its reason, or a duplicate of one that
 * was counted before, in the order sent.
 * @throws RefusalError NotFound, InvalidRequest for a currency that is not the
 * credit's (nothing is counted then), ConcurrentChange (what was counted by then stays so), RepeatabilityConflict
 */
export async function takeUsage(
  call: UsageCall,
  partnerId: string,
  benefitId: string,
  sent: readonly { id: string; occurredAt: Instant; amount: Money }[],
) {
  const records = sent.map(({ id, occurredAt, amount: { amount, currency } }) => ({
    id,
    occurredAt,
    currency,
    amountCents: parseAmount(amount, currency) ?? 0,
  }));
  const [credit, earlier] = await Promise.all([
    readSettled(call, partnerId, benefitId, call.now),
    earlierAnswer(call, partnerId, records),
  ]);
  const refusal = currencyRefusal(credit.value, records);
  if (refusal) throw new RefusalError(refusal);
  const batch: Batch = {
    call,
    partnerId,
    benefitId,
    now: call.now,
    credit,
    counted: new Set(),
    ours: new Set(),
    lookedUp: false,
    commits: new Set(),
    outcomes: [],
  };
  const outcomes = earlier ?? (await takeAll(batch, records));
  const { value } = batch.credit;
  const at = judgedAt(batch.now, value.lastAt);
  const balance = balanceView(balanceOf(value, at), value.currency, at);
  return { results: outcomes, balance };
}

async function takeAll(batch: Batch, records: readonly UsageRecord[]): Promise<UsageOutcome[]> {
  const chunks: UsageRecord[][] = [];
  for (let start = 0; start < records.length; start += chunkSize)
    chunks.push(records.slice(start, start + chunkSize));
  const { recentUsage = [] } = batch.credit.value;
  for (const chunk of chunks)
    if (recentUsage.includes(listHash(chunk))) for (const { id } of chunk) batch.counted.add(id);
  for (const [index, chunk] of chunks.entries()) {
    const rest = records.slice(index * chunkSize);
    const earlier = await take(batch, chunk, rest);
    if (earlier) return earlier;
  }
  return batch.outcomes;
}

/**
 * Takes the next chunk; `rest` is all that is still to come, itself included.
 * @returns the answers of the same request sent twice at once, where the other one was quicker
 */
async function take(
  batch: Batch,
  chunk: readonly UsageRecord[],
  rest: readonly UsageRecord[],
): Promise<UsageOutcome[] | undefined> {
  const { call, partnerId, benefitId } = batch;
  const { runtime, actor } = call;
  const last = chunk.length === rest.length;
  const sent = [...batch.outcomes, ...rest];
  const giveUpAt = Date.now() + patienceMilliseconds;
  for (let attempt = 1; ; attempt += 1) {
    const { now, credit, counted } = batch;
    const decision = reportUsage(credit.value, chunk, counted, now, actor);
    if ('refusal' in decision) throw new RefusalError(decision.refusal);
    const refuses = decision.results.some(({ status }) => status === 'refused');
    if (refuses && !batch.lookedUp) {
      // What was counted before is a duplicate, even if today it would be refused.
      await lookUp(batch, rest);
      continue;
    }

    const outcomes = outcomesIn(batch, decision.results);
    const plan = planOf(batch, chunk, decision, refuses, last ? outcomes : undefined);
    if (plan.writes.length === 0) {
      // All of it is counted: by this very request perhaps, sent twice at once.
      const earlier = last ? await earlierAnswer(call, partnerId, sent) : undefined;
      if (!earlier) answer(batch, outcomes);
      return earlier;
    }
    const by = newId();
    batch.commits.add(by);
    await beforeCommit(() => writeAhead(runtime, plan.due));
    const etag = await runtime.tables.commitTagged('partners', partnerId, plan.writes, by);
    if (etag !== undefined) {
      if (plan.value) batch.credit = { ...credit, etag, by, value: plan.value };
      answer(batch, outcomes);
      return undefined;
    }

    batch.now = runtime.clock.now();
    const [again, earlier] = await Promise.all([
      readSettled(call, partnerId, benefitId, batch.now),
      earlierAnswer(call, partnerId, sent),
    ]);
    batch.credit = again;
    if (earlier) return earlier;
    if (Date.now() > giveUpAt) throw lostRace();
    batch.lookedUp = false;
    // An unchanged credit says that a record was there; and a commit of our own, whose answer was lost, may have come in.
    const recounted = again.value.recentUsage?.includes(listHash(chunk));
    if (again.etag === credit.etag || again.by === by || recounted) await lookUp(batch, rest);
    else await pause(attempt);
  }
}

function answer(batch: Batch, outcomes: readonly UsageOutcome[]): void {
  for (const { id, status } of outcomes) {
    if (status !== 'refused') batch.counted.add(id);
    batch.ours.delete(id);
  }
  batch.outcomes.push(...outcomes);
}

async function readSettled(
  { runtime }: UsageCall,
  partnerId: string,
  benefitId: string,
  now: Instant,
) {
  const credit = await settledCredit(runtime, partnerId, benefitId, now);
  if (!credit) throw new RefusalError(notFound());
  return credit;
}

/** The answers to this very request, if it was carried out before. */
async function earlierAnswer(
  { runtime, repeatability }: UsageCall,
  partnerId: string,
  records: readonly { id: string }[],
): Promise<UsageOutcome[] | undefined> {
  const record = repeatability && (await recordedAnswer(runtime, partnerId, repeatability));
  return (
    record &&
    outcomesOf(
      record.resourceId ?? '',
      records.map(({ id }) => id),
    )
  );
}

async function lookUp(batch: Batch, rest: readonly UsageRecord[]): Promise<void> {
  const { call, partnerId, benefitId, counted, commits } = batch;
  const ids = [...new Set(rest.map(({ id }) => id))].filter((id) => !counted.has(id));
  const found = await readCounted(call.runtime, partnerId, benefitId, ids);
  for (const [id, by] of found) {
    counted.add(id);
    if (commits.has(by)) batch.ours.add(id);
  }
  batch.lookedUp = true;
}

/** The answers to a chunk: what a commit of this batch counted is accepted, though it was found there. */
function outcomesIn(
  { ours }: Batch,
  results: Extract<UsageDecision, { results: unknown }>['results'],
): UsageOutcome[] {
  const first = new Set(ours);
  return results.map((result) => {
    const { id } = result;
    if (result.status === 'refused') return { id, status: result.status, code: result.code };
    return { id, status: first.delete(id) ? 'accepted' : result.status };
  });
}

/** What to write of a chunk, and what the credit then is; `final` are the last chunk's answers. */
function planOf(
  { call, partnerId, benefitId, credit, commits, outcomes }: Batch,
  chunk: readonly UsageRecord[],
  decision: Extract<UsageDecision, { results: unknown }>,
  refuses: boolean,
  final: readonly UsageOutcome[] | undefined,
) {
  const { repeatability } = call;
  const { category, recentUsage } = credit.value;
  const lists = refuses ? recentUsage : remember(recentUsage, listHash(chunk));
  const more = lists ? { recentUsage: lists } : {};
  const changes = decision.events.length > 0;
  const snapshot = changes ? replaceCredit(credit, decision, more) : { writes: [], due: [] };
  const writes: Write[] = [...snapshot.writes, ...usageWrites(benefitId, chunk, decision.results)];
  const due = [...snapshot.due];
  // A batch of which nothing was written need not be remembered: sent again, it is judged again.
  if (repeatability && final && (changes || commits.size > 0)) {
    writes.push(requestRecord(repeatability, outcomesText([...outcomes, ...final])));
    due.push(requestDue(partnerId, repeatability));
  }
  return {
    writes,
    due,
    value: changes ? { ...decision.state, category, ...more } : undefined,
  };
}
