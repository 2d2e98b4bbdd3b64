/** Turns by a clock that goes on by a millisecond whenever it is asked, so that they can be counted. */
import { createTurns } from '../../../src/platform/turns.ts';
import type { Turns } from '../../../src/platform/turns.ts';

export type CountedTurns = Turns & {
  /** How often it was asked whether a turn is due. */
  asked: () => number;
  /** How often one was given. */
  given: () => number;
};

export function countedTurns(): CountedTurns {
  let now = 0;
  let asked = 0;
  let given = 0;
  const turns = createTurns(() => (now += 1));
  return {
    isDue: () => {
      asked += 1;
      return turns.isDue();
    },
    give: () => {
      given += 1;
      return turns.give();
    },
    asked: () => asked,
    given: () => given,
  };
}
