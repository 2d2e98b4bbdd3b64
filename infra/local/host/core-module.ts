import * as module from 'node:module';
import type {
  FunctionMetadata,
  Handler,
  HookCallback,
  HookContext,
  HookName,
  LogLevel,
  ProgrammingModel,
  RegisteredFunction,
} from './core-types.ts';

const hookNames: readonly HookName[] = [
  'appStart',
  'appTerminate',
  'preInvocation',
  'postInvocation',
  'log',
];

/** What the app has told the host by way of the `@azure/functions` library. */
export type Registry = {
  functions: Map<string, RegisteredFunction>;
  model(): ProgrammingModel | undefined;
  /** Runs the hooks of one name in the order of their registration, one after the other. */
  runHooks(name: HookName, context: HookContext): Promise<void>;
  /** From here on registering a function throws: the real host reads the list once. */
  close(): void;
};

/**
 * Makes `require('@azure/functions-core')` resolve to this host, in this process, and returns what the
 * library registers there. Call once, before the app is imported.
 */
export function provideFunctionsCore(
  log: (level: LogLevel, category: string, message: string) => void,
): Registry {
  const functions = new Map<string, RegisteredFunction>();
  const hooks = new Map<HookName, HookCallback[]>(hookNames.map((name) => [name, []]));
  let model: ProgrammingModel | undefined;
  let closed = false;

  class Disposable {
    readonly #dispose: () => void;
    constructor(dispose: () => void) {
      this.#dispose = dispose;
    }
    dispose(): void {
      this.#dispose();
    }
  }

  const core = {
    version: '3.99.0',
    hostVersion: '4.1000.0',
    Disposable,
    registerFunction(metadata: FunctionMetadata, handler: Handler) {
      if (closed) {
        throw new Error(
          `Function "${metadata.name}" is registered too late: start-up is over. Register it while the app is imported.`,
        );
      }
      if (functions.has(metadata.name.toLowerCase())) {
        throw new Error(`Two functions are named "${metadata.name}".`);
      }
      const found = Object.entries(metadata.bindings).find(([, b]) => /trigger$/i.test(b.type));
      if (!found) throw new Error(`Function "${metadata.name}" has no trigger.`);
      const [triggerName, trigger] = found;
      functions.set(metadata.name.toLowerCase(), {
        name: metadata.name,
        metadata,
        handler,
        triggerName,
        trigger,
      });
      return new Disposable(() => functions.delete(metadata.name.toLowerCase()));
    },
    registerHook(name: HookName, callback: HookCallback) {
      const list = hooks.get(name);
      if (!list) {
        throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), {
          isAzureFunctionsSystemError: true,
        });
      }
      list.push(callback);
      return new Disposable(() => {
        const index = list.indexOf(callback);
        if (index >= 0) list.splice(index, 1);
      });
    },
    setProgrammingModel(chosen: ProgrammingModel) {
      model = chosen;
    },
    getProgrammingModel: () => model,
    log,
  };

  Object.assign(globalThis, { [Symbol.for('partner-benefits.functions-core')]: core });
  const url = new URL('functions-core.cjs', import.meta.url).href;
  module.registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '@azure/functions-core'
        ? { url, format: 'commonjs', shortCircuit: true }
        : next(specifier, context),
  });

  return {
    functions,
    model: () => model,
    async runHooks(name, context) {
      for (const hook of [...(hooks.get(name) ?? [])]) await hook(context);
    },
    close() {
      closed = true;
    },
  };
}
