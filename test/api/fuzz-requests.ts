/** Requests for the fuzz: right ones by the OpenAPI document, then wrong in up to three ways. */
import fc from 'fast-check';
import { mutation, type Mutation } from './fuzz-mutations.ts';
import { valid, type Resolve, type Schema } from './fuzz-values.ts';

export type Parameter = { name: string; in: string; required?: boolean; schema: Schema };

export type Operation = {
  operationId: string;
  method: string;
  path: string;
  parameters: Parameter[];
  body: Schema | undefined;
};

export type FuzzRequest = {
  operation: Operation;
  /** As it goes over the wire. */
  pathAndQuery: string;
  /** Whether the path still is one of the operation's: else the host may answer before the app does. */
  pathStands: boolean;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
  token: string;
};

type Plan = {
  operation: Operation;
  path: Record<string, string>;
  query: Record<string, string>;
  headers: Record<string, string | undefined>;
  body: unknown;
  mutations: readonly Mutation[];
  token: string;
};

/** Puts in what `@@name:n@@` stands for. */
export type Fill = (text: string) => string;

/** Requests to any of the operations, to be filled in; one in four is not made wrong. */
export function requests(
  operations: readonly Operation[],
  resolve: Resolve,
): fc.Arbitrary<(fill: Fill) => FuzzRequest> {
  const fields = (operation: Operation, place: string) => {
    const parameters = operation.parameters.filter(
      ({ name, in: where }) => where === place && name !== 'api-version',
    );
    const model = parameters.map(
      ({ name, schema }) => [name, valid(schema, resolve, name).map(String)] as const,
    );
    const requiredKeys = parameters.filter(({ required }) => required).map(({ name }) => name);
    return fc.record(Object.fromEntries(model), { requiredKeys });
  };
  const plan = (operation: Operation): fc.Arbitrary<Plan> => {
    const conditions = operation.parameters.filter(({ name }) => /^If-/.test(name));
    const tag = fc.constantFrom('"1"', '"2"', '"3"', '*');
    return fc.record({
      operation: fc.constant(operation),
      path: fields(operation, 'path'),
      query: fields(operation, 'query'),
      headers: fc.record(Object.fromEntries(conditions.map(({ name }) => [name, tag] as const)), {
        requiredKeys: [],
      }),
      body: bodyOf(operation, resolve),
      mutations: fc.oneof(
        { arbitrary: fc.constant<Mutation[]>([]), weight: 2 },
        { arbitrary: fc.array(mutation, { minLength: 1, maxLength: 3 }), weight: 6 },
      ),
      token: fc.nat(7).map((n) => `@@goodToken:${n}@@`),
    });
  };
  return fc
    .constantFrom(...operations)
    .chain(plan)
    .map((planned) => (fill) => assemble(planned, fill));
}

/** Bodies that keep rules which a schema does not tell: fields that go together, and others that don't. */
const rightBodies: Partial<Record<string, readonly unknown[]>> = {
  assignCredit: [
    { userId: '@@userId:0@@' },
    { userId: '@@userId:1@@' },
    { userId: '@@userId:2@@' },
    { newUser: { email: '@@email:6@@', displayName: 'New' } },
  ],
  awardBenefit: [
    {
      membershipId: '@@membershipId:0@@',
      kind: 'azure-bulk',
      amount: { amount: '@@amount:1@@', currency: 'USD' },
    },
    { membershipId: '@@membershipId:1@@', productId: '@@productId:0@@', licenses: 5 },
  ],
  putPartner: [{ displayName: 'Contoso', domains: ['@@domains:0@@'] }],
};

function bodyOf({ operationId, body }: Operation, resolve: Resolve): fc.Arbitrary<unknown> {
  if (!body) return fc.constant(undefined);
  const right = rightBodies[operationId];
  return right ? fc.oneof(valid(body, resolve), fc.constantFrom(...right)) : valid(body, resolve);
}

function assemble(plan: Plan, fill: Fill): FuzzRequest {
  const { operation, mutations } = plan;
  const path = Object.entries(plan.path).map(
    ([name, value]) => [name, encode(fill(value))] as const,
  );
  let query = Object.entries(plan.query).map(([name, value]) => [name, fill(value)] as const);
  const segments = new Map(path);
  const extraQuery: string[] = [];
  const headers = { ...plan.headers };
  let { body, token } = plan;
  let raw: string | Uint8Array | undefined;
  let named = true;
  for (const change of mutations) {
    const names = [...segments.keys()];
    switch (change.kind) {
      case 'body':
        body = change.change(body);
        break;
      case 'raw':
        raw = change.body;
        break;
      case 'headers':
        Object.assign(headers, change.headers);
        break;
      case 'token':
        token = change.token;
        break;
      case 'path':
        if (names.length > 0)
          segments.set(names[change.pick % names.length]!, fill(change.segment));
        break;
      case 'query':
        extraQuery.push(change.part);
        break;
      case 'value':
        query = query.map(([name, value], index) =>
          index === change.pick % query.length ? [name, change.text] : [name, value],
        );
        break;
      case 'drop-version':
        named = false;
        break;
    }
  }
  const text = raw ?? (body === undefined ? undefined : fill(JSON.stringify(body)));
  if (text !== undefined) headers['content-type'] ??= 'application/json';
  const asked = [
    ...(named ? ['api-version=2026-12-01'] : []),
    ...query.map(([name, value]) => `${encode(name)}=${encode(value)}`),
    ...extraQuery,
  ].join('&');
  const at = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => segments.get(name) ?? '');
  return {
    operation,
    pathAndQuery: `${at}?${asked}`,
    pathStands: [...segments.values()].every((segment) => /^[\w-][\w.-]*$/.test(segment)),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value = '']) => [name, fill(value)]),
    ),
    body: text,
    token: fill(token),
  };
}

/** Cut, for a host refuses an address of many kilobytes before the app sees it. */
const encode = (text: string) => encodeURIComponent(text.slice(0, 700).toWellFormed());
