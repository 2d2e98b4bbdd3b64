/** Which room may use which, held (test/support/rooms.ts). */
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { expect, test } from 'vitest';
import { rooms } from './support/rooms.ts';

test('every import keeps to the rooms, and the modules were really read', async () => {
  const { output } = await cruise(['functions', 'src', 'infra'], {
    ruleSet: { forbidden: rooms.forbidden },
    validate: true,
    ...rooms.options,
  });
  const { modules, summary } = output as ICruiseResult;
  const violations = summary.violations.map(
    ({ rule, from, to }) => `${rule.name}: ${from} → ${to}`,
  );
  expect(violations).toEqual([]);
  // A compiler that the cruiser cannot use makes it read nothing and find nothing wrong.
  const own = modules.filter(({ source }) => /^(functions|src)\/.*\.ts$/.test(source));
  expect(own.length).toBeGreaterThan(80);
  expect(summary.totalDependenciesCruised).toBeGreaterThan(400);
});
