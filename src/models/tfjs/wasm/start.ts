import type { KernelBackend } from '@tensorflow/tfjs-core';
import { isRecord } from '../../../graph/is-record.js';
import type { TensorBackend, Tf } from '../backend.js';
import type { LimitNames } from '../refusals.js';
import { makeUndoable } from '../undo.js';
import { guardWasm } from './guarded.js';
import { addressable, WasmHealth } from './health.js';
import { isWasm } from './inside.js';

type Make = () => Promise<KernelBackend>;

export interface WasmParts {
  readonly tf: Tf;
  /** What a person sets limits by, where there is too little memory. */
  readonly limits: LimitNames;
  /** Runs what starts the module, in the way that the place needs. */
  readonly making: (make: Make) => Promise<KernelBackend>;
}

const name = 'wasm';

/** What stands beside a backend that has been guarded; on the backend itself, where another copy of this file finds it too. */
interface Guard {
  readonly health: WasmHealth;
  readonly place: TensorBackend['place'];
  /** Starts another module each time it is called. */
  readonly factory: Make;
}

const mark = Symbol.for('samplewire.wasm');

/**
 * Starts a WASM module and makes it the library's backend `wasm`, in place of one that has stopped; one that works stays. While the library
 * itself waits for a backend to start, it refuses work on all others: here it gets a started one. Its kernels are ready when it has been
 * made the active one. Rejects with what the library throws.
 */
export async function startWasm({ tf, limits, making }: WasmParts): Promise<TensorBackend> {
  const running = tf.engine().registry[name];
  const known = guardOf(running);
  if (known !== undefined && !known.health.isDead) return backendOf(tf, known);
  const make = known?.factory ?? tf.findBackendFactory(name);
  const factory: Make = async () => make();
  const health = new WasmHealth(limits);
  const started =
    known === undefined && running !== undefined
      ? running
      : await making(() => hearing((words) => void health.died(words), factory));
  // Where the inside of the library is not as expected, it is left to itself.
  const guard: Guard = { health, place: isWasm(started) ? guardWasm(started, health) : undefined, factory };
  Object.defineProperty(started, mark, { value: guard });
  makeUndoable(tf, name);
  if (started !== running) {
    tf.removeBackend(name);
    tf.registerBackend(name, () => started);
  }
  return backendOf(tf, guard);
}

function guardOf(backend: unknown): Guard | undefined {
  const guard: unknown = typeof backend === 'object' && backend !== null ? Reflect.get(backend, mark) : undefined;
  return isGuard(guard) ? guard : undefined;
}

const isGuard = (value: unknown): value is Guard =>
  isRecord(value) && isRecord(value['health']) && typeof value['factory'] === 'function';

const backendOf = (tf: Tf, { health, place }: Guard): TensorBackend => ({
  tf,
  name,
  device: 'cpu',
  check: () => {
    health.requireAlive();
  },
  isLost: () => health.isDead,
  addressable,
  ...(place && { place }),
});

/**
 * The module says on the console which of its kernels did not do their work, and goes on. What it says when it has been started is heard
 * here, and nobody else has to see it.
 */
async function hearing<T>(hear: (words: string) => void, start: () => Promise<T>): Promise<T> {
  const { console } = globalThis;
  const before = Object.getOwnPropertyDescriptor(console, 'warn') ?? {};
  const warn = console.warn.bind(console);
  let isStarted = false;
  const heard = (...words: readonly unknown[]): void => {
    if (isStarted) hear(words.join(' '));
    else warn(...words);
  };
  Object.defineProperty(console, 'warn', { ...before, value: heard });
  try {
    return await start();
  } finally {
    isStarted = true;
    // Somebody else may have put something there meanwhile.
    if (console.warn === heard) Object.defineProperty(console, 'warn', before);
  }
}
