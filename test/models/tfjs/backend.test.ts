import { existsSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Tf } from '../../../src/models/tfjs/backend.js';
import { loadTensorBackend } from '../../../src/models/tfjs/load.js';

const writes: string[] = [];

beforeEach(() => {
  writes.length = 0;
  for (const method of ['log', 'warn', 'error', 'info'] as const) {
    vi.spyOn(console, method).mockImplementation((...words) => void writes.push(words.join(' ')));
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function product(tf: Tf): number[] {
  return tf.tidy(() => {
    const a = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    const b = tf.tensor2d([1, 0, 2, 1, 0, 3], [3, 2]);
    return [...tf.matMul(a, b).dataSync()];
  });
}

function fitted(tf: Tf): number[] {
  const target = tf.tensor1d([3, -2]);
  const weights = tf.variable(tf.zeros([2]));
  const optimizer = tf.train.adam(0.1);
  for (let step = 0; step < 200; step++) {
    optimizer.minimize(() => tf.sum(tf.square(tf.sub(weights, target))).asScalar());
  }
  const found = [...weights.dataSync()];
  tf.dispose([target, weights]);
  optimizer.dispose();
  return found;
}

const built = existsSync(join(process.env['SAMPLEWIRE_TENSORFLOW'] ?? '.tensorflow', 'installed.json'));
const backends = [
  { name: 'wasm', there: true },
  { name: 'cpu', there: true },
  { name: 'tensorflow', there: built },
] as const;

describe.each(backends)('the $name backend', ({ name, there }) => {
  it.runIf(there)('multiplies on the backend that was asked for, without a word on the console', async () => {
    const { tf, ...backend } = await loadTensorBackend(name);
    expect(backend).toEqual({ name, device: expect.stringMatching(/^[cg]pu$/) });
    expect(tf.getBackend()).toBe(name);
    expect(product(tf)).toEqual([5, 11, 14, 23]);
    expect(writes).toEqual([]);
  });

  it.runIf(there)('takes gradients and optimizes', async () => {
    const { tf } = await loadTensorBackend(name);
    const gradient = tf.grad((x) => tf.sum(tf.mul(x, x)))(tf.tensor1d([1, -4]));
    expect([...gradient.dataSync()]).toEqual([2, -8]);
    const [first, second] = fitted(tf);
    expect(first).toBeCloseTo(3, 2);
    expect(second).toBeCloseTo(-2, 2);
  });
});

describe('loading', () => {
  it('gives one library per name and makes the last one asked for active', async () => {
    const first = await loadTensorBackend('wasm');
    const other = await loadTensorBackend('cpu');
    expect(other.tf.getBackend()).toBe('cpu');
    expect(await loadTensorBackend('wasm')).toBe(first);
    expect(first.tf.getBackend()).toBe('wasm');
  });

  it('leaves the handlers for stray errors of the process alone', async () => {
    const before = [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')];
    vi.resetModules();
    const { loadTensorBackend: load } = await import('../../../src/models/tfjs/load.js');
    await load('wasm');
    expect([process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')]).toEqual(before);
  });
});

describe('the tensorflow backend', () => {
  let folder: string;
  beforeEach(() => {
    vi.resetModules();
    folder = mkdtempSync(join(tmpdir(), 'samplewire-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const failure = async (path: string): Promise<unknown> => {
    vi.stubEnv('SAMPLEWIRE_TENSORFLOW', path);
    const { loadTensorBackend: load } = await import('../../../src/models/tfjs/load.js');
    return load('tensorflow').catch((error: unknown) => error);
  };

  function pretendInstalled(main: string): void {
    const home = join(folder, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), JSON.stringify({ name: '@tensorflow/tfjs-node-gpu', main: 'index.js' }));
    writeFileSync(join(home, 'index.js'), main);
  }

  it('says which command brings it when it is not there', async () => {
    const error = await failure(join(folder, 'nowhere'));
    expect(error).toHaveProperty('name', 'InputError');
    expect(String(error)).toMatch(/not installed .*nowhere does not exist.*npm run tensorflow/);
  });

  it('does not take an unfinished folder for a finished one', async () => {
    pretendInstalled('module.exports = {};');
    const error = await failure(folder);
    expect(error).toHaveProperty('name', 'InputError');
    expect(String(error)).toMatch(/unfinished.*npm run tensorflow/);
  });

  it('puts a broken binding into one sentence', async () => {
    pretendInstalled("throw new Error('libtensorflow.so.2: cannot open shared object file\\nand a stack');");
    writeFileSync(join(folder, 'installed.json'), '{}');
    const error = await failure(folder);
    expect(error).toHaveProperty('name', 'InputError');
    expect(String(error)).toMatch(/does not load \(libtensorflow\.so\.2: cannot open shared object file\).*--force/);
    expect(String(error)).not.toContain('\n');
  });

  it('tries again after a failure', async () => {
    expect(String(await failure(join(folder, 'nowhere')))).toContain('does not exist');
    expect(String(await failure(folder))).toContain('unfinished');
  });
});
