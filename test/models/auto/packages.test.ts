import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { onnxLibraries, tensorflowName } from '../../../src/models/auto/packages.js';

it('sees libraries that were added to ONNX Runtime, whose version stays the same', async () => {
  const home = await mkdtemp(join(tmpdir(), 'samplewire-onnx-'));
  const entry = join(home, 'dist', 'index.js');
  expect(onnxLibraries(entry)).toEqual([]);
  const libraries = join(home, 'bin', 'linux');
  await mkdir(libraries, { recursive: true });
  await writeFile(join(libraries, 'libonnxruntime.so'), '');
  const before = onnxLibraries(entry);
  expect(before).toEqual(['linux', join('linux', 'libonnxruntime.so')]);
  await writeFile(join(libraries, 'libonnxruntime_providers_cuda.so'), '');
  expect(onnxLibraries(entry)).not.toEqual(before);
  expect(onnxLibraries()).toContainEqual(expect.stringContaining('onnxruntime_binding.node'));
});

it('tells builds of TensorFlow apart, which have the same package', async () => {
  const home = await mkdtemp(join(tmpdir(), 'samplewire-tensorflow-'));
  await writeFile(join(home, 'package.json'), '{ "version": "4.22.0" }');
  const place = { package: '@tensorflow/tfjs-node-gpu', entry: join(home, 'index.js'), from: 'cache' } as const;
  expect(tensorflowName({ ...place, variant: 'cuda' })).toBe('tfjs-node-gpu 4.22.0');
  expect(tensorflowName({ ...place, variant: 'cpu' })).toBe('tfjs-node-gpu 4.22.0 built for processors');
  expect(tensorflowName({ ...place, package: '@tensorflow/tfjs-node' })).toBe('tfjs-node 4.22.0');
});
