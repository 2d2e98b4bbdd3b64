/**
 * What the simulation has found and nobody has mended yet. These rules are noted and do not fail a run. Whoever mends
 * one takes its line out, and turns its pairs below into a proof (README, "Known findings").
 */

export type Finding = {
  /** The rule as the checks name it. */
  rule: string;
  /** Which mend of issue 10 it waits for. */
  mend: string;
  /** A pair that breaks it today, as `nameOf` names it; where only random runs do, the seed that did. */
  pair?: string;
};

export const findings: readonly Finding[] = [
  // Rare (seed 1407): a process that freezes within the send itself, after it has looked at its lease.
  { rule: 'CR-08 an email is sent once', mend: 'a mail service that tells repeats apart' },
];

export const knownRules: ReadonlySet<string> = new Set(findings.map(({ rule }) => rule));
