import { readdirSync } from 'node:fs';
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

it.each([
  { name: 'steps', cases: [{ mode: 'generate', blockSize: 4, steps: [] }] },
  { name: 'steps', cases: [{ mode: 'incremental', steps: [] }] },
  { name: 'logits', cases: [{ mode: 'full', noisy: { shape: [0, 4], data: [] }, logits: { shape: [0], data: [] } }] },
])('a case that has nothing to compare ($name, $cases.0.mode) is refused', async ({ name, cases }) => {
  const folder = await mkdtemp(join(tmpdir(), 'samplewire-verify-'));
  await cp(`${parity}blockgen-absorb-causal`, folder, { recursive: true });
  const path = join(folder, 'expected.json');
  const expected: object = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...expected, cases }));
  await expect(verifyCheckpoint(folder)).rejects.toThrow(`${path} does not hold parity cases (cases.0.${name}: `);
});
