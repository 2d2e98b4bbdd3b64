/** The pipelines: what they may do, what they run, and that azd gets every value that the Bicep reads. */
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { compile } from '../../infra/azure/compile.ts';
import { hooks as azdHooks } from '../../infra/azure/hook.ts';
import { missingProtection } from '../../infra/azure/protected-environment.ts';
import { notesOf } from '../../infra/changelog.ts';
import { azureFolder, readBicep, repository } from './support/bicep-file.ts';

const read = (path: string) => readFileSync(join(repository, path), 'utf8');
function yaml(path: string) {
  const document = parseDocument(read(path));
  expect({ path, errors: document.errors }).toEqual({ path, errors: [] });
  return document.toJS();
}
const manifest = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  allowScripts: Record<string, boolean>;
};
const scripts = Object.keys(manifest.scripts);
const workflows = globSync('.github/workflows/*.yml', { cwd: repository }).sort();
type Step = {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
};
type Job = {
  steps: Step[];
  needs?: string;
  environment?: string;
  permissions?: Record<string, string>;
  outputs?: Record<string, string>;
  'timeout-minutes'?: number;
  env?: Record<string, string>;
};
const workflow = (name: string): Record<string, Job> => yaml(`.github/workflows/${name}.yml`).jobs;
const jobsOf = (path: string) => Object.values<Job>(yaml(path).jobs);
/** The scripts of package.json that a command line runs. */
const scriptsIn = (text: string) =>
  [...text.matchAll(/npm (?:run (?:--silent )?([a-z:-]+)|(test))/g)].map(
    ([, run, own]) => run ?? own,
  );

test('there are pipelines for tests, analysis, releases and deployment', () => {
  expect(workflows.map((path) => path.split('/').at(-1))).toEqual([
    'ci.yml',
    'codeql.yml',
    'deploy.yml',
    'release.yml',
  ]);
});

test.each(workflows)('%s may do little, pins its actions by commit and ends', (path) => {
  expect(yaml(path).permissions).toEqual({ contents: 'read' });
  for (const job of jobsOf(path)) {
    expect(job['timeout-minutes']).toBeGreaterThan(0);
    for (const { uses, ...step } of job.steps) {
      if (uses) expect(uses).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40}$/);
      if (uses?.startsWith('actions/checkout@'))
        expect(step.with?.['persist-credentials']).toBe(false);
    }
    // What comes from outside goes through the environment, never into a script's text.
    for (const { run } of job.steps) expect(run ?? '').not.toContain('${{');
  }
  // Dependabot moves commit and version together; the version is what a person reads.
  const lines = read(path)
    .split('\n')
    .filter((line) => line.includes('uses:'));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test('one action is one commit, in all pipelines', () => {
  const pins = workflows.flatMap((path) =>
    [...read(path).matchAll(/uses: ([\w-]+\/[\w-]+)\S*@(\S+ # \S+)$/gm)].map(
      ([, action, pin]) => `${action} ${pin}`,
    ),
  );
  const actions = [...new Set(pins)].map((pin) => pin.split(' ')[0]);
  expect(new Set(actions).size).toBe(actions.length);
});

test('more than reading is allowed where it is needed only', () => {
  const more = workflows.flatMap((path) =>
    Object.entries<Job>(yaml(path).jobs).flatMap(([job, { permissions }]) =>
      Object.entries(permissions ?? {})
        .filter(([, right]) => right === 'write')
        .map(([name]) => `${path.split('/').at(-1)} ${job} ${name}`),
    ),
  );
  expect(more.sort()).toEqual([
    'codeql.yml analyze security-events',
    'deploy.yml deploy id-token',
    'release.yml publish attestations',
    'release.yml publish contents',
    'release.yml publish id-token',
  ]);
});

test('jobs that may sign in or write run nobody else’s code: no install, no build, no cache', () => {
  const able = workflows.flatMap((path) =>
    jobsOf(path).filter(({ permissions }) =>
      ['id-token', 'contents'].some((name) => permissions?.[name] === 'write'),
    ),
  );
  expect(able).toHaveLength(2);
  for (const { steps } of able) {
    const commands = steps.map(({ run }) => run ?? '').join('\n');
    expect(commands).not.toMatch(/\b(npm (ci|i|install|test|exec)|npx|npm run)\b/);
    expect(steps.filter((step) => step.with?.['cache'])).toEqual([]);
  }
});

test.each([
  ['deploy', 'deploy', 'sum'],
  ['release', 'publish', 'sums'],
])('%s hands the package on by its digest', (name, last, output) => {
  const jobs = workflow(name);
  const build = jobs['build']!;
  expect(build.permissions).toBeUndefined();
  const commands = build.steps.map(({ run }) => run ?? '');
  expect(commands).toContain('npm ci && npm test');
  expect(commands.join('\n')).toMatch(/npm run package\b/);
  expect(build.outputs?.[output]).toBe(`\${{ steps.${output}.outputs.${output} }}`);
  expect(commands.find((run) => run.includes('sha256sum'))).toContain('$GITHUB_OUTPUT');

  const { needs, steps } = jobs[last]!;
  expect(needs).toBe('build');
  const taken = steps.findIndex(({ uses }) => uses?.startsWith('actions/download-artifact@'));
  const check = steps[taken + 1]!;
  expect(Object.values(check.env ?? {})).toEqual([`\${{ needs.build.outputs.${output} }}`]);
  expect(check.run).toMatch(/^sha256sum --check --strict <<< "\$SUMS?"$/);
  // What a mismatch would do by itself is up to the action; the step above does not depend on it.
  expect(steps[taken]?.with?.['digest-mismatch']).toBeUndefined();
});

test('a release says what is in it, and proves where it was built', () => {
  const { build, publish } = workflow('release');
  expect(build!.steps.map(({ run }) => run ?? '').join('\n')).toContain(
    'npm sbom --omit dev --sbom-format cyclonedx',
  );
  const attested = publish!.steps.filter(({ uses }) => uses?.startsWith('actions/attest@'));
  expect(attested.map((step) => Object.keys(step.with ?? {}))).toEqual([
    ['subject-path'],
    ['subject-path', 'sbom-path'],
  ]);
  expect(publish!.environment).toBe('release');
});

test('a deployment waits for its environment, which must be protected', () => {
  const jobs = workflow('deploy');
  expect(jobs['deploy']!.environment).toBe('${{ inputs.environment }}');
  expect(jobs['build']!.needs).toBe('protected');
  expect(jobs['protected']!.steps.at(-1)?.run).toMatch(
    /\| npm run --silent protected-environment$/,
  );
  const reviewers = { type: 'required_reviewers', reviewers: [{ type: 'User' }] };
  const branches = { protected_branches: true, custom_branch_policies: false };
  expect(
    missingProtection({ protection_rules: [reviewers], deployment_branch_policy: branches }),
  ).toEqual([]);
  // As GitHub describes one that was made by being named.
  expect(missingProtection({ protection_rules: [], deployment_branch_policy: null })).toEqual([
    'required reviewers',
    'deployment branches and tags',
  ]);
  expect(
    missingProtection({
      protection_rules: [{ type: 'required_reviewers', reviewers: [] }, { type: 'branch_policy' }],
      deployment_branch_policy: branches,
    }),
  ).toEqual(['required reviewers']);
});

test('the Bicep is compiled by the real compiler, and a warning fails', () => {
  const commands = workflow('ci')['bicep']!.steps.map(({ run }) => run);
  expect(commands).toContain('npm run --silent azure:compile');
  const folder = mkdtempSync(join(tmpdir(), 'bicep-test-'));
  try {
    const compiler = (text: string) => {
      const path = join(folder, 'bicep');
      writeFileSync(path, `#!/bin/sh\n${text}\n`);
      chmodSync(path, 0o755);
      return path;
    };
    expect(compile(compiler('test -f "$2" && echo "{}"'))).toBe('');
    const said = compile(compiler('echo "$(basename "$2"): Warning BCP037" >&2'));
    expect(said.match(/\w[\w.-]+(?=: Warning)/g)).toEqual([
      'main.bicep',
      'delivery-reports.bicep',
      'main.bicepparam',
    ]);
    expect(compile(compiler('exit 3'))).toContain('main.bicep: the compiler ended with 3');
    expect(() => compile(join(folder, 'none'))).toThrow('cannot be run');
    // Without them the parameter file would not compile.
    const required = [
      ...read('infra/azure/main.bicepparam').matchAll(/readEnvironmentVariable\('(\w+)'\)/g),
    ].map(([, variable]) => `printenv ${variable}`);
    expect(compile(compiler(`(${required.join(' && ')}) > /dev/null`))).toBe('');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('packages whose install scripts are not named are refused, and every one has its answer', () => {
  expect(read('.npmrc').split('\n')).toContain('strict-allow-scripts=true');
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { hasInstallScript?: true; resolved?: string }>;
  };
  const scripted = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
  expect(scripted.length).toBeGreaterThan(1);
  expect(scripted.filter((name) => !(name in manifest.allowScripts))).toEqual([]);
});

test('pull requests run the README’s test command', () => {
  const { steps } = workflow('ci')['test']!;
  const [, command] = /^ {4}(npm ci && npm test)\b/m.exec(read('README.md')) ?? [];
  expect(steps.map(({ run }) => run)).toContain(command);
});

test('every script that pipelines, hooks and image run is one of package.json', () => {
  const sources = [...workflows, 'azure.yaml', 'Dockerfile'];
  const run = new Set(sources.flatMap((path) => scriptsIn(read(path))));
  expect([...run].filter((name) => !scripts.includes(name!))).toEqual([]);
  expect(run.size).toBeGreaterThan(3);
});

test('the deployment sets every variable that the parameter file reads', () => {
  const { env } = workflow('deploy')['deploy']!;
  const wanted = [
    ...readFileSync(join(azureFolder, 'main.bicepparam'), 'utf8').matchAll(
      /readEnvironmentVariable\('(\w+)'/g,
    ),
  ].map(([, name]) => name!);
  // A hook finds this one; kept nowhere in a pipeline, it must not be set to nothing either.
  expect(wanted.filter((name) => !(name in env!))).toEqual(['BUDGET_START_DATE']);
  expect(JSON.stringify(env)).not.toContain('secrets.');
});

test('azd deploys the package, with hooks that every system runs', () => {
  const { infra, services, hooks } = yaml('azure.yaml');
  expect(readBicep(`${infra.module}.bicep`).params.has('environmentName')).toBe(true);
  expect(join(repository, infra.path)).toBe(azureFolder);
  expect(services.api).toMatchObject({ host: 'function', language: 'js', dist: '.package' });
  expect(services.api.hooks).toEqual({ prepackage: { run: 'npm run package' } });
  for (const [name, hook] of Object.entries(hooks))
    // No shell is named, and nothing in it that two shells read differently: Windows runs the same.
    expect(hook).toEqual({ run: `npm run --silent azure:hook ${name}` });
  expect(Object.keys(hooks).sort()).toEqual(Object.keys(azdHooks).sort());
});

test('dependencies of all three kinds are kept up to date', () => {
  const { updates } = yaml('.github/dependabot.yml');
  expect(updates.map((one: Record<string, string>) => one['package-ecosystem']).sort()).toEqual([
    'docker',
    'github-actions',
    'npm',
  ]);
});

test('a release’s notes are the changelog’s section; a version without one is refused', () => {
  const changelog =
    '# C\n\n## Unreleased\n\n- c\n\n## [1.1.0] - 2027-01-01\n\n- b\n\n## 1.0.0\n\n- a\n\n## 0.9.0\n';
  expect(notesOf(changelog, '1.1.0')).toBe('- b\n');
  expect(notesOf(changelog, '1.0.0')).toBe('- a\n');
  expect(() => notesOf(changelog, '0.9.0')).toThrow('says nothing of 0.9.0');
  expect(() => notesOf(changelog, '1.0')).toThrow('says nothing of 1.0');
  expect(notesOf(read('CHANGELOG.md'), 'Unreleased')).toContain('### Added');
});
