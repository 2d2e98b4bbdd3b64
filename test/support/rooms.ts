/** Which room may use which (docs/decisions/0002-rooms.md): rules for dependency-cruiser. */
import type { IConfiguration } from 'dependency-cruiser';

/** The pure cores: values in, values out, no clock, no I/O. */
const pureCore = [
  'billing/(credit-offer|csv-records|csv-safety|customer|daily-file|data/[\\w-]+|decimal|eligibility)',
  'billing/(line-identity|period|physical-lines|price-list|product|rating|reconciliation|roles)',
  'billing/(stretches|usage-line|usage-source)',
  'credits/(actions|balance|decide|due|eligibility|ending-notice|events|evolve|guards|history|settle|state|terms|usage)',
  'partners/(catalogue-schema|membership)',
  'cloud-services/(decide|ending-notice|events|key-cipher|outcome|plan|plan-choice|plan-search|plan-time|product-key|state|subscription-time|views)',
];

/** Packages that are loaded at their first use, never at start. */
const heavy = [
  '@azure/(data-tables|storage-queue|communication-email|identity)',
  'jose',
  'zod-openapi',
  'email-providers',
];

const fromApp = '^(src|functions)/';

export const rooms = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Files that import each other cannot be understood one at a time.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'pure-core',
      comment: 'A pure core uses values only: other cores, and what of the platform is values.',
      severity: 'error',
      from: { path: `^src/(${pureCore.join('|')})\\.ts$` },
      to: {
        path: '^(src|functions|infra)/',
        pathNot: [
          `^src/(${pureCore.join('|')})\\.ts$`,
          '^src/platform/(calendar|ending-stages|judged-at|money|refusals|ids|identity|key-ring|names)\\.ts$',
          '^src/partners/catalogue\\.ts$',
        ],
      },
    },
    {
      name: 'platform-knows-no-feature',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^(src/(?!platform/)|functions/|infra/)' },
    },
    {
      name: 'source-knows-no-host',
      comment: 'Nothing in src or functions knows which host runs it.',
      severity: 'error',
      from: { path: fromApp },
      to: { path: '^(infra|test)/' },
    },
    {
      name: 'functions-are-outermost',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^functions/' },
    },
    {
      name: 'notices-know-no-other-feature',
      severity: 'error',
      from: { path: '^src/notices/' },
      to: { path: '^src/(?!notices/|platform/)' },
    },
    {
      name: 'heavy-packages-are-lazy',
      comment: 'Cold start: these are imported where they are first used.',
      severity: 'error',
      from: { path: fromApp },
      to: {
        path: `node_modules/(${heavy.join('|')})/`,
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-dev-dependency-in-the-app',
      severity: 'error',
      from: { path: fromApp },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: { path: fromApp },
      to: { couldNotResolve: true, pathNot: '^@azure/functions-core$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
} satisfies IConfiguration;
