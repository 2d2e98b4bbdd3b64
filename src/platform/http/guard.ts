/**
 * What stands between the Functions host and our HTTP functions. The library makes a request's headers from the host's
 * binding data, where a query parameter or a JSON body's property named `Headers` takes the place of the real ones, and
 * it throws for headers that it cannot read, before any code of ours runs. A caller of what throws then waits for 240 s.
 */
import { createRequire } from 'node:module';
import { lastResort } from './answered.ts';
import {
  endForwarded,
  forwardedOf,
  sentHeaders,
  watchForwarded,
  type Forwarded,
} from './forwarded.ts';

/** What we need of the library's side of one invocation. */
type InvocationModel = {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(...args: unknown[]): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<unknown>;
};

/** One invocation as the host's worker knows it. */
type Invocation = {
  invocationId: string;
  metadata: { name: string; bindings: Record<string, { type: string; direction: string }> };
  request: {
    inputData: { name: string; data: object }[];
    triggerMetadata: Record<string, { string?: string; json?: string }>;
  };
  log: (...args: unknown[]) => void;
};

type ProgrammingModel = {
  name: string;
  version: string;
  getInvocationModel(invocation: Invocation): InvocationModel;
  getCapabilities(defaults: object): Promise<object>;
};

type Core = {
  getProgrammingModel(): ProgrammingModel;
  setProgrammingModel(model: ProgrammingModel): void;
};

/**
 * Guards every HTTP function of an app with HTTP streams; to be called once, after `app.setup`. The headers of a
 * request are those that were sent, whatever its query and body hold. Whatever fails in the library before or after a
 * handler is answered. A request under an invocation's ID of its caller's own, which no invocation would ever claim, is
 * refused after `patience` milliseconds. Without a host (in tests of single parts) it does nothing.
 */
export function guardHttpFunctions(patience = 30_000): void {
  const core = functionsCore();
  if (!core) return;
  const model = core.getProgrammingModel();

  function guarded(invocation: Invocation): InvocationModel {
    const { invocationId } = invocation;
    const inner = model.getInvocationModel(invocation);
    let forwarded: Forwarded | undefined;
    const answeredAnyway = async <T>(work: () => Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        if (forwarded) endForwarded(forwarded, lastResort('json', invocationId));
        throw error;
      }
    };
    return {
      async getArguments() {
        forwarded = await forwardedOf(invocationId, patience);
        invocation.request.triggerMetadata = {
          ...invocation.request.triggerMetadata,
          Headers: { json: JSON.stringify(sentHeaders(forwarded)) },
        };
        return answeredAnyway(() => inner.getArguments());
      },
      invokeFunction: (...args) => answeredAnyway(() => inner.invokeFunction(...args)),
      getResponse: (context, result) => answeredAnyway(() => inner.getResponse(context, result)),
    };
  }

  /** Answers a request that nobody claims, by the library, which else would hold on to it for good. */
  async function refuseOrphan(invocationId: string): Promise<void> {
    const invocation = guarded(orphan(invocationId));
    const { context } = await invocation.getArguments();
    await invocation.getResponse(context, foreignId);
  }

  watchForwarded(patience, (id) => void refuseOrphan(id).catch(() => undefined));
  core.setProgrammingModel({
    name: model.name,
    version: model.version,
    getCapabilities: (defaults) => model.getCapabilities(defaults),
    getInvocationModel: (invocation) =>
      isHttp(invocation) ? guarded(invocation) : model.getInvocationModel(invocation),
  });
}

/** What the host's worker gives to `@azure/functions`; undefined where there is no host. */
function functionsCore(): Core | undefined {
  try {
    return createRequire(import.meta.url)('@azure/functions-core') as Core;
  } catch {
    return undefined;
  }
}

function isHttp({ metadata }: Invocation): boolean {
  return Object.values(metadata.bindings).some(({ type }) => type.toLowerCase() === 'httptrigger');
}

const foreignId = {
  status: 400,
  headers: { 'Cache-Control': 'no-store', 'x-ms-error-code': 'InvalidRequest' },
  jsonBody: {
    error: {
      code: 'InvalidRequest',
      message: 'Leave out the header x-ms-invocation-id: it is for the inside of the service.',
      target: 'x-ms-invocation-id',
    },
  },
};

/** An invocation that the host did not send, for a request that is there all the same. */
function orphan(invocationId: string): Invocation {
  return {
    invocationId,
    metadata: {
      name: 'orphan',
      bindings: {
        request: { type: 'httpTrigger', direction: 'in' },
        $return: { type: 'http', direction: 'out' },
      },
    },
    request: { inputData: [{ name: 'request', data: { http: {} } }], triggerMetadata: {} },
    log: () => undefined,
  };
}
