import { statSync } from 'node:fs';
import { join } from 'node:path';
import { lastValueFrom, take } from 'rxjs';
import { afterEach, expect, it, vi } from 'vitest';
import type { Model } from '../../../../src/models/denoiser.js';
import { openModel } from '../../../../src/models/open-model.js';
import type { DeviceMemory } from '../../../../src/models/tfjs/backend.js';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import { run } from '../../../../src/runtime/run.js';
import { pipeline } from '../../../support/pipelines.js';
import { small } from '../../../support/small.js';
import { describeOnWebgpu } from '../../../support/webgpu.js';

// A device in software beside other work takes its time.
vi.setConfig({ testTimeout: 180_000 });

describeOnWebgpu('decoding on WebGPU', () => {
  const folder = new URL('../../../fixtures/parity/blockgen-absorb-causal', import.meta.url).pathname;
  const opened: Model[] = [];
  async function open(): Promise<Model> {
    const model = await openModel(folder, { backend: 'webgpu' });
    opened.push(model);
    return model;
  }
  afterEach(() => {
    for (const { denoiser } of opened.splice(0)) denoiser.dispose();
  });

  async function inUse(): Promise<Pick<DeviceMemory, 'buffers' | 'bytes'>> {
    const memory = (await loadTensorBackend('webgpu')).memory?.();
    if (memory === undefined) throw new Error('buffers are not counted');
    return { buffers: memory.buffers, bytes: memory.bytes };
  }

  /** Runs a pipeline; `events` of it, and then it is cancelled. */
  async function decode(model: Model, name: string, events = Infinity): Promise<string> {
    const request = { model, ...small(name, 4), seed: 5, rows: 2 };
    const last = await lastValueFrom(run(pipeline(name), request).pipe(take(events)));
    // A cancelled run lets go of what a forward under way still uses when that is back.
    while (model.denoiser.live > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    return last.type;
  }

  it('leaves as many buffers in use as before: whole runs, cancelled ones, and ones that fail', async () => {
    const empty = await inUse();
    const model = await open();
    // Constants are made when they are first used.
    await decode(model, 'arpc');
    const weights = await inUse();
    expect(weights.buffers).toBeGreaterThan(empty.buffers);
    for (const name of ['arpc', 'ar']) {
      expect(await decode(model, name)).toBe('finished');
      expect(await inUse()).toEqual(weights);
    }
    for (const events of [2, 4]) {
      await decode(model, 'arpc', events);
      await until(weights);
    }
    const device = await deviceInUse();
    // Whatever is read next is not to be trusted, and the run it is for fails.
    device.createBuffer({ size: 16, usage: 0 });
    const failing = lastValueFrom(run(pipeline('ar'), { model, ...small('ar', 4), rows: 1 }));
    const outcome = await failing.catch((error: unknown) => error);
    expect(JSON.stringify(outcome, messages)).toContain('refused a command');
    await until(weights);
    expect(await decode(model, 'ar')).toBe('finished');
    expect(await inUse()).toEqual(weights);
    model.denoiser.dispose();
    expect(await inUse()).toEqual(empty);
  });

  it('has all weights on the device when a model is open, or does not open it', async () => {
    const empty = await inUse();
    const { size } = statSync(join(folder, 'model.safetensors'));
    const model = await open();
    // The file has the modulations of adaLN as well, which are folded.
    expect((await inUse()).bytes - empty.bytes).toBeGreaterThan(size / 4);
    model.denoiser.dispose();
    const device = await deviceInUse();
    const create = device.createBuffer.bind(device);
    let made = 0;
    device.createBuffer = (descriptor) => {
      made += 1;
      return create(made === 3 ? { ...descriptor, usage: 0 } : descriptor);
    };
    await expect(open()).rejects.toThrow(/refused a command/);
    device.createBuffer = create;
    expect(await inUse()).toEqual(empty);
    expect(await decode(await open(), 'ar')).toBe('finished');
  });

  it('gives everything back with the last model', async () => {
    const [first, second] = [await open(), await open()];
    await decode(first, 'ar');
    first.denoiser.dispose();
    await decode(second, 'ar');
    expect((await inUse()).buffers).toBeGreaterThan(0);
    second.denoiser.dispose();
    const { memory } = await loadTensorBackend('webgpu');
    expect(memory?.()).toEqual({ buffers: 0, bytes: 0, spareBuffers: 0, spareBytes: 0 });
  });

  it('goes on with the model opened again when the device was lost', async () => {
    const before = await open();
    const device = await deviceInUse();
    device.destroy();
    const outcome = await lastValueFrom(run(pipeline('ar'), { model: before, ...small('ar', 4) })).catch(
      (error: unknown) => error,
    );
    expect(JSON.stringify(outcome, messages)).toContain('open the model again');
    const again = await open();
    expect(await decode(again, 'ar')).toBe('finished');
    before.denoiser.dispose();
    again.denoiser.dispose();
    expect(await inUse()).toEqual({ buffers: 0, bytes: 0 });
  });

  const messages = (_: string, value: unknown): unknown => (value instanceof Error ? value.message : value);

  async function deviceInUse(): Promise<GPUDevice> {
    const kernels: unknown = (await loadTensorBackend('webgpu')).tf.findBackend('webgpu');
    if (kernels instanceof Object && 'device' in kernels) return kernels.device as GPUDevice;
    throw new Error('the backend has no device');
  }

  async function until(expected: object): Promise<void> {
    await expect.poll(inUse, { timeout: 10_000 }).toEqual(expected);
  }
});
