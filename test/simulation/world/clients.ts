/**
 * Those who call the app: they send a command to some instance, and send it again as long as they do not know what came
 * of it. What they were told is held against what was done.
 */
import { readIfMatch } from '../../../src/platform/http/conditions.ts';
import type { CommandCall } from '../../../src/platform/http/endpoint.ts';
import { newId } from '../../../src/platform/ids.ts';
import { RefusalError } from '../../../src/platform/refusals.ts';
import { readRepeatability } from '../../../src/platform/repeatability.ts';
import type { Ask } from '../commands/ask.ts';
import type { Ending, Instance, Task } from '../engine/scheduler.ts';
import type { Host } from './host.ts';
import type { System } from './system.ts';

/** What a client knows of its command. `unknown`: no answer, or that storage could not be reached. */
export type Told = 'nothing yet' | 'unknown' | 'done' | { refused: string };

/** A command as a client sent it, however often. */
export type Issued = {
  ask: Ask;
  number: number;
  /** The Repeatability-Request-ID and when it was first sent, of a command that names itself. */
  request: { id: string; firstSent: string } | undefined;
  tries: number;
  /** How many tries are under way. */
  underWay: number;
  told: Told;
  /** What it was answered with. */
  answer: unknown;
  /** How often it was carried out: in how many transactions. */
  deeds: number;
};

export type Clients = ReturnType<typeof createClients>;

/** Makes the clients of a system. `told` hears of each answer that is final. */
export function createClients(
  { scheduler }: System,
  host: Host,
  told: (issued: Issued, ending: Ending) => void,
) {
  const all: Issued[] = [];

  /** A client decides on a command; nothing is sent yet. */
  function decide(ask: Ask, names: boolean): Issued {
    const firstSent = new Date(Math.floor(scheduler.time() / 1_000) * 1_000).toUTCString();
    const issued: Issued = {
      ask,
      number: all.length + 1,
      request: names && ask.repeatable ? { id: newId(), firstSent } : undefined,
      tries: 0,
      underWay: 0,
      told: 'nothing yet',
      answer: undefined,
      deeds: 0,
    };
    all.push(issued);
    return issued;
  }

  /** Sends it, for the first time or again. `lost`: the answer does not reach the client. */
  function send(issued: Issued, instance: Instance, lost = false): Task {
    issued.tries += 1;
    issued.underWay += 1;
    const again = issued.tries > 1 ? `, try ${issued.tries}` : '';
    const name = `${issued.ask.name} [${issued.number}${again}]`;
    return scheduler.spawn(
      instance,
      name,
      () => carryOut(issued, instance),
      (ending) => {
        issued.underWay -= 1;
        hear(issued, lost ? { as: 'cut' } : ending);
      },
      issued,
    );
  }

  function carryOut({ ask, request, number }: Issued, instance: Instance): Promise<unknown> {
    const runtime = host.runtimeOf(instance);
    const now = runtime.clock.now();
    const says = JSON.stringify(ask.says);
    const repeatability = request
      ? readRepeatability(
          { method: 'POST', path: ask.name, body: says, ...request },
          'id' in ask.actor ? ask.actor.id : '',
          now,
        )
      : undefined;
    const call: CommandCall = {
      runtime,
      now,
      actor: ask.actor,
      ifMatch: readIfMatch(ask.ifMatch ?? null),
      repeatability,
      requestId: `request ${number}`,
    };
    return ask.run(call);
  }

  function hear(issued: Issued, ending: Ending): void {
    const known = issued.told !== 'nothing yet' && issued.told !== 'unknown';
    if (ending.as === 'done') {
      issued.told = 'done';
      issued.answer = ending.value;
    } else if (!known) {
      const code = ending.as === 'failed' ? refusalOf(ending.error) : undefined;
      issued.told =
        code === undefined || code === 'ServiceUnavailable' ? 'unknown' : { refused: code };
    }
    told(issued, ending);
  }

  return { decide, send, all: (): readonly Issued[] => all };
}

/** The code of a refusal; undefined for anything else. */
export function refusalOf(error: unknown): string | undefined {
  return error instanceof RefusalError ? error.refusal.code : undefined;
}
