/** `npm run simulate -- --seeds N [--seed S] [--trace]`: runs of the simulation, and what they found. */
import { parseArgs } from 'node:util';
import { installVirtualTime } from './engine/virtual-time.ts';

installVirtualTime();
const say = console.log.bind(console);
for (const level of ['info', 'warn', 'error', 'log'] as const) console[level] = () => undefined;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    known: { type: 'string', multiple: true, default: [] },
  },
});
const { choicesFrom, choicesOf } = await import('./engine/choices.ts');
const { shrink } = await import('./shrink.ts');
const { simulate } = await import('./world/simulate.ts');

const first = Number(values.seed);
if (values.shrink) {
  const options = { known: new Set(values.known) };
  const choices = choicesOf(first);
  const { violation } = await simulate({ ...options, choices });
  if (violation) {
    const tape = await shrink(simulate, choices.tape, first, violation.rule, options);
    await simulate({ ...options, choices: choicesFrom(tape, first), trace: say });
  } else say(`Seed ${first} breaks no rule.`);
  process.exit();
}
const count = values.trace ? 1 : Number(values.seeds);
const found = new Map<string, { times: number; seed: number; seen: string }>();
let steps = 0;
let months = 0;
let commands = 0;
const began = performance.now();
for (let seed = first; seed < first + count; seed += 1) {
  const result = await simulate({
    choices: choicesOf(seed),
    known: new Set(values.known),
    trace: values.trace ? say : undefined,
  });
  steps += result.steps;
  months += result.partnerMonths;
  commands += result.commands;
  for (const { rule, seen } of [...result.known, ...(result.violation ? [result.violation] : [])]) {
    const known = found.get(rule);
    if (known) known.times += 1;
    else found.set(rule, { times: 1, seed, seen });
  }
}
const seconds = (performance.now() - began) / 1_000;
for (const [rule, { times, seed, seen }] of [...found].sort(([, a], [, b]) => b.times - a.times))
  say(`${String(times).padStart(5)}  ${rule}\n       seed ${seed}: ${seen}`);
say(
  `${count} seeds in ${seconds.toFixed(1)} s: ${Math.round((count / seconds) * 60)} seeds a minute, ` +
    `${Math.round((months / seconds) * 60)} partner-months a minute, ${Math.round(steps / count)} steps and ${Math.round(commands / count)} commands a seed`,
);
