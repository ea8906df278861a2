import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ranked, reasonOf, shownMilliseconds } from '../../../src/models/auto/choose.js';
import type { ProbeReport } from '../../../src/models/auto/probe-report.js';
import { candidates } from '../../../src/models/backends.js';

const reports: fc.Arbitrary<ProbeReport[]> = fc.uniqueArray(fc.constantFrom(...candidates)).chain((backends) =>
  fc.tuple(
    ...backends.map((backend) =>
      fc.record({
        backend: fc.constant(backend),
        status: fc.constantFrom('verified' as const, 'wrong', 'missing', 'failed'),
        reason: fc.constant(null),
        device: fc.constant(null),
        notes: fc.constant([]),
        difference: fc.constant(0),
        tolerance: fc.constant(1),
        timings: fc.uniqueArray(
          fc.record({ model: fc.constantFrom('small', 'large'), milliseconds: fc.integer({ min: 1, max: 5 }) }),
          { selector: ({ model }) => model },
        ),
      }),
    ),
  ),
);

it('takes the fastest of those that verify and ran the model, and the first tried of equals', () => {
  fc.assert(
    fc.property(reports, fc.constantFrom('small', 'large'), (tried, model) => {
      const can = tried.flatMap(({ backend, status, timings }) =>
        timings
          .filter((timing) => status === 'verified' && timing.model === model)
          .map(({ milliseconds }) => ({ backend, milliseconds })),
      );
      const [fastest, ...slower] = ranked(tried, model);
      expect([fastest, ...slower].filter((each) => each !== undefined)).toHaveLength(can.length);
      const best = Math.min(...can.map(({ milliseconds }) => milliseconds));
      expect(fastest).toEqual(can.find(({ milliseconds }) => milliseconds === best));
    }),
  );
});

it('says why in a few words', () => {
  const onnx = { backend: 'onnx', milliseconds: 4.04 } as const;
  expect(reasonOf([{ backend: 'webgpu', milliseconds: 3.14 }, onnx, { backend: 'wasm', milliseconds: 70 }])).toBe(
    '3.1 ms a forward, onnx 4.0',
  );
  expect(reasonOf([onnx])).toBe('4.0 ms a forward, and no other verifies and runs it');
  expect(reasonOf([])).toBe('none verifies and runs it');
  expect([0.034, 0.5, 9.94, 12.3, 418].map(shownMilliseconds)).toEqual(['0.03', '0.5', '9.9', '12', '418']);
});
