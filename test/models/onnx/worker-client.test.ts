import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InputError } from '../../../src/graph/input-error.js';
import type { OnnxDenoiser } from '../../../src/models/onnx/denoiser.js';
import { openRemoteEngine } from '../../../src/models/onnx/worker-client.js';
import { denoise, forward, logitsOf } from '../support/calls.js';
import { writeModel } from '../support/random-model.js';
import { localModel } from './support/local-model.js';
import { openTiny } from './support/tiny-model.js';
import { trouble } from './support/tiny-worker.js';
import { tinyEngine } from './support/tiny-engine.js';

const opened: OnnxDenoiser[] = [];
async function tiny(...how: Parameters<typeof openTiny>): Promise<OnnxDenoiser> {
  const denoiser = await openTiny(...how);
  opened.push(denoiser);
  return denoiser;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((denoiser) => denoiser.end()));
});

/** What a script under support/ prints, in a process of its own that ends well. */
async function outputOf(name: string): Promise<string> {
  const script = fileURLToPath(new URL(`./support/${name}.ts`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', './scripts/typescript.mjs', script], {
    timeout: 30_000,
  });
  return stdout;
}

describe('an engine in a thread', () => {
  it('answers what one in this thread answers, and says how opening gets on', async () => {
    const steps: (readonly number[])[] = [];
    const remote = await tiny('tiny', { progress: (done, total) => steps.push([done, total]) });
    expect(steps).toEqual([[1, 2]]);
    const { denoiser: local } = localModel();
    const found: unknown[] = [];
    for (const denoiser of [remote, local]) {
      const cache = denoiser.openCache().follow([1, 2]);
      const [reply] = await forward(denoiser, [denoise(cache, [6, 0])]);
      if (reply === undefined) throw new Error('no reply');
      const { prediction } = reply;
      const cold = prediction.shaped({ shape: 'temperature', value: 0.5 });
      const answers = await denoiser.answer([
        { ask: 'sample', prediction, uniforms: [0.2, 0.8] },
        { ask: 'divergence', prediction, other: cold, measure: 'kld' },
        { ask: 'sample', prediction, uniforms: [] },
      ]);
      found.push([await logitsOf(denoiser, reply), answers, await denoiser.usage(), reply.cache.cached]);
    }
    expect(found[0]).toEqual(found[1]);
  });

  it('refuses to open with the fault that opening had, as a fault of the user’s where it is one', async () => {
    await expect(tiny('refused')).rejects.toThrow(new InputError('refused is no checkpoint'));
    await expect(tiny('refused')).rejects.toBeInstanceOf(InputError);
  });

  it('has CUDA keep all 32 bits, unless the environment says otherwise', async () => {
    for (const [said, kept] of [
      [undefined, '0'],
      ['1', '1'],
    ] as const) {
      vi.stubEnv('NVIDIA_TF32_OVERRIDE', said);
      await openRemoteEngine({ ...tinyEngine, folder: 'missing' }).catch(() => undefined);
      expect(process.env['NVIDIA_TF32_OVERRIDE']).toBe(said);
      await expect(openRemoteEngine({ ...tinyEngine, folder: 'missing', provider: 'cuda' })).rejects.toThrow('missing');
      expect(process.env['NVIDIA_TF32_OVERRIDE']).toBe(kept);
    }
    vi.unstubAllEnvs();
  });

  it('ends opening when the signal says so, with its reason', async () => {
    const abort = new AbortController();
    const reason = new Error('Ctrl-C');
    const opening = tiny('endless', { signal: abort.signal, progress: () => abort.abort(reason) });
    await expect(opening).rejects.toBe(reason);
    await expect(tiny('tiny', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  // In earlier ones (20.12 and before, at least) the hooks by which tests compile refuse every module in such a process; what is built needs none.
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const compilesThere = major > 20 || minor >= 20;
  it.runIf(compilesThere)('opens in a process that was given its text, and takes none of its flags', async () => {
    const source = new URL('../../../src/models/onnx/worker-client.ts', import.meta.url).href;
    const text = `
      const { openRemoteEngine } = await import('${source}');
      const { transport } = await openRemoteEngine(${JSON.stringify({ folder: await writeModel({}), ...tinyEngine })});
      await transport.dispose();
      console.log('opened');`;
    const flags = ['--import', './scripts/typescript.mjs', '--input-type=module', '--eval', text];
    const { stdout } = await promisify(execFile)(process.execPath, flags, { timeout: 30_000 });
    expect(stdout).toBe('opened\n');
  });

  it('leaves no quantised weights behind when opening is stopped', async () => {
    const folder = await writeModel({});
    const temporary = await mkdtemp(join(tmpdir(), 'samplewire-test-'));
    vi.stubEnv('TMPDIR', temporary);
    try {
      const abort = new AbortController();
      const stopping = { signal: abort.signal, progress: () => abort.abort(new Error('enough')) };
      const opening = openRemoteEngine({ folder, ...tinyEngine, precision: 'int8' }, stopping);
      await expect(opening).rejects.toThrow('enough');
      expect((await readdir(temporary)).filter((name) => name.startsWith('samplewire-'))).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      await rm(temporary, { recursive: true });
    }
  });

  it.each([
    ['ends', trouble.exit, /thread that computes the model has ended \(exit code 7\); open the model again/],
    ['throws', trouble.throwLater, /thread that computes the model has ended \(out of memory\)/],
  ])('that %s fails all that waits and all that comes after, and nothing else', async (_, token, message) => {
    const denoiser = await tiny('tiny');
    const cache = denoiser.openCache();
    const [good] = await forward(denoiser, [denoise(cache, [1])]);
    if (good === undefined) throw new Error('no reply');
    const waiting = [[trouble.takeLong], [token]].map((block) => denoiser.forward([denoise(cache, block)]));
    const settled = (await Promise.all(waiting)).flat();
    const { prediction } = good;
    const after = [
      ...(await denoiser.forward([denoise(cache, [1]), denoise(cache, [2])])),
      ...(await denoiser.answer([{ ask: 'argmax', prediction }])),
    ];
    const refusal = { ok: false, error: { message: expect.stringMatching(message) } };
    expect([settled[0], ...after]).toMatchObject([refusal, refusal, refusal, refusal]);
    await expect(denoiser.logits(prediction)).rejects.toThrow(message);
    for (const handle of [cache, good.cache, prediction]) handle.release();
    expect(denoiser.live).toBe(0);
  });

  it('refuses what cannot be sent, and keeps what happened to the handles of others', async () => {
    const denoiser = await tiny('tiny');
    const cache = denoiser.openCache();
    const [reply] = await forward(denoiser, [denoise(cache, [1])]);
    if (reply === undefined) throw new Error('no reply');
    const { prediction } = reply;
    // As nodes in plain JavaScript can have them.
    const uniforms = Object.assign([0.5], { forgotten: () => 0.5 });
    const cold = prediction.shaped({ shape: 'temperature', value: 0.5 });
    const [bad] = await denoiser.answer([
      { ask: 'sample', prediction, uniforms },
      { ask: 'argmax', prediction: cold },
    ]);
    expect(bad).toMatchObject({ ok: false, error: { message: expect.stringContaining('could not be cloned') } });
    expect(await denoiser.answer([{ ask: 'argmax', prediction: cold }])).toMatchObject([{ ok: true }]);
    const shape = Object.assign({ shape: 'temperature', value: 2 } as const, { forgotten: () => 2 });
    expect(() => prediction.shaped(shape)).toThrow('could not be cloned');
    for (const handle of [cache, cold, prediction, reply.cache]) handle.release();
    expect(await denoiser.usage()).toMatchObject({ predictions: 0, handles: 0, buffers: 0 });
  });

  it('that is disposed of fails what waits', async () => {
    const denoiser = await tiny('tiny');
    const waiting = denoiser.forward([denoise(denoiser.openCache(), [trouble.takeLong])]);
    await denoiser.end();
    expect(await waiting).toMatchObject([{ ok: false, error: { message: 'the model has been disposed of' } }]);
  });

  it('keeps the process alive while it is asked something, and not when it is idle', async () => {
    expect(await outputOf('idle-process')).toBe('answered\n');
  });

  it('lets a process end in the middle of a pass as it wants to', async () => {
    expect(await outputOf('exiting-process')).toBe('ends\n');
  });

  it('ends in the middle of a pass, or of making a session, without the process', async () => {
    expect(await outputOf('disposing-process')).toBe('true Error: enough\n');
  });
});
