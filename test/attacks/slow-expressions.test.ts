/** Regular expressions: none in what runs may take longer than its text is long. The linter looks; this is that it does. */
import { join } from 'node:path';
import { ESLint, Linter } from 'eslint';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const rules = ['regexp/no-super-linear-backtracking', 'regexp/no-super-linear-move'];

test.each(['src/platform/config.ts', 'functions/main.ts', 'infra/local/keys.ts'])(
  'the linter refuses slow regular expressions in %s',
  async (file) => {
    const config = (await new ESLint({ cwd: root }).calculateConfigForFile(
      join(root, file),
    )) as Required<Pick<Linter.Config, 'plugins' | 'rules'>>;
    const { regexp } = config.plugins;
    const ours = Object.fromEntries(rules.map((rule) => [rule, config.rules[rule]]));
    const found = (text: string) =>
      new Linter()
        .verify(text, { plugins: { regexp: regexp! }, rules: ours })
        .map(({ ruleId, severity }) => [ruleId, severity]);
    expect(found('/^(a+)+$/.test(text)')).toEqual([[rules[0], 2]]);
    expect(found(String.raw`text.replace(/\/+$/, '')`)).toEqual([[rules[1], 2]]);
    expect(found('new RegExp("\\\\s+$").test(text)')).toEqual([[rules[1], 2]]);
    expect(found('/^[a-z]+$/.test(text)')).toEqual([]);
  },
);
