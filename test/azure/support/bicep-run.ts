/**
 * Works a Bicep file out, modules included, to the list of resources that a deployment would ask for. What only Azure
 * knows (ids, host names, principals) is made up; what this cannot work out is an error, so that no check passes over it.
 */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Node } from 'web-tree-sitter';
import { keyOf, readBicep, type BicepFile, type Declared } from './bicep-file.ts';

export type Resource = {
  type: string;
  apiVersion: string;
  name: string;
  file: string;
  symbol: string;
  body: Record<string, unknown>;
};

type Instance = { resource: Resource; id: string };
type Run = {
  file: BicepFile;
  args: Map<string, unknown>;
  made: Resource[];
  known: Map<string, unknown>;
};

const guid = '00000000-0000-4000-8000-000000000000';
const clouds = {
  suffixes: { storage: 'core.windows.net' },
  authentication: { loginEndpoint: 'https://login.microsoftonline.com/' },
};

/** One GUID for one text, as Bicep makes them; not the same ones. */
function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

const functions: Record<string, (...given: never[]) => unknown> = {
  bool: (text: string) => text === 'true',
  contains: (text: string, part: string) => text.includes(part),
  concat: (...arrays: unknown[][]) => arrays.flat(),
  cidrSubnet: (prefix: string, bits: number, index: number) => `${prefix}>${bits}#${index}`,
  empty: (value: unknown) =>
    value === null || value === '' || Object.keys(value as object).length === 0,
  environment: () => clouds,
  fail: (message: string) => {
    throw new Error(message);
  },
  guid: (...parts: unknown[]) => guidOf(JSON.stringify(parts)),
  int: (text: string) => Number(text),
  join: (parts: string[], by: string) => parts.join(by),
  resourceGroup: () => ({
    id: `/subscriptions/${guid}/resourceGroups/rg`,
    location: 'northeurope',
  }),
  split: (text: string, by: string) => text.split(by),
  string: (value: unknown) => String(value),
  subscription: () => ({ id: `/subscriptions/${guid}` }),
  subscriptionResourceId: (type: string, id: string) => `${type}/${id}`,
  tenant: () => ({ tenantId: guid }),
  toLower: (text: string) => text.toLowerCase(),
  union: (...objects: object[]) => Object.assign({}, ...objects) as unknown,
  uniqueString: () => 'abcdefghijklm',
};

/** The resources that a file asks for with these parameters. @throws Error for what cannot be worked out */
export function deploy(path: string, args: Record<string, unknown>): Resource[] {
  return run(path, new Map(Object.entries(args))).made;
}

/** What a file gives back with these parameters. */
export function outputsOf(path: string, args: Record<string, unknown>): Record<string, unknown> {
  const ran = run(path, new Map(Object.entries(args)));
  return Object.fromEntries([...ran.file.outputs].map(([name, node]) => [name, value(node, ran)]));
}

function run(path: string, args: Map<string, unknown>): Run {
  const file = readBicep(path);
  const state: Run = { file, args, made: [], known: new Map() };
  for (const symbol of [...file.modules.keys(), ...file.resources.keys()]) symbolOf(symbol, state);
  return state;
}

function symbolOf(name: string, state: Run): unknown {
  if (state.known.has(name)) return state.known.get(name);
  const { file, args } = state;
  const param = file.params.get(name);
  const variable = file.vars.get(name);
  const resource = file.resources.get(name);
  const module = file.modules.get(name);
  let found: unknown;
  if (args.has(name) && param) found = args.get(name);
  else if (param?.value) found = value(param.value, state);
  else if (variable) found = value(variable, state);
  else if (resource) found = instances(resource, state, makeResource);
  else if (module) found = instances(module, state, runModule);
  else throw new Error(`${file.path}: nobody says what ${name} is`);
  state.known.set(name, found);
  return found;
}

function instances(
  declared: Declared,
  state: Run,
  make: (declared: Declared, state: Run) => unknown,
): unknown {
  const one = (within: Run) =>
    !declared.condition || value(declared.condition, within) ? make(declared, within) : undefined;
  if (!declared.loop) return one(state);
  const { over, item, index } = declared.loop;
  return (value(over, state) as unknown[]).map((element, at) => {
    const known = new Map(state.known).set(item, element);
    if (index) known.set(index, at);
    return one({ ...state, known });
  });
}

function makeResource(declared: Declared, state: Run): Instance {
  const [type = '', apiVersion = ''] = declared.what.split('@');
  const body = value(declared.body, state) as Record<string, unknown>;
  const name = String(body['name']);
  const resource: Resource = {
    type,
    apiVersion,
    name,
    file: state.file.path,
    symbol: declared.symbol,
    body,
  };
  if (!declared.existing) state.made.push(resource);
  return { resource, id: `/${type}/${name}` };
}

function runModule(declared: Declared, state: Run): Run {
  const path = join(dirname(state.file.path), declared.what);
  const body = value(declared.body, state) as { params?: Record<string, unknown> };
  const ran = run(path, new Map(Object.entries(body.params ?? {})));
  state.made.push(...ran.made);
  return ran;
}

function value(node: Node, state: Run): unknown {
  const [first, second, third] = node.namedChildren as [Node, Node, Node];
  const of = (child: Node) => value(child, state);
  switch (node.type) {
    case 'string':
      return textOf(node, state);
    case 'number':
      return Number(node.text);
    case 'boolean':
      return node.text === 'true';
    case 'null':
      return null;
    case 'identifier':
      return symbolOf(node.text, state);
    case 'parenthesized_expression':
    case 'interpolation':
      return of(first);
    case 'unary_expression':
      return !of(first);
    case 'ternary_expression':
      return of(first) ? of(second) : of(third);
    case 'binary_expression':
      return binary(node, of);
    case 'array':
      return node.namedChildren.filter(({ type }) => type !== 'comment').map(of);
    case 'object':
      return Object.fromEntries(
        node.namedChildren
          .filter(({ type }) => type === 'object_property')
          .map((property) => [
            property.child(0)?.type === 'string'
              ? textOf(property.child(0)!, state)
              : keyOf(property),
            of(property.namedChildren.at(-1)!),
          ]),
      );
    case 'for_statement':
      return each(node, state);
    case 'subscript_expression':
      return member(of(first), String(of(second)), node);
    case 'member_expression':
      return member(of(first), second.text, node);
    case 'call_expression': {
      const work = functions[first.text];
      if (!work) throw new Error(`${state.file.path}: ${first.text}() is not known here`);
      return work(...(second.namedChildren.map(of) as never[]));
    }
    default:
      throw new Error(`${state.file.path}: cannot work out ${node.type} ${node.text.slice(0, 60)}`);
  }
}

/** An array made by a loop over another one. */
function each(node: Node, state: Run): unknown[] {
  const [item, over] = node.namedChildren as [Node, Node];
  const body = node.namedChildren.at(-1)!;
  return (value(over, state) as unknown[]).map((element) => {
    const known = new Map(state.known).set(item.text, element);
    return value(body, { ...state, known });
  });
}

function textOf(node: Node, state: Run): string {
  return node.namedChildren
    .map((part) => {
      if (part.type === 'interpolation') return String(value(part, state));
      if (part.type === 'escape_sequence')
        return part.text.replace(/^\\n/, '\n').replace(/^\\/, '');
      return part.text;
    })
    .join('');
}

function binary(node: Node, of: (child: Node) => unknown): unknown {
  const [left, right] = node.namedChildren as [Node, Node];
  const operator = node.children[1]?.text;
  if (operator === '&&') return Boolean(of(left)) && Boolean(of(right));
  if (operator === '||') return Boolean(of(left)) || Boolean(of(right));
  if (operator === '==') return of(left) === of(right);
  if (operator === '!=') return of(left) !== of(right);
  if (operator === '>') return Number(of(left)) > Number(of(right));
  throw new Error(`Operator ${operator} is not known here`);
}

/** A property of a value; of a resource or a module what Azure would give, as far as its kind matters. */
function member(object: unknown, name: string, node: Node): unknown {
  const unknown = () => new Error(`Cannot work out ${node.text}`);
  if (object === null || typeof object !== 'object') throw unknown();
  if ('made' in object && name === 'outputs') return { outputsOf: object };
  if ('outputsOf' in object) {
    const ran = object.outputsOf as Run;
    const found = ran.file.outputs.get(name);
    if (!found) throw new Error(`${ran.file.path} has no output ${name}`);
    return value(found, ran);
  }
  if ('resource' in object) {
    const { resource, id } = object as Instance;
    if (name === 'id') return id;
    if (name === 'name') return resource.name;
    if (name === 'properties') return madeUp(resource.type);
    if (name === 'identity') return { principalId: guid };
    throw unknown();
  }
  if (!(name in object)) throw unknown();
  return (object as Record<string, unknown>)[name];
}

/** What Azure sets of a resource that others here ask for. */
function madeUp(type: string): Record<string, unknown> {
  const known: Record<string, Record<string, unknown>> = {
    'Microsoft.ManagedIdentity/userAssignedIdentities': { clientId: guid, principalId: guid },
    'Microsoft.Storage/storageAccounts': {
      primaryEndpoints: { blob: 'https://stabcdefghijklm.blob.core.windows.net/' },
    },
    'Microsoft.Insights/components': { ConnectionString: `InstrumentationKey=${guid}` },
    'Microsoft.Web/sites': { defaultHostName: 'func-abcdefghijklm.azurewebsites.net' },
    'Microsoft.Communication/communicationServices': {
      hostName: 'acs-abcdefghijklm.europe.communication.azure.com',
    },
    'Microsoft.Communication/emailServices/domains': {
      fromSenderDomain: `${guid}.azurecomm.net`,
    },
    'Microsoft.Network/virtualNetworks': { subnets: [{ id: 'subnet/app' }, { id: 'subnet/pe' }] },
  };
  const found = known[type];
  if (!found) throw new Error(`Nobody says what Azure gives of a ${type}`);
  return found;
}
