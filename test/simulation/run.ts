/**
 * `npm run simulate -- --seeds N [--seed S]`: runs of the simulation, and what they found.
 *
 * `--trace` shows every step of one seed, `--shrink` those of the simplest run that breaks the same rule; `--strict` lets
 * known findings fail as well; `--pairs` and `--guards` run those instead (`--quick`: without the guards that take hundreds
 * of seeds); `--part i/n` every n-th of them.
 * `--json` prints the result for a program. The exit code is 1 where something new was found.
 */
import { parseArgs } from 'node:util';
import { installVirtualTime } from './engine/virtual-time.ts';

installVirtualTime();
const say = console.log.bind(console);
for (const level of ['info', 'warn', 'error', 'log'] as const) console[level] = () => undefined;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    part: { type: 'string', default: '1/1' },
    trace: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    pairs: { type: 'boolean', default: false },
    guards: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const [part = 1, parts = 1] = values.part.split('/').map(Number);

const { knownRules } = await import('./known.ts');
const { choicesFrom, choicesOf } = await import('./engine/choices.ts');
const { simulate } = await import('./world/simulate.ts');

const known: ReadonlySet<string> = values.strict ? new Set() : knownRules;
const first = Number(values.seed);
const began = performance.now();
/** By rule: how often it was broken, and where first. */
const found = new Map<string, { times: number; where: string[]; seen: string }>();
let runs = 0;
let months = 0;

function note(rule: string, where: string, seen: string): void {
  const entry = found.get(rule) ?? { times: 0, where: [], seen };
  entry.times += 1;
  entry.where.push(where);
  found.set(rule, entry);
}

async function runSeeds(): Promise<void> {
  const count = values.trace ? 1 : Number(values.seeds);
  for (let seed = first + part - 1; seed < first + count; seed += parts) {
    const result = await simulate({
      choices: choicesOf(seed),
      known,
      trace: values.trace ? say : undefined,
    });
    runs += 1;
    months += result.partnerMonths;
    for (const { rule, seen } of [...result.known, ...(result.violation ? [result.violation] : [])])
      note(rule, `seed ${seed}`, seen);
  }
}

async function runPairs(): Promise<void> {
  const { groups, nameOf, runGroup } = await import('./pairs/pairs.ts');
  for (const steps of Object.values(groups))
    runs += await runGroup(steps, (pair, { rule, seen }) => note(rule, nameOf(pair), seen), {
      known,
      part: { part, parts },
    });
}

async function showSimplest(): Promise<void> {
  const { shrink } = await import('./shrink.ts');
  const choices = choicesOf(first);
  const { violation } = await simulate({ known, choices });
  if (!violation) {
    say(`Seed ${first} breaks no rule${values.strict ? '' : ' that is not known'}.`);
    return;
  }
  const tape = await shrink(simulate, choices.tape, first, violation.rule, { known });
  await simulate({ known, choices: choicesFrom(tape, first), trace: say });
}

if (values.guards) {
  const { guards, notice, rarelyNoticed, unproven } = await import('./guards/guards.ts');
  const held = Object.keys(guards).filter(
    (name) => !(name in unproven) && !(values.quick && rarelyNoticed.includes(name)),
  );
  const mine = held.filter((_, i) => i % parts === part - 1);
  const noticed = [];
  for (const guard of mine) noticed.push(await notice(guard, Number(values.seeds), first));
  if (values.json) say(JSON.stringify(noticed));
  else for (const one of noticed) say(JSON.stringify(one));
} else if (values.shrink) await showSimplest();
else {
  await (values.pairs ? runPairs() : runSeeds());
  const seconds = (performance.now() - began) / 1_000;
  const report = { runs, seconds, months, found: Object.fromEntries(found) };
  if (values.json) say(JSON.stringify(report));
  else {
    for (const [rule, { times, where, seen }] of found)
      say(
        `${knownRules.has(rule) ? 'known' : 'NEW  '} ${String(times).padStart(5)} × ${rule}\n              ${where[0] ?? ''}: ${seen}`,
      );
    say(
      `${runs} runs in ${seconds.toFixed(1)} s: ${Math.round((runs / seconds) * 60)} a minute` +
        (values.pairs ? '' : `, ${Math.round((months / seconds) * 60)} partner-months a minute`),
    );
  }
  if ([...found.keys()].some((rule) => !knownRules.has(rule))) process.exitCode = 1;
}
