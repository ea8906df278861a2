import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InputError } from '../../../../src/graph/input-error.js';
import { describeOnWebgpu } from '../../../support/webgpu.js';

const root = new URL('../../../../', import.meta.url);

describe('the package webgpu', () => {
  let folder: string;
  let files = 0;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'samplewire-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    vi.doUnmock('../../../../src/models/tfjs/loading/resolve.js');
  });

  /** What is said where the package has this main file, or where it is not there. */
  async function refusal(main?: string): Promise<string> {
    // What failed to load once is not loaded again under that name.
    const entry = join(folder, `${(files += 1)}.mjs`);
    if (main !== undefined) writeFileSync(entry, main);
    vi.resetModules();
    vi.doMock('../../../../src/models/tfjs/loading/resolve.js', async (original) => ({
      ...(await original<object>()),
      optionalPackage: () => (main === undefined ? [] : [{ entry, from: 'project' }]),
    }));
    const { loadWebgpu } = await import('../../../../src/models/tfjs/loading/webgpu.js');
    const { InputError: Refusal } = await import('../../../../src/graph/input-error.js');
    const error: unknown = await loadWebgpu().catch((cause: unknown) => cause);
    if (!(error instanceof Refusal)) throw new Error(`no ${InputError.name}: ${String(error)}`);
    expect(error.message).not.toContain('\n');
    return error.message;
  }

  it('is named with what installs it where it is not there', async () => {
    expect(await refusal()).toMatch(/needs the package webgpu, which is not installed: `npm install webgpu`.*wasm/);
  });

  it('that does not load is a sentence', async () => {
    expect(await refusal("throw new Error('dawn.node: cannot open shared object file\\n  at x')")).toMatch(
      /webgpu does not load on this machine \(dawn\.node: cannot open shared object file\): .*webgpu@latest.*wasm/,
    );
    expect(await refusal('export const create = 1;')).toMatch(/does not load .*not what it was expected to be/);
  });

  it('that finds no device is a sentence with what to do', async () => {
    const none = 'export const globals = {}; export const create = () => ({ requestAdapter: async () => null });';
    expect(await refusal(none)).toMatch(/no graphics device on this machine: .*driver.*VK_ICD_FILENAMES.*wasm/);
  });
});

describeOnWebgpu('a process that computes on WebGPU', () => {
  /** Runs code with a loaded backend, two tensors on it, in a process of its own. */
  const outcome = (code: string): Promise<{ code: unknown; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const script = `
        const navigatorBefore = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
        const namesBefore = Object.getOwnPropertyNames(globalThis);
        const { loadTensorBackend } = await import(${JSON.stringify(new URL('src/models/tfjs/load.ts', root).href)});
        const { tf } = await loadTensorBackend('webgpu');
        const a = tf.randomUniform([64, 64]);
        const product = tf.matMul(a, a);
        ${code}`;
      const typescript = pathToFileURL(join(root.pathname, 'scripts/typescript.mjs')).href;
      const argv = ['--import', typescript, '--input-type=module', '--eval', script];
      const env = { ...process.env, XDG_RUNTIME_DIR: undefined };
      execFile(process.execPath, argv, { cwd: root.pathname, env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr });
      });
    });

  it('ends by itself, without a word, and leaves the global scope nearly as it was', async () => {
    const { code, stdout, stderr } = await outcome(`
      console.log((await product.data()).length);
      const same = JSON.stringify(navigatorBefore) === JSON.stringify(Object.getOwnPropertyDescriptor(globalThis, 'navigator'));
      const added = Object.getOwnPropertyNames(globalThis).filter((name) => /gpu|navigator/i.test(name) && !namesBefore.includes(name));
      console.log(same, added.sort().join());`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('4096\ntrue GPUBuffer,GPUBufferUsage,GPUMapMode,GPUTexture,GPUTextureUsage\n');
  });

  it.each([
    ['is told to end', 'process.exit(7);'],
    ['fails', "setTimeout(() => { throw new Error('failed') });"],
  ])('ends as it should when it %s while something is being read', async (_, ending) => {
    const { code } = await outcome(`for (let i = 0; i < 20; i++) void tf.matMul(a, product).data(); ${ending}`);
    expect(code).toBe(ending.includes('exit') ? 7 : 1);
  });
});
