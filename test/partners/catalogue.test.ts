import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import builtIn from '../../src/partners/catalogue.json' with { type: 'json' };
import {
  catalogueView,
  loadCatalogue,
  membershipTypeOf,
  offerOf,
  parseCatalogue,
  productOf,
  productWalkthrough,
} from '../../src/partners/catalogue.ts';
import { creditKinds } from '../../src/partners/catalogue-schema.ts';

/** The built-in catalogue after a change that breaks it. */
function broken(change: (json: typeof builtIn) => unknown): unknown {
  const json = structuredClone(builtIn);
  change(json);
  return json;
}

/** The lines of the error that a catalogue is refused with. */
function refusalOf(json: unknown): string[] {
  try {
    parseCatalogue(json, 'my/catalogue.json');
  } catch (error) {
    return (error as Error).message.split('\n');
  }
  throw new Error('The catalogue was taken');
}

test('PR-03 the built-in catalogue holds the promised membership types and their benefits', async () => {
  const view = catalogueView(await loadCatalogue());
  const usd = (kind: string, amount: string) => ({ kind, amount: { amount, currency: 'USD' } });
  const kind = (name: string) => expect.objectContaining({ kind: name }) as unknown;
  const product = (productId: string, licenses: number) => ({ productId, licenses });
  const promised: Record<string, unknown[]> = {
    'action-pack': [usd('azure-monthly', '100.00'), product('microsoft-365-business-premium', 5)],
    launch: [usd('azure-bulk', '700.00')],
    'success-core': [usd('azure-bulk', '2400.00'), product('microsoft-365-e3', 15)],
    'success-expanded': [usd('azure-bulk', '5000.00'), kind('github-copilot-enterprise')],
    'solutions-partner-modern-work': [
      usd('azure-bulk', '4000.00'),
      product('microsoft-365-e5', 100),
      product('power-bi-pro', 100),
    ],
    'solutions-partner-security': [usd('azure-bulk', '10000.00'), kind('copilot-for-security')],
    'solutions-partner-infrastructure': [
      usd('azure-bulk', '10000.00'),
      kind('github-enterprise-metered'),
    ],
    'legacy-silver': [usd('azure-monthly', '100.00'), product('office-365-e3', 25)],
    'legacy-gold': [usd('azure-monthly', '100.00'), product('office-365-e3', 25)],
  };
  for (const [id, benefits] of Object.entries(promised)) {
    const type = view.membershipTypes.find((each) => each.id === id);
    expect(type?.benefits, id).toEqual(expect.arrayContaining(benefits));
  }
  expect(view.products.map(({ id }) => id)).toEqual(
    expect.arrayContaining([
      'dynamics-365-sales',
      'microsoft-intune',
      'enterprise-mobility-security',
      'windows-enterprise',
    ]),
  );
  expect(view).toEqual(JSON.parse(JSON.stringify(view)));
});

test('CR-09 every kind has an https offer, and its steps ask for a new subscription and for moving', async () => {
  const catalogue = await loadCatalogue();
  expect(offerOf(catalogue, 'azure-monthly').offerUrl).toContain('MS-AZR-0025P');
  expect(offerOf(catalogue, 'azure-bulk').offerUrl).toContain('MS-AZR-0036P');
  for (const kind of creditKinds) {
    const { offerUrl, adminSteps, holderSteps } = offerOf(catalogue, kind);
    expect(offerUrl).toMatch(/^https:\/\//);
    expect(adminSteps.join(' ')).toMatch(/Assign it to one user/);
    expect(holderSteps.join(' ')).toMatch(/new Azure subscription/);
    expect(holderSteps.join(' ')).toMatch(/Move the resources/);
  }
});

test('KEY-01 the walkthrough of a discontinued product names its replacements', async () => {
  const catalogue = await loadCatalogue();
  const steps = productWalkthrough(catalogue, 'office-365-e3').join(' ');
  expect(steps).toContain('microsoft-365-e3');
  expect(steps).toContain('microsoft-365-e5');
  expect(productWalkthrough(catalogue, 'power-bi-pro').join(' ')).not.toContain('discontinued');
  expect(productWalkthrough(catalogue, 'withdrawn')).toEqual([]);
  expect(productOf(catalogue, 'withdrawn')).toBeUndefined();
  expect(membershipTypeOf(catalogue, 'withdrawn')).toBeUndefined();
});

test.each<[string, string, (json: typeof builtIn) => unknown]>([
  [
    'an unknown product',
    '$.membershipTypes[0].benefits[1].productId: unknown product "visio": no product has this id',
    (json) => Object.assign(json.membershipTypes[0]?.benefits[1] ?? {}, { productId: 'visio' }),
  ],
  [
    'an unknown replacement',
    '$.products[3].discontinued.replacements[0]: unknown product "visio": no product has this id',
    (json) => json.products[3]?.discontinued?.replacements.splice(0, 1, 'visio'),
  ],
  [
    'a replacement that is discontinued itself',
    '$.products[3].discontinued.replacements[0]: "office-365-e3" is discontinued itself and replaces nothing',
    (json) => json.products[3]?.discontinued?.replacements.splice(0, 1, 'office-365-e3'),
  ],
  [
    'a duplicate membership type',
    '$.membershipTypes[1].id: duplicate "action-pack": $.membershipTypes[0].id is the same',
    (json) => Object.assign(json.membershipTypes[1] ?? {}, { id: 'action-pack' }),
  ],
  [
    'a duplicate product',
    '$.products[9].id: duplicate "power-bi-pro": $.products[4].id is the same',
    (json) => json.products.push({ id: 'power-bi-pro', name: 'Again', walkthrough: ['Go.'] }),
  ],
  [
    'a missing offer',
    '$.offers: no offer for the credit kind "azure-monthly"',
    (json) => json.offers.splice(0, 1),
  ],
  [
    'an amount with too many digits',
    '$.membershipTypes[0].benefits[0].amount.amount: "100.005" is not an amount above zero with at most 2 decimal digits, as USD has',
    (json) =>
      Object.assign(json.membershipTypes[0]?.benefits[0] ?? {}, {
        amount: { amount: '100.005', currency: 'USD' },
      }),
  ],
  [
    'an amount of zero',
    '$.membershipTypes[0].benefits[0].amount.amount: "0" is not an amount above zero with at most 0 decimal digits, as JPY has',
    (json) =>
      Object.assign(json.membershipTypes[0]?.benefits[0] ?? {}, {
        amount: { amount: '0', currency: 'JPY' },
      }),
  ],
  [
    'an unknown currency',
    '$.membershipTypes[0].benefits[0].amount.currency: "usd" is not an ISO 4217 currency code in capitals',
    (json) =>
      Object.assign(json.membershipTypes[0]?.benefits[0] ?? {}, {
        amount: { amount: '100.00', currency: 'usd' },
      }),
  ],
  [
    'a set that is too big',
    '$.membershipTypes[0].benefits: 31 benefits, but a membership holds at most 30',
    (json) =>
      Object.assign(json.membershipTypes[0] ?? {}, {
        benefits: Array.from({ length: 31 }, () => ({ productId: 'power-bi-pro', licenses: 1 })),
      }),
  ],
  [
    'an empty set',
    '$.membershipTypes[0].benefits: empty: a membership awards at least one benefit',
    (json) => Object.assign(json.membershipTypes[0] ?? {}, { benefits: [] }),
  ],
  [
    'an offer link without https',
    '$.offers[0].offerUrl: "http://signup.azure.com" is not a plain https:// address',
    (json) => Object.assign(json.offers[0] ?? {}, { offerUrl: 'http://signup.azure.com' }),
  ],
  [
    'a script for an offer link',
    '$.offers[0].offerUrl: "javascript:alert(1)" is not a plain https:// address',
    (json) => Object.assign(json.offers[0] ?? {}, { offerUrl: 'javascript:alert(1)' }),
  ],
  [
    'no steps',
    '$.offers[1].holderSteps: empty: give at least one step',
    (json) => Object.assign(json.offers[1] ?? {}, { holderSteps: [] }),
  ],
  [
    'a blank step',
    '$.products[0].walkthrough[1]: empty: say something',
    (json) => json.products[0]?.walkthrough.splice(1, 1, ' '),
  ],
  [
    'a field that does not exist',
    '$.products[0]: Unrecognized key: "licences"',
    (json) => Object.assign(json.products[0] ?? {}, { licences: 5 }),
  ],
  [
    'licences below one',
    '$.membershipTypes[0].benefits[1].licenses: must be at least 1',
    (json) => Object.assign(json.membershipTypes[0]?.benefits[1] ?? {}, { licenses: 0 }),
  ],
  [
    'licences that are no number',
    '$.membershipTypes[0].benefits[1].licenses: Invalid input: expected number, received string',
    (json) => Object.assign(json.membershipTypes[0]?.benefits[1] ?? {}, { licenses: '5' }),
  ],
  [
    'a credit of an unknown kind',
    '$.membershipTypes[0].benefits[0].kind: Invalid option: expected one of "azure-monthly"|"azure-bulk"|"copilot-for-security"|"github-copilot-enterprise"|"github-enterprise-metered"',
    (json) => Object.assign(json.membershipTypes[0]?.benefits[0] ?? {}, { kind: 'azure-daily' }),
  ],
  [
    'an id with capitals',
    '$.membershipTypes[0].id: not an id: lower-case words joined by hyphens',
    (json) => Object.assign(json.membershipTypes[0] ?? {}, { id: 'Action Pack' }),
  ],
])('PR-03 a catalogue with %s is refused, naming file, path and reason', (_, line, change) => {
  expect(refusalOf(broken(change))).toEqual([
    'The catalogue my/catalogue.json is broken (1 problem):',
    `  ${line}`,
  ]);
});

test('PR-03 all mistakes are told at once, whatever else is broken', () => {
  const lines = refusalOf(
    broken((json) => {
      Object.assign(json.products[0] ?? {}, { name: 7 });
      Object.assign(json.products[1] ?? {}, { id: 'power-bi-pro' });
      Object.assign(json.offers[0] ?? {}, { kind: 'azure-daily' });
      Object.assign(json.membershipTypes[0]?.benefits[1] ?? {}, { productId: 'visio' });
    }),
  );
  expect(lines[0]).toBe('The catalogue my/catalogue.json is broken (7 problems):');
  const text = lines.join('\n');
  expect(text).toContain('$.products[0].name: ');
  expect(text).toContain('$.products[4].id: duplicate "power-bi-pro"');
  expect(text).toContain('$.offers[0].kind: ');
  expect(text).toContain('$.offers: no offer for the credit kind "azure-monthly"');
  expect(text).toContain('unknown product "visio"');
  expect(text).toContain('unknown product "microsoft-365-e3"');
});

test.each(
  [null, [], 'text', 7, {}, { offers: 1, products: [null], membershipTypes: [[]] }].map((json) => ({
    json,
  })),
)('PR-03 what is no catalogue at all is refused in words: $json', ({ json }) => {
  expect(refusalOf(json)[0]).toMatch(/^The catalogue my\/catalogue\.json is broken \(\d+ problem/);
});

test('PR-03 a catalogue file replaces the built-in one; one that cannot be read is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'catalogue-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'own.json');
  await expect(loadCatalogue(file)).rejects.toThrow(`The catalogue ${file} cannot be read: ENOENT`);
  await writeFile(file, '{"offers": [');
  await expect(loadCatalogue(file)).rejects.toThrow(`The catalogue ${file} is not JSON: `);
  await writeFile(file, JSON.stringify({ ...builtIn, membershipTypes: [] }));
  expect((await loadCatalogue(file)).membershipTypes).toEqual([]);
});
