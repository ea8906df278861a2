import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { verifyCheckpoint } from '../../src/models/verify.js';
import { tensorflowIsThere } from '../support/tensorflow.js';
import { webgpuIsThere } from '../support/webgpu.js';

const parity = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));
const folders = readdirSync(parity, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe.each([
  { backend: 'onnx', there: true },
  { backend: 'wasm', there: true },
  { backend: 'cpu', there: true },
  { backend: 'tensorflow', there: tensorflowIsThere },
  { backend: 'webgpu', there: webgpuIsThere },
])('verifyCheckpoint on $backend', ({ backend, there }) => {
  describe.runIf(there)('agrees with the reference', () => {
    it.each(folders)('on %s', async (folder) => {
      const { cases, warnings } = await verifyCheckpoint(`${parity}${folder}`, { backend });
      expect(cases.filter(({ passed }) => !passed)).toEqual([]);
      expect(cases).not.toEqual([]);
      expect(warnings).toEqual([]);
    });
  });
});

it('tells a network that is not quite the reference', async () => {
  const { cases } = await verifyCheckpoint(`${parity}blockgen-absorb-causal`, { precision: 'int8' });
  expect(cases.filter(({ passed }) => passed)).toEqual([]);
  for (const { difference } of cases) expect(difference).toBeLessThan(0.5);
});
