/** The part of the wire between a Functions host and the `@azure/functions` library that this host speaks. */

/** One value crossing between host and library; exactly one property is set. */
export type TypedData = {
  string?: string;
  json?: string;
  bytes?: Uint8Array;
  int?: number;
  double?: number;
  http?: HttpData;
};

type Nullable<T> = { value?: T };

/** A cookie as the library hands it to the host; `expires` in seconds since 1970. */
export type Cookie = {
  name: string;
  value: string;
  domain?: Nullable<string>;
  path?: Nullable<string>;
  expires?: Nullable<{ seconds: number }>;
  secure?: Nullable<boolean>;
  httpOnly?: Nullable<boolean>;
  sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
  maxAge?: Nullable<number>;
};

/** A request on the way in, an answer on the way out. Header names are in lower case. */
export type HttpData = {
  method?: string;
  url?: string;
  statusCode?: string;
  headers?: Record<string, string>;
  cookies?: Cookie[];
  nullableHeaders?: Record<string, Nullable<string>>;
  nullableQuery?: Record<string, Nullable<string>>;
  nullableParams?: Record<string, Nullable<string>>;
  body?: TypedData | null;
};

/** One binding of a function: its type, direction and whatever options the trigger has. */
export type Binding = {
  type: string;
  direction: 'in' | 'out';
  [option: string]: unknown;
};

export type FunctionMetadata = { name: string; bindings: Record<string, Binding> };

export type Handler = (...args: unknown[]) => unknown;

/** A function that the app registered, with its trigger picked out. */
export type RegisteredFunction = {
  name: string;
  metadata: FunctionMetadata;
  handler: Handler;
  triggerName: string;
  trigger: Binding;
};

export type LogLevel =
  'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

export type InvocationRequest = {
  invocationId: string;
  functionId: string;
  inputData: { name: string; data: TypedData }[];
  triggerMetadata: Record<string, TypedData>;
  traceContext: { traceParent?: string; traceState?: string };
};

export type CoreInvocationContext = {
  invocationId: string;
  request: InvocationRequest;
  metadata: FunctionMetadata;
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log: (level: LogLevel, category: string, message: string) => void;
};

export type InvocationResponse = {
  outputData: { name: string; data: TypedData }[];
  returnValue?: TypedData | null;
};

/** The library's side of one invocation. `context` is opaque to the host. */
export type InvocationModel = {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], handler: Handler): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<InvocationResponse>;
};

export type ProgrammingModel = {
  name: string;
  version: string;
  getInvocationModel(core: CoreInvocationContext): InvocationModel;
  getCapabilities(defaults: Record<string, string>): Promise<Record<string, string>>;
};

export type HookName = 'appStart' | 'appTerminate' | 'preInvocation' | 'postInvocation' | 'log';
export type HookContext = Record<string, unknown>;
export type HookCallback = (context: HookContext) => unknown;
