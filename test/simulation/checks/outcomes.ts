/** What clients were told is what was done: once, or not at all (a command knows its own commit). */
import type { BillingState } from '../../../src/billing/rows.ts';
import type { CreditEvent } from '../../../src/credits/events.ts';
import type { Notice } from '../../../src/notices/notice.ts';
import type { Change } from '../engine/table-server.ts';
import type { Ending } from '../engine/scheduler.ts';
import { refusalOf, type Issued } from '../world/clients.ts';
import type { Applied } from '../world/system.ts';
import { after, before, type Violate } from './check.ts';

/** Whether a change is what somebody asked for, and not what time or an email has done. */
function isDeed(change: Change): boolean {
  const [kind] = change.rowKey.split('|');
  switch (kind) {
    case 'event':
      return after<CreditEvent>(change)?.actor.type !== 'system';
    case 'notice':
      return !change.before && after<Notice>(change)?.kind === 'assignment';
    case 'billing':
      return after<BillingState>(change)?.closing !== before<BillingState>(change)?.closing;
    case 'user':
      return versionOf(change.before && before(change)) !== versionOf(after(change));
    case 'partner':
      // A touch is none: so another's commit is kept from coming (claims.ts).
      return change.rowKey === 'partner' && change.before?.data !== change.after?.data;
    case 'membership':
    case 'customer':
    case 'offer':
      return true;
    default:
      return false;
  }
}

const versionOf = (value: unknown): unknown => (value as { version?: number } | undefined)?.version;

/** Holds what a transaction did against what its client was told. */
export function checkDeed({ table, changes, task }: Applied, violate: Violate): void {
  const issued = task.command as Issued | undefined;
  if (!issued || table !== 'partners' || !changes.some(isDeed)) return;
  issued.deeds += 1;
  if (issued.deeds > 1) violate('a command is carried out once', describe(issued));
  if (typeof issued.told === 'object' && issued.underWay === 0)
    violate('what was refused is not done afterwards', describe(issued));
}

/** Holds what a client was told against what was done. */
export function checkAnswer(issued: Issued, ending: Ending, violate: Violate): void {
  if (ending.as === 'failed' && refusalOf(ending.error) === undefined) {
    violate('no command fails with a 500', `${describe(issued)}: ${String(ending.error)}`);
  }
  if (issued.underWay > 0) return;
  if (typeof issued.told === 'object' && issued.deeds > 0)
    violate('a command knows its own commit', describe(issued));
  if (issued.told === 'done' && issued.deeds === 0 && !issued.ask.mayDoNothing)
    violate('what was answered was done', describe(issued));
}

function describe({ ask, told, number }: Issued): string {
  const words = typeof told === 'object' ? `refused with ${told.refused}` : told;
  return `${ask.name} [${number}] was told ${words}`;
}
