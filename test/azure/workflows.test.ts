/** The pipelines: what they may do, what they run, and that azd gets every value that the Bicep reads. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { notesOf } from '../../infra/changelog.ts';
import { azureFolder, readBicep, repository } from './support/bicep-file.ts';

const read = (path: string) => readFileSync(join(repository, path), 'utf8');
function yaml(path: string) {
  const document = parseDocument(read(path));
  expect({ path, errors: document.errors }).toEqual({ path, errors: [] });
  return document.toJS();
}
const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const scripts = Object.keys(manifest.scripts);
const workflows = globSync('.github/workflows/*.yml', { cwd: repository }).sort();
type Step = { uses?: string; run?: string; with?: Record<string, unknown> };
type Job = {
  steps: Step[];
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  env?: Record<string, string>;
};
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

test.each(workflows)('%s may do little, names its actions’ versions and ends', (path) => {
  expect(yaml(path).permissions).toEqual({ contents: 'read' });
  for (const job of jobsOf(path)) {
    expect(job['timeout-minutes']).toBeGreaterThan(0);
    for (const { uses } of job.steps)
      if (uses) expect(uses).toMatch(/^[\w-]+\/[\w/-]+@v\d+(\.\d+){0,2}$/);
    const checkout = job.steps.find(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkout?.with?.['persist-credentials']).toBe(false);
    // What comes from outside goes through the environment, never into a script's text.
    for (const { run } of job.steps) expect(run ?? '').not.toContain('${{');
  }
});

test('more than reading is allowed where it is needed only', () => {
  const more = workflows.flatMap((path) =>
    jobsOf(path).flatMap(({ permissions }) =>
      Object.entries(permissions ?? {})
        .filter(([, right]) => right === 'write')
        .map(([name]) => `${path.split('/').at(-1)} ${name}`),
    ),
  );
  expect(more.sort()).toEqual([
    'codeql.yml security-events',
    'deploy.yml id-token',
    'release.yml contents',
  ]);
});

test('pull requests run the README’s test command', () => {
  const { steps } = jobsOf('.github/workflows/ci.yml')[0]!;
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
  const { env } = jobsOf('.github/workflows/deploy.yml')[0]!;
  const wanted = [
    ...readFileSync(join(azureFolder, 'main.bicepparam'), 'utf8').matchAll(
      /readEnvironmentVariable\('(\w+)'/g,
    ),
  ].map(([, name]) => name!);
  expect(wanted.filter((name) => !(name in env!))).toEqual([]);
  expect(JSON.stringify(env)).not.toContain('secrets.');
});

test('azd deploys the package, and subscribes to delivery reports after it', () => {
  const { infra, services, hooks } = yaml('azure.yaml');
  expect(readBicep(`${infra.module}.bicep`).params.has('environmentName')).toBe(true);
  expect(join(repository, infra.path)).toBe(azureFolder);
  expect(services.api).toMatchObject({ host: 'function', language: 'js', dist: '.package' });
  const { run } = hooks.postdeploy;
  const reports = readBicep('delivery-reports.bicep');
  expect(run).toContain('--template-file infra/azure/delivery-reports.bicep');
  const given = [...run.matchAll(/(\w+)="\$(\w+)"/g)] as [string, string, string][];
  const needed = [...reports.params].filter(([, { value }]) => !value).map(([name]) => name);
  expect(given.map(([, name]) => name).sort()).toEqual(needed.sort());
  const outputs = [...readBicep('main.bicep').outputs.keys()];
  for (const [, , variable] of given) expect(outputs).toContain(variable);
});

test('once the secrets are made, the app is told to look for them', () => {
  const { run } = yaml('azure.yaml').hooks.postprovision;
  expect(run).toMatch(/^npm run --silent azure:secrets && az rest --method post /);
  expect(run).toContain('/config/configreferences/appsettings/refresh?api-version=2022-03-01"');
  const outputs = [...readBicep('main.bicep').outputs.keys()];
  const used = [...run.matchAll(/\$(\w+)/g)].map(([, name]) => name!);
  expect(used.filter((name) => !outputs.includes(name))).toEqual(['AZURE_SUBSCRIPTION_ID']);
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
