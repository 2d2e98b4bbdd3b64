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
  {
    rule: 'CR-09 a subscription that was redeemed on stays claimed',
    mend: '2',
    pair: 'free claim on 1 × redeem on 1: none at request 3',
  },
  { rule: 'CR-09 one credit an Azure subscription', mend: '2' },
  { rule: 'PR-04 one partner a tenant', mend: '2' },
  { rule: 'PR-04 a partner’s tenant stays claimed', mend: '2' },
  { rule: 'the directory lists no partner that there is not', mend: '7' },
  { rule: 'CR-08 an email to be sent is in the index', mend: '7' },
  { rule: 'CR-08 an email is sent once', mend: 'a lease looked at again before the send' },
  { rule: 'CR-08 an email is sent exactly once', mend: 'a lease looked at again before the send' },
];

export const knownRules: ReadonlySet<string> = new Set(findings.map(({ rule }) => rule));
