import { randomBytes, randomUUID } from 'node:crypto';
import type { Registry } from './core-module.ts';
import type {
  CoreInvocationContext,
  HookContext,
  InvocationResponse,
  LogLevel,
  RegisteredFunction,
  TypedData,
} from './core-types.ts';
import type { WriteOutputs } from './outputs.ts';

/** What a trigger hands to one invocation. */
export type TriggerInput = {
  data: TypedData;
  metadata?: Record<string, TypedData>;
  traceParent?: string | undefined;
  traceState?: string | undefined;
  /** Only for the streaming HTTP path, where the library waits for the same id. */
  invocationId?: string;
};

export type InvocationLog = (
  level: LogLevel,
  functionName: string,
  invocationId: string,
  message: string,
) => void;

export type Invoker = {
  /** Runs one function once; rejects with what its handler, or a hook, threw. */
  invoke(fn: RegisteredFunction, input: TriggerInput): Promise<InvocationResponse>;
  /** Resolves once no invocation is running. */
  idle(): Promise<void>;
};

/**
 * Runs functions as the worker of the real host does, hooks and outputs included, and counts those that run.
 * `onDone` is called after each. Hooks named `log` may be registered, but are never called.
 */
export function createInvoker(
  registry: Registry,
  log: InvocationLog,
  writeOutputs: WriteOutputs,
  onDone: () => void,
): Invoker {
  let running = 0;
  let waiting: (() => void)[] = [];

  async function run(fn: RegisteredFunction, input: TriggerInput): Promise<InvocationResponse> {
    const model = registry.model();
    if (!model) throw new Error('The app has not set a programming model.');
    const invocationId = input.invocationId ?? randomUUID();
    const core: CoreInvocationContext = {
      invocationId,
      request: {
        invocationId,
        functionId: fn.name,
        inputData: [{ name: fn.triggerName, data: input.data }],
        triggerMetadata: input.metadata ?? {},
        traceContext: {
          traceParent: input.traceParent ?? newTraceParent(),
          ...(input.traceState === undefined ? {} : { traceState: input.traceState }),
        },
      },
      metadata: fn.metadata,
      state: undefined,
      log: (level, _category, message) => log(level, fn.name, invocationId, message),
    };
    const invocation = model.getInvocationModel(core);
    const { context, inputs } = await invocation.getArguments();
    const hookData = {};

    core.state = 'preInvocationHooks';
    const before: HookContext = {
      hookData,
      appHookData: {},
      invocationContext: context,
      functionCallback: fn.handler,
      inputs,
    };
    await registry.runHooks('preInvocation', before);

    core.state = 'invocation';
    const after: HookContext = { ...before, result: undefined, error: undefined };
    try {
      after['result'] = await invocation.invokeFunction(
        context,
        before['inputs'] as unknown[],
        before['functionCallback'] as RegisteredFunction['handler'],
      );
    } catch (error) {
      after['error'] = error instanceof Error ? error : new Error(String(error));
    }

    core.state = 'postInvocationHooks';
    await registry.runHooks('postInvocation', after);
    core.state = undefined;
    if (after['error'] instanceof Error) throw after['error'];
    return invocation.getResponse(context, after['result']);
  }

  return {
    async invoke(fn, input) {
      running += 1;
      try {
        const outcome = await run(fn, input);
        await writeOutputs(fn, outcome);
        return outcome;
      } finally {
        running -= 1;
        onDone();
        if (running === 0) {
          for (const resolve of waiting) resolve();
          waiting = [];
        }
      }
    },
    idle: () =>
      running === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
  };
}

function newTraceParent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}
