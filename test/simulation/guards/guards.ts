/**
 * Guards of the product, each switched off on the way to storage: a condition that storage no longer looks at, or a row
 * that never arrives. The product's code stays as it is. The simulation must notice each (guards.test.ts).
 */
import type { TableName } from '../../../src/platform/storage-names.ts';
import { choicesOf } from '../engine/choices.ts';
import type { ServerWrite } from '../engine/table-server.ts';
import { knownRules } from '../known.ts';
import { simulate, type Result } from '../world/simulate.ts';

type Off = (table: TableName, write: ServerWrite) => ServerWrite | undefined;

const is = (write: ServerWrite, kind: string) => write.rowKey.startsWith(kind);

/** A row is replaced whatever it has become since it was read. */
const unconditional = (write: ServerWrite): ServerWrite =>
  write.op === 'replace'
    ? { op: 'put', rowKey: write.rowKey, data: write.data, by: write.by }
    : write;

/** A row is replaced or deleted whatever it has become since it was read. */
const anyRow = (write: ServerWrite): ServerWrite =>
  write.op === 'delete' ? { op: 'delete', rowKey: write.rowKey } : unconditional(write);

/** A row is inserted whether or not it is there. */
const overwriting = (write: ServerWrite): ServerWrite =>
  write.op === 'insert' ? { ...write, op: 'put' } : write;

const partners =
  (kind: string, change: (write: ServerWrite) => ServerWrite | undefined): Off =>
  (table, write) =>
    table === 'partners' && is(write, kind) ? change(write) : write;

const never = () => undefined;

/** A credit forgets when the last thing was written of it. */
const timeless = (write: ServerWrite): ServerWrite => {
  if (!('data' in write)) return write;
  const value = JSON.parse(write.data) as { category: string; provisionedAt: string };
  if (value.category !== 'azure-credit') return write;
  return { ...write, data: JSON.stringify({ ...value, lastAt: value.provisionedAt }) };
};

/** By name: what is switched off. */
export const guards: Record<string, Off> = {
  'a claim is inserted, never overwritten': (table, write) =>
    table === 'claims' ? overwriting(write) : write,
  'a claim is taken over and deleted as it was read': (table, write) =>
    table === 'claims' ? anyRow(write) : write,
  'a name is carried to credits on condition of its user': partners('user|', (write) =>
    write.op === 'touch' ? undefined : write,
  ),
  'a month that is being closed is indexed ahead': (table, write) =>
    table === 'schedule' && write.op === 'insert' ? undefined : write,
  'a user’s holds are replaced with If-Match': partners('user|', unconditional),
  'a credit and its entries are written with If-Match': (table, write) =>
    table === 'partners' && (is(write, 'benefit|') || is(write, 'event|'))
      ? overwriting(unconditional(write))
      : write,
  'a credit’s snapshot has an If-Match of its own': partners('benefit|', unconditional),
  'a credit is judged at no instant before its last entry': partners('benefit|', timeless),
  'a request that names itself is remembered': partners('request|', never),
  'what falls due is indexed ahead': (table, write) =>
    table === 'schedule' && write.op === 'put' && write.rowKey.includes('|') ? undefined : write,
  'an email is indexed ahead': (table, write) =>
    table === 'outbox' && write.op === 'put' ? undefined : write,
  'a notice is replaced with If-Match': partners('notice|', unconditional),
  'one user an address': partners('user-email|', overwriting),
  'a usage record is inserted once': partners('usage|', overwriting),
  'a membership is replaced with If-Match': partners('membership|', unconditional),
  'a partition of a month is replaced with If-Match': (table, write) =>
    table === 'billing' && write.rowKey === 'period' ? overwriting(unconditional(write)) : write,
  'the notice of an email is committed with its assignment': partners('notice|', (write) =>
    write.op === 'insert' ? undefined : write,
  ),
};

/** Guards that the simulation has not yet been seen to notice, and why. */
export const unproven: Readonly<Record<string, string>> = {
  'a name is carried to credits on condition of its user':
    'not noticed within 500 seeds: it takes two corrections and a crash between',
};

/** Guards that take hundreds of seeds to notice: `npm run simulate -- --guards` looks for them, `npm test` does not. */
export const rarelyNoticed: readonly string[] = [
  'a claim is taken over and deleted as it was read',
  'a membership is replaced with If-Match',
  'a partition of a month is replaced with If-Match',
];

export type Noticed =
  { guard: string; seed: number; rule: string } | { guard: string; seed: undefined };

const rulesOf = ({ violation, known }: Result): string[] => [
  ...known.map(({ rule }) => rule),
  ...(violation ? [violation.rule] : []),
];

/**
 * The first seed on which the simulation notices that a guard is off: a rule is broken that the same seed does not break
 * with the guard on.
 */
export async function notice(guard: string, most: number, from = 1): Promise<Noticed> {
  const off = guards[guard]!;
  for (let seed = from; seed < from + most; seed += 1) {
    const run = (tampering?: { write: Off }) =>
      simulate({ choices: choicesOf(seed), known: knownRules, tampering });
    const broken = rulesOf(await run({ write: off }));
    // What is known to be broken anyway proves nothing by itself.
    if (broken.length === 0) continue;
    const anyway = rulesOf(await run());
    const rule = broken.find((one) => !anyway.includes(one) && !knownRules.has(one));
    if (rule !== undefined) return { guard, seed, rule };
  }
  return { guard, seed: undefined };
}
