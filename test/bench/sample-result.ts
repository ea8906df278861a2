import type { Result } from '../../bench/harness/result.js';

/** A result of a benchmark that nobody measured. */
export const sampleResult: Result = {
  format: 1,
  bench: 'forward',
  title: 'A forward',
  method: 'In turn.',
  command: 'npm run bench -- forward',
  date: '2026-01-02T03:04:05.000Z',
  commit: null,
  machine: { processor: 'x', cores: 4, memoryGB: 16, system: 'linux x64', node: '20.0.0' },
  versions: { torch: '2' },
  threads: 2,
  measures: [{ case: '1 row', unit: 'ms', series: [{ name: 'a', samples: [1, null] }] }],
  figures: [
    { figure: 'high', case: '1 row', unit: 'times', value: 2, lower: 1, upper: 3, aim: { least: 2 } },
    { figure: 'low', case: '1 row', unit: '%', value: 9, lower: 8, upper: 10, aim: { most: 8 } },
    { figure: 'free', case: '1 row', unit: 'ms', value: 1, lower: 1, upper: 1, aim: null },
  ],
  notes: [],
};
