/** What the Functions host does: takes messages off queues, runs timers, and starts processes that died anew. */
import { loadNoticeSubjects } from '../../../functions/notice-subjects.ts';
import { closePartition } from '../../../src/billing/close-partition.ts';
import { billingMessageSchema } from '../../../src/billing/period-service.ts';
import { resumeClosings } from '../../../src/billing/resume-closings.ts';
import { deliver } from '../../../src/notices/deliver.ts';
import { noticeMessageSchema } from '../../../src/notices/notice.ts';
import { forgetOperations } from '../../../src/notices/operations.ts';
import { redeliver } from '../../../src/notices/redeliver.ts';
import type { Runtime } from '../../../src/platform/runtime.ts';
import { enqueueDueShards } from '../../../src/settlement/due-shards.ts';
import { shardMessageSchema } from '../../../src/settlement/messages.ts';
import { logSettlementHealth } from '../../../src/settlement/overview-service.ts';
import { settleShard } from '../../../src/settlement/settle-shard.ts';
import type { Message } from '../engine/queues.ts';
import type { Ending, Instance, Task } from '../engine/scheduler.ts';
import type { System } from './system.ts';

/** As in host.json: how long a message that failed waits, and after how many failures it is given up. */
const host = { retryMilliseconds: 30_000, attempts: 5, leaseMilliseconds: 600_000 };

/** The timers, as functions/timers/* have them. */
const timers = {
  expireBenefits: async (runtime: Runtime) => {
    await enqueueDueShards(runtime, 'expireBenefits');
    await logSettlementHealth(runtime);
  },
  lapseMonthlyCredits: (runtime: Runtime) => enqueueDueShards(runtime, 'lapseMonthlyCredits'),
  redeliverNotices: async (runtime: Runtime) => {
    await Promise.all([redeliver(runtime), resumeClosings(runtime)]);
  },
  forgetOperations: (runtime: Runtime) => forgetOperations(runtime),
};
export type Timer = keyof typeof timers;

export type Host = ReturnType<typeof createHost>;

/** Makes the host of a system. `failed` is told of each message or timer that ended with an error. */
export function createHost(system: System, failed: (what: string, error: unknown) => void) {
  const { scheduler, queues } = system;
  const running = new Map<Instance, { deaths: number; runtime: Runtime }>();

  /** The runtime of an instance's present process. */
  function runtimeOf(instance: Instance): Runtime {
    let process = running.get(instance);
    if (process?.deaths !== instance.deaths) {
      process = { deaths: instance.deaths, runtime: system.start(instance) };
      running.set(instance, process);
    }
    return process.runtime;
  }

  /** Gives a message to an instance. `kept`: the host fails to take it off the queue afterwards, so it comes twice. */
  function consume(message: Message, instance: Instance, kept = false): Task {
    queues.take(message, host.leaseMilliseconds);
    const name = `${message.queue} ${message.id}`;
    return scheduler.spawn(
      instance,
      name,
      () => handle(runtimeOf(instance), message),
      (ending) => after(message, name, ending, kept),
    );
  }

  function after(message: Message, name: string, ending: Ending, kept: boolean): void {
    // The message of a process that died comes back when its lease is over.
    if (ending.as === 'cut') return;
    if (ending.as === 'failed') failed(name, ending.error);
    if (ending.as === 'done' && !kept) queues.remove(message);
    else if (ending.as === 'failed' && message.taken >= host.attempts) queues.toPoison(message);
    else queues.release(message, host.retryMilliseconds);
  }

  /** Runs a timer. Like the host it does not try again what failed. */
  function runTimer(timer: Timer, instance: Instance): Task {
    return scheduler.spawn(
      instance,
      timer,
      async () => {
        await timers[timer](runtimeOf(instance));
      },
      (ending) => {
        if (ending.as === 'failed') failed(timer, ending.error);
      },
    );
  }

  return { runtimeOf, consume, runTimer };
}

/** What the queue functions do with a message (functions/queues/*). */
async function handle(runtime: Runtime, { queue, text }: Message): Promise<void> {
  const message = JSON.parse(text) as { kind?: string };
  if (queue !== 'settlements') {
    const { traceparent: _trace, ...notice } = noticeMessageSchema.parse(message);
    await deliver(runtime, notice, await loadNoticeSubjects());
  } else if (message.kind === 'billing-partition') {
    await closePartition(runtime, billingMessageSchema.parse(message));
  } else {
    const { traceparent: _trace, ...shard } = shardMessageSchema.parse(message);
    await settleShard(runtime, shard);
  }
}
