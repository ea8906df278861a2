import { expect, it } from 'vitest';
import { allAgree, verifyTable } from '../../../src/cli/commands/verify-table.js';
import type { BackendVerification } from '../../../src/models/verify-each.js';

const expected = [
  { folder: 'x/a', name: 'a', labels: ['full', 'incremental'], tolerance: 1e-4 },
  { folder: 'x/b', name: 'b', labels: ['full'], tolerance: 2e-4 },
];
const onnx: BackendVerification = { backend: 'onnx', differences: [[1e-5, 1e-4], [1.5e-4]], reason: null };
const webgpu: BackendVerification = { backend: 'webgpu', differences: [[NaN, 2e-4], null], reason: 'crashed\nlate' };
const nothing: BackendVerification = { backend: 'onnx-cuda', differences: [null, null], reason: 'no card' };

it('has a line for each case, a dash where nothing was found, and the reasons below', () => {
  expect(verifyTable(expected, [onnx, webgpu, nothing])).toEqual([
    'case            tolerance    onnx       webgpu  onnx-cuda',
    'a: full              1e-4  1.0e-5     FAIL NaN          -',
    'a: incremental       1e-4  1.0e-4  FAIL 2.0e-4          -',
    'b: full              2e-4  1.5e-4            -          -',
    '',
    'webgpu: crashed',
    '  late',
    'onnx-cuda: no card',
  ]);
});

it('agrees where all that was compared does, and something was', () => {
  expect(allAgree(expected, [onnx, nothing])).toBe(true);
  expect(allAgree(expected, [onnx, webgpu])).toBe(false);
  expect(allAgree(expected, [nothing])).toBe(false);
});
