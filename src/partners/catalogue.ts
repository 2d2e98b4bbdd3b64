/** The catalogue (PR-03): which membership awards what, under which offer, with which steps. Data, not code. */
import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { formatMoney, type Money } from '../platform/money.ts';
import type { Runtime } from '../platform/runtime.ts';
import builtIn from './catalogue.json' with { type: 'json' };
import {
  catalogueSchema,
  creditKinds,
  maxBenefitsPerMembership,
  maxMonthlyCreditsPerTerm,
} from './catalogue-schema.ts';
import type {
  Catalogue,
  CatalogueOffer,
  CatalogueProduct,
  CreditKind,
  MembershipType,
} from './catalogue-schema.ts';

type Problem = { path: PropertyKey[]; message: string };

/**
 * Reads and validates the catalogue: the built-in one, or the JSON file at `path` (setting CATALOGUE_FILE).
 * Throws an Error fit to be shown to the operator when the file cannot be read, is no JSON, or is broken.
 * To be called once at start-up.
 */
export async function loadCatalogue(path?: string): Promise<Catalogue> {
  if (path === undefined) return parseCatalogue(builtIn, 'src/partners/catalogue.json');
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`The catalogue ${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (cause) {
    throw new Error(`The catalogue ${path} is not JSON: ${reasonOf(cause)}`, { cause });
  }
  return parseCatalogue(json, path);
}

const loaded = new Map<string | undefined, Promise<Catalogue>>();

/** This process's catalogue, read and validated once. @throws as `loadCatalogue` */
export function catalogueOf(runtime: Pick<Runtime, 'config'>): Promise<Catalogue> {
  const path = runtime.config.catalogueFile;
  let catalogue = loaded.get(path);
  if (!catalogue) loaded.set(path, (catalogue = loadCatalogue(path)));
  return catalogue;
}

/**
 * Validates a catalogue. Throws an Error naming `file` and, for every problem at once, its JSON path and the
 * reason, so that an operator corrects the file in one go.
 */
export function parseCatalogue(json: unknown, file: string): Catalogue {
  const schema = catalogueSchema(new Set(valuesOf(json, 'products', 'id')));
  // For values that are read once, compiling a faster parser would only make the start slower.
  const result = schema.safeParse(json, { jitless: true });
  const problems = [
    ...(result.success ? [] : result.error.issues.flatMap(problemsOf)),
    ...duplicates(json, 'offers', 'kind'),
    ...duplicates(json, 'products', 'id'),
    ...duplicates(json, 'membershipTypes', 'id'),
    ...missingOffers(json),
    ...unusableReplacements(json),
    ...oversizedSets(json),
  ];
  if (result.success && problems.length === 0) return result.data;
  const lines = problems.map(({ path, message }) => `  ${jsonPath(path)}: ${message}`);
  const count = lines.length === 1 ? '1 problem' : `${String(lines.length)} problems`;
  throw new Error(`The catalogue ${file} is broken (${count}):\n${lines.join('\n')}`);
}

/** The membership type of that id, or undefined where the catalogue has none. */
export function membershipTypeOf(catalogue: Catalogue, id: string): MembershipType | undefined {
  return catalogue.membershipTypes.find((type) => type.id === id);
}

/** The product of that id, or undefined: a benefit can outlive its product's entry in the catalogue. */
export function productOf(catalogue: Catalogue, id: string): CatalogueProduct | undefined {
  return catalogue.products.find((product) => product.id === id);
}

/**
 * The offer of a credit kind: name, link (CR-09), `adminSteps` for the benefit's walkthrough (CR-02) and
 * `holderSteps` for the assigned user's mail and page. A valid catalogue has one for each kind.
 */
export function offerOf(catalogue: Catalogue, kind: CreditKind): CatalogueOffer {
  const found = catalogue.offers.find((offer) => offer.kind === kind);
  if (found === undefined) throw new Error(`The catalogue has no offer of kind ${kind}`);
  return found;
}

/**
 * The walkthrough of a product benefit. A discontinued product's begins with what takes its place. Empty for
 * a product that the catalogue no longer has.
 */
export function productWalkthrough(catalogue: Catalogue, productId: string): string[] {
  const product = productOf(catalogue, productId);
  if (product === undefined) return [];
  if (product.discontinued === undefined) return [...product.walkthrough];
  const replacements = product.discontinued.replacements.map(
    (id) => `${productOf(catalogue, id)?.name ?? id} (${id})`,
  );
  return [
    `${product.name} is discontinued. Plan its replacement by ${replacements.join(' or ')}.`,
    ...product.walkthrough,
  ];
}

/** A benefit of a membership type as `GET /api/catalogue` shows it. */
type BenefitView = { kind: CreditKind; amount: Money } | { productId: string; licenses: number };

/** The catalogue as `GET /api/catalogue` shows it, amounts as wire money. */
export type CatalogueView = {
  membershipTypes: (Omit<MembershipType, 'benefits'> & { benefits: BenefitView[] })[];
  products: CatalogueProduct[];
  offers: CatalogueOffer[];
};

/** Builds the operator's view of the catalogue. */
export function catalogueView({ membershipTypes, products, offers }: Catalogue): CatalogueView {
  return {
    membershipTypes: membershipTypes.map((type) => ({
      ...type,
      benefits: type.benefits.map((benefit) =>
        'kind' in benefit
          ? {
              kind: benefit.kind,
              amount: formatMoney(benefit.amount.cents, benefit.amount.currency),
            }
          : benefit,
      ),
    })),
    products,
    offers,
  };
}

/** A benefit fits one of two shapes; the mistakes shown are those against the shape it comes closest to. */
function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== 'invalid_union') return [issue];
  const closest = issue.errors.toSorted((one, other) => one.length - other.length)[0] ?? [];
  if (closest.length === 0) return [issue];
  return closest
    .flatMap(problemsOf)
    .map(({ path, message }) => ({ path: [...issue.path, ...path], message }));
}

// The checks below look at the raw file, so that they speak even where its shape is broken elsewhere.

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The entries of a list that is a property of `value`; none if there is no such list. */
function listOf(value: unknown, name: string): unknown[] {
  const list = isRecord(value) ? value[name] : undefined;
  return Array.isArray(list) ? list : [];
}

function valuesOf(json: unknown, list: string, key: string): unknown[] {
  return listOf(json, list).map((entry) => (isRecord(entry) ? entry[key] : undefined));
}

function duplicates(json: unknown, list: string, key: string): Problem[] {
  const values = valuesOf(json, list, key);
  return values.flatMap((value, index) => {
    const first = values.indexOf(value);
    if (typeof value !== 'string' || first === index) return [];
    const message = `duplicate "${value}": ${jsonPath([list, first, key])} is the same`;
    return [{ path: [list, index, key], message }];
  });
}

function missingOffers(json: unknown): Problem[] {
  const present = valuesOf(json, 'offers', 'kind');
  return creditKinds
    .filter((kind) => !present.includes(kind))
    .map((kind) => ({ path: ['offers'], message: `no offer for the credit kind "${kind}"` }));
}

function unusableReplacements(json: unknown): Problem[] {
  const products = listOf(json, 'products').filter(isRecord);
  const discontinued = new Set(
    products.filter((product) => product.discontinued !== undefined).map((product) => product.id),
  );
  return listOf(json, 'products').flatMap((product, index) =>
    listOf(isRecord(product) ? product.discontinued : undefined, 'replacements').flatMap(
      (id, position) =>
        discontinued.has(id)
          ? [
              {
                path: ['products', index, 'discontinued', 'replacements', position],
                message: `"${String(id)}" is discontinued itself and replaces nothing`,
              },
            ]
          : [],
    ),
  );
}

function oversizedSets(json: unknown): Problem[] {
  return listOf(json, 'membershipTypes').flatMap((type, index) => {
    const path = ['membershipTypes', index, 'benefits'];
    const benefits = listOf(type, 'benefits');
    const monthly = benefits.filter(
      (benefit) => isRecord(benefit) && benefit.kind === 'azure-monthly',
    );
    return [
      ...tooMany(path, benefits.length, maxBenefitsPerMembership, 'benefits'),
      ...tooMany(path, monthly.length, maxMonthlyCreditsPerTerm, 'monthly credits'),
    ];
  });
}

function tooMany(path: PropertyKey[], count: number, most: number, of: string): Problem[] {
  if (count <= most) return [];
  return [{ path, message: `${count} ${of}, but a membership holds at most ${most}` }];
}

/** A path as people write it: `$.products[2].id`. */
function jsonPath(path: PropertyKey[]): string {
  const parts = path.map((part) =>
    typeof part === 'number' ? `[${String(part)}]` : `.${String(part)}`,
  );
  return `$${parts.join('')}`;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
