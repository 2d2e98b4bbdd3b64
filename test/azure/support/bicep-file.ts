/** Bicep files as their syntax says: parsed by tree-sitter, since no Bicep compiler comes as a package. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { Language, Parser, type Node } from 'web-tree-sitter';

const require = createRequire(import.meta.url);

export const repository = resolve(import.meta.dirname, '../../..');
export const azureFolder = join(repository, 'infra/azure');

export type Declared = {
  symbol: string;
  /** A resource's type and API version, a module's path. */
  what: string;
  existing: boolean;
  loop: { item: string; index: string | undefined; over: Node } | undefined;
  condition: Node | undefined;
  body: Node;
};

export type BicepFile = {
  path: string;
  root: Node;
  /** `value` is the default. */
  params: Map<string, { value: Node | undefined; described: boolean; node: Node }>;
  vars: Map<string, Node>;
  resources: Map<string, Declared>;
  modules: Map<string, Declared>;
  outputs: Map<string, Node>;
};

await Parser.init();
const parser = new Parser();
parser.setLanguage(
  await Language.load(require.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm')),
);

/** Parses text. @throws Error never: what is wrong with it stands in the tree. */
export function parseBicep(text: string): Node {
  const tree = parser.parse(text);
  if (!tree) throw new Error('Nothing was parsed');
  return tree.rootNode;
}

/** Line numbers and texts of everything that is no Bicep. */
export function syntaxErrors(root: Node): string[] {
  const found: string[] = [];
  const visit = (node: Node) => {
    if (node.isError || node.isMissing)
      found.push(`line ${node.startPosition.row + 1}: ${node.type} ${node.text.slice(0, 60)}`);
    for (const child of node.children) visit(child);
  };
  visit(root);
  return found;
}

/** Every node of the kinds asked for, in the order of the text. */
export function nodesOf(root: Node, ...types: string[]): Node[] {
  return root.descendantsOfType(types);
}

/** What an object's property is called: an identifier or a string without `${}`. */
export function keyOf(property: Node): string {
  const key = property.child(0);
  if (!key) throw new Error('A property without a name');
  return key.type === 'string' ? key.text.slice(1, -1) : key.text;
}

/** The value of an object's property, if it is there. */
export function propertyOf(object: Node, name: string): Node | undefined {
  const property = object.namedChildren.find(
    (child) => child.type === 'object_property' && keyOf(child) === name,
  );
  return property?.namedChildren.at(-1);
}

function declared(node: Node): Declared {
  const [symbol, what] = node.namedChildren;
  const value = node.namedChildren.at(-1);
  if (!symbol || !what || !value) throw new Error(`Cannot be read: ${node.text.slice(0, 80)}`);
  let body = value;
  let loop: Declared['loop'];
  if (body.type === 'for_statement') {
    const [names, over] = body.namedChildren;
    const inner = body.namedChildren.at(-1);
    if (!names || !over || !inner) throw new Error(`Cannot be read: ${body.text.slice(0, 80)}`);
    const [item, index] = names.type === 'identifier' ? [names] : names.namedChildren;
    loop = { item: item?.text ?? '', index: index?.text, over };
    body = inner;
  }
  let condition: Node | undefined;
  if (body.type === 'if_statement') {
    condition = body.namedChildren[0];
    body = body.namedChildren.at(-1) ?? body;
  }
  return {
    symbol: symbol.text,
    what: what.text.slice(1, -1),
    existing: node.children.some((child) => child.type === 'existing'),
    loop,
    condition,
    body,
  };
}

/** Reads a Bicep file; the path is relative to `infra/azure`. */
export function readBicep(path: string): BicepFile {
  const root = parseBicep(readFileSync(join(azureFolder, path), 'utf8'));
  const file: BicepFile = {
    path,
    root,
    params: new Map(),
    vars: new Map(),
    resources: new Map(),
    modules: new Map(),
    outputs: new Map(),
  };
  let decorators: Node | undefined;
  for (const node of root.namedChildren) {
    const name = node.namedChildren[0]?.text ?? '';
    const value = node.namedChildren.at(-1);
    if (node.type === 'parameter_declaration') {
      const hasDefault = node.children.some((child) => child.type === '=');
      const described = /@description\('.+'\)/.test(decorators?.text ?? '');
      file.params.set(name, { value: hasDefault ? value : undefined, described, node });
    } else if (node.type === 'variable_declaration' && value) file.vars.set(name, value);
    else if (node.type === 'output_declaration' && value) file.outputs.set(name, value);
    else if (node.type === 'resource_declaration') file.resources.set(name, declared(node));
    else if (node.type === 'module_declaration') file.modules.set(name, declared(node));
    decorators = node.type === 'decorators' ? node : undefined;
  }
  return file;
}
