import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { expectedCases, verifyEach } from '../../src/models/verify-each.js';
import { verifyCheckpoint } from '../../src/models/verify.js';

const fixture = fileURLToPath(new URL('../fixtures/parity/dit-ar', import.meta.url));
const file = new URL('./support/verifying-process.ts', import.meta.url);

it('finds in a process of its own what it finds in this one', async () => {
  const { cases, name } = await verifyCheckpoint(fixture, { backend: 'cpu' });
  const [found] = await verifyEach([fixture], ['cpu']);
  expect(found).toEqual({ backend: 'cpu', differences: [cases.map(({ difference }) => difference)], reason: null });
  expect(await expectedCases([fixture])).toEqual([
    { folder: fixture, name, labels: cases.map(({ label }) => label), tolerance: cases[0]?.tolerance },
  ]);
});

it('keeps what a backend found before it crashed, and goes on with the next', async () => {
  const told: string[] = [];
  const found = await verifyEach(['a', 'b'], ['webgpu', 'onnx'], { file, tell: (backend) => told.push(backend) });
  expect(found).toEqual([
    {
      backend: 'webgpu',
      differences: [[1], null],
      reason: 'its process crashed (SIGKILL); the last that it wrote: the driver is gone',
    },
    {
      backend: 'onnx',
      differences: [
        [0, NaN],
        [1, NaN],
      ],
      reason: null,
    },
  ]);
  expect(told).toEqual(['webgpu', 'onnx']);
});

it('says once why a backend got through no folder, and where one ends without a word', async () => {
  expect(await verifyEach(['a', 'b'], ['tensorflow', 'cpu'], { file })).toEqual([
    { backend: 'tensorflow', differences: [null, null], reason: 'not installed' },
    { backend: 'cpu', differences: [null, null], reason: 'its process ended with code 0.' },
  ]);
});

it('ends with the process that is under way when it is told to stop', async () => {
  const stop = new AbortController();
  const taken: string[] = [];
  const running = verifyEach(['a', 'b'], ['onnx', 'wasm'], {
    file,
    signal: stop.signal,
    tell: (backend) => {
      if (backend === 'wasm') stop.abort(new Error('enough'));
    },
    take: ({ backend }) => taken.push(backend),
  });
  await expect(running).rejects.toThrow('enough');
  expect(taken).toEqual(['onnx']);
});

it('refuses a folder without expectations before anything is started', async () => {
  await expect(expectedCases([fixture, fileURLToPath(new URL('.', import.meta.url))])).rejects.toThrow(
    /expected\.json/,
  );
});
