import type { InferenceSession } from 'onnxruntime-node';
import { expect, it, vi } from 'vitest';
import { withCheckpoint } from '../../../../src/models/checkpoint/folder.js';
import { Device } from '../../../../src/models/onnx/device/device.js';
import { openDevice } from '../../../../src/models/onnx/device/open.js';
import { loadOnnxRuntime, type OnnxRuntime } from '../../../../src/models/onnx/runtime.js';
import { writeModel } from '../../support/random-model.js';

/** The library with another way to make sessions. */
const makingSessions = (runtime: OnnxRuntime, create: (...given: never[]) => Promise<unknown>): OnnxRuntime =>
  // @ts-expect-error What makes sessions here is no class.
  ({ ...runtime, Tensor: runtime.Tensor, InferenceSession: { create } });

it('a model that does not open to the end leaves no session', async () => {
  const runtime = await loadOnnxRuntime();
  const folder = await writeModel({ hidden: 16, heads: 2, layers: 2, vocabulary: 300, length: 100 });
  let open = 0;
  let made = 0;
  let most = Infinity;
  const create = async (...given: Parameters<typeof runtime.InferenceSession.create>): Promise<InferenceSession> => {
    if (made === most) throw new Error('no more sessions');
    const session = await runtime.InferenceSession.create(...given);
    made += 1;
    open += 1;
    const release = session.release.bind(session);
    vi.spyOn(session, 'release').mockImplementation(async () => {
      open -= 1;
      await release();
    });
    return session;
  };
  const attempt = () => {
    made = 0;
    return withCheckpoint(folder, (checkpoint) =>
      openDevice(makingSessions(runtime, create), checkpoint, { provider: 'cpu', precision: 'fp32', maskId: 299 }),
    );
  };
  const opened = await attempt();
  const needed = made;
  await opened.dispose();
  expect(open).toBe(0);
  for (most = 0; most < needed; most += 1) {
    await expect(attempt()).rejects.toThrow('no more sessions');
    expect({ most, open }).toEqual({ most, open: 0 });
  }
});

it('memory that was made goes when the session that made it fails behind it', async () => {
  const runtime = await loadOnnxRuntime();
  const buffer = { location: 'gpu-buffer', dispose: vi.fn() };
  const run = vi.fn().mockResolvedValueOnce({ zeros: buffer }).mockRejectedValueOnce(new Error('the device said no'));
  const device = await Device.open(
    makingSessions(runtime, () => Promise.resolve({ run })),
    'webgpu',
  );
  await expect(device.allocate(5)).rejects.toThrow('the device said no');
  expect(buffer.dispose).toHaveBeenCalledOnce();
  expect(device.counters).toMatchObject({ arrays: 0, bytes: 0 });
});
