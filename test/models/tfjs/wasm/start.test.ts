import type { KernelBackend } from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import type { Tf } from '../../../../src/models/tfjs/backend.js';
import { startWasm } from '../../../../src/models/tfjs/wasm/start.js';

afterEach(() => {
  vi.restoreAllMocks();
});

/** A library of which a started module warns by `warnings`. */
function library(warnings: ((words: string) => void)[], fails = false): Tf {
  const registry: Record<string, KernelBackend> = {};
  let factory = (): unknown => {
    warnings.push(console.warn.bind(console));
    console.warn('starting');
    return fails ? Promise.reject(new Error('not served')) : Promise.resolve({});
  };
  return {
    engine: () => ({ registry }),
    findBackendFactory: () => factory,
    getKernelsForBackend: () => [],
    removeBackend: (name: string) => Reflect.deleteProperty(registry, name),
    registerBackend: (name: string, make: () => KernelBackend) => {
      factory = make;
      registry[name] = make();
    },
  } as unknown as Tf;
}

const limits = { rows: 'rows', cacheBytes: 'bytes' };
const parts = (tf: Tf) => ({ tf, limits, making: (make: () => Promise<KernelBackend>) => make() });

it('a kernel that says that it did not do its work stops the backend, and nobody else hears of it', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const warnings: ((words: string) => void)[] = [];
  const tf = library(warnings);
  const backend = await startWasm(parts(tf));
  backend.check?.();
  expect([warn.mock.calls, console.warn]).toEqual([[['starting']], warn]);
  warnings[0]?.('XNN status for xnn_create_softmax_nc_f32 is not successful. Got status 6.\nmore');
  expect(backend.isLost?.()).toBe(true);
  expect(() => backend.check?.()).toThrow(
    'The WASM backend has stopped (XNN status for xnn_create_softmax_nc_f32 is not successful. Got status 6), and with it',
  );
  expect(warn.mock.calls).toHaveLength(1);
  // Another one is started, by what started the first.
  const next = await startWasm(parts(tf));
  expect([next.isLost?.(), warnings.length]).toEqual([false, 2]);
  // One that works stays.
  expect((await startWasm(parts(tf))).isLost?.()).toBe(false);
  expect(warnings).toHaveLength(2);
});

it('a start that fails is told, and leaves the console as it was', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  await expect(startWasm(parts(library([], true)))).rejects.toThrow('not served');
  expect([warn.mock.calls, console.warn]).toEqual([[['starting']], warn]);
});
