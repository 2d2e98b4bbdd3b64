/**
 * Time and chance for everything that runs in a simulation: `Date`, `setTimeout`, `Math.random` and random ids come
 * from the simulation that the code runs in, so that a seed decides them too. Code that runs in none sees the real
 * ones. This is what a test framework's fake timers do; the product needs no seam for it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

/** What running code sees of the world around it. */
export type Surroundings = {
  /** Milliseconds of the clock of the machine it runs on. */
  now(): number;
  /** From 0 to 1, 1 excluded. */
  random(): number;
  wait(milliseconds: number): Promise<void>;
};

export const surroundings = new AsyncLocalStorage<Surroundings>();

const RealDate = Date;
const realRandom = Math.random.bind(Math);
const realSetTimeout = setTimeout;
const realRandomUUID = crypto.randomUUID.bind(crypto);
const realRandomBytes = crypto.randomBytes.bind(crypto) as (size: number) => Buffer;

const now = () => surroundings.getStore()?.now() ?? RealDate.now();

class VirtualDate extends RealDate {
  constructor(...given: [] | [number | string | Date]) {
    super(...((given.length === 0 ? [now()] : given) as [number]));
  }

  static override now(): number {
    return now();
  }
}

function randomBytes(size: number): Buffer {
  const around = surroundings.getStore();
  if (!around) return realRandomBytes(size);
  return Buffer.from(Array.from({ length: size }, () => Math.floor(around.random() * 256)));
}

function randomUUID(): ReturnType<typeof realRandomUUID> {
  if (!surroundings.getStore()) return realRandomUUID();
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function virtualSetTimeout(work: () => void, milliseconds = 0): unknown {
  const around = surroundings.getStore();
  if (!around) return realSetTimeout(work, milliseconds);
  return void around.wait(milliseconds).then(work);
}

let installed = false;

/** Puts them in place, for the rest of the process. */
export function installVirtualTime(): void {
  if (installed) return;
  installed = true;
  globalThis.Date = VirtualDate as DateConstructor;
  globalThis.setTimeout = virtualSetTimeout as typeof setTimeout;
  Math.random = () => (surroundings.getStore()?.random ?? realRandom)();
  Object.assign(crypto, { randomUUID, randomBytes });
  syncBuiltinESMExports();
}

/** Lets everything run that waits for nothing. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
