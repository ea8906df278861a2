import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { startWebgpu } from '../../../../src/models/tfjs/webgpu/start.js';

it('lets go of the device where the library does not load', async () => {
  const destroy = vi.fn();
  const adapter = {
    info: { vendor: 'v', architecture: 'a', device: '', description: '', isFallbackAdapter: false },
    limits: {},
    features: new Set<string>(),
    requestDevice: () => Promise.resolve({ destroy } as unknown as GPUDevice),
  } as unknown as GPUAdapter;
  const starting = startWebgpu({
    gpu: { requestAdapter: () => Promise.resolve(adapter) },
    tf,
    library: () => Promise.reject(new Error('not found')),
    remedy: 'take another.',
    limits: { rows: 'rows', cacheBytes: 'bytes' },
  });
  await expect(starting).rejects.toThrow('not found');
  expect(destroy).toHaveBeenCalledTimes(1);
});
