import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardOf } from '../../bench/gpu/card.js';
import { secondsEach } from '../../bench/gpu/chains.js';
import { contestants, contestantsNamed, subjectOf } from '../../bench/gpu/contestants.js';
import { deviceNamed } from '../../bench/gpu/device.js';
import { integers, teraflops } from '../../bench/gpu/options.js';
import { inWords, passesOf } from '../../bench/gpu/plan.js';
import { ratesOf } from '../../bench/gpu/rates.js';
import { gapNotes, itsRates, merged, type Gpu } from '../../bench/gpu/result.js';
import { bestRates, forwardWork, sharesOf } from '../../bench/gpu/work.js';
import { readResults, writeResult } from '../../bench/harness/files.js';
import { cardRates, gpuMarkdown, noGpuMarkdown } from '../../bench/report/gpu.js';
import { writeReport } from '../../bench/report/write.js';
import { sampleResult } from './sample-result.js';

const published = { layers: 12, hidden: 768, vocabularySize: 50258 };

describe('what a forward cannot do without', () => {
  it('is the weights of the published size once, and keys and values of every row', () => {
    const weights = 12 * 12 * 768 * 768 + 768 * 50258;
    expect(forwardWork(published, { rows: 1, cached: 0, block: 16 }, 4).bytes).toBe(4 * weights);
    expect(forwardWork(published, { rows: 64, cached: 1008, block: 16 }, 2).bytes).toBe(
      2 * (weights + 64 * 1008 * 12 * 2 * 768),
    );
  });

  it('has two operations for each number that a product multiplies', () => {
    const size = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(size, size, size, size, fc.nat(4), size, (layers, width, vocabularySize, rows, cached, block) => {
        const heads = 2;
        const hidden = heads * width;
        const product = (m: number, k: number, n: number): number => 2 * m * k * n;
        let sum = product(rows * block, hidden, vocabularySize);
        for (let layer = 0; layer < layers; layer += 1) {
          sum += product(rows * block, hidden, 3 * hidden) + product(rows * block, hidden, hidden);
          sum += product(rows * block, hidden, 4 * hidden) + product(rows * block, 4 * hidden, hidden);
          for (let head = 0; head < rows * heads; head += 1) {
            sum += product(block, width, cached + block) + product(block, cached + block, width);
          }
        }
        const { operations } = forwardWork({ layers, hidden, vocabularySize }, { rows, cached, block }, 4);
        expect(operations).toBe(sum);
      }),
    );
  });

  it('is a share of 1 of the time that it takes at the rates of the device', () => {
    const work = { bytes: 6e9, operations: 4e12 };
    expect(sharesOf(work, { bytes: 3e12, operations: 1e15 }, 2)).toEqual({ memory: 1, arithmetic: 2 });
    expect(sharesOf(work, { bytes: 3e12, operations: null }, 8)).toEqual({ memory: 0.25, arithmetic: null });
  });
});

describe('rates', () => {
  it('are what a chain twice as long takes more, whatever beginning costs', async () => {
    let now = 0;
    const chain = (times: number) =>
      Promise.resolve(() => {
        now += 50 + 3 * times;
        return Promise.resolve();
      });
    expect(await secondsEach(chain, { now: () => now })).toBeCloseTo(0.003, 9);
  });

  it('are unknown where a longer chain takes no longer', async () => {
    let now = 0;
    const chain = () => Promise.resolve(() => Promise.resolve((now += 200)));
    expect(await secondsEach(chain, { now: () => now })).toBeNull();
    expect(ratesOf({ numbers: 10, side: 10 }, null, null)).toEqual({ bytes: null, operations: null });
  });

  it('count each number twice, and two operations for each product', () => {
    expect(ratesOf({ numbers: 1000, side: 10 }, 1e-6, 1e-9)).toEqual({ bytes: 8000 / 1e-6, operations: 2000 / 1e-9 });
  });

  it('of a card are the most that anybody reached', () => {
    const all = [
      { bytes: 5, operations: null },
      { bytes: null, operations: null },
      { bytes: 7, operations: null },
    ];
    expect(bestRates(all)).toEqual({ bytes: 7, operations: null });
    expect(bestRates([])).toEqual({ bytes: null, operations: null });
  });
});

describe('the plan', () => {
  it('has every case once, few rows before many and the middle context first', () => {
    const passes = passesOf({ rows: [1, 8, 64], contexts: [0, 256, 1008], pipelines: ['ar', 'arpc'] });
    expect(passes.map((tasks) => tasks.map(inWords))).toEqual([
      [
        ...['1 row, 256 cached', '8 rows, 256 cached', 'ar, 1 row', 'arpc, 1 row'],
        ...['1 row, 0 cached', '1 row, 1008 cached', '8 rows, 0 cached', '8 rows, 1008 cached'],
        ...['ar, 8 rows', 'arpc, 8 rows'],
      ],
      ['64 rows, 256 cached', 'ar, 64 rows', 'arpc, 64 rows', '64 rows, 0 cached', '64 rows, 1008 cached'],
    ]);
    expect(passesOf({ rows: [64], contexts: [], pipelines: ['ar'] })).toHaveLength(1);
  });

  it('is for contestants by their names or their backends', () => {
    expect(contestantsNamed(['webgpu', 'torch fp16']).map(({ name }) => name)).toEqual(['webgpu fp32', 'torch fp16']);
    expect(() => contestantsNamed(['vulkan'])).toThrow(/no contestant "vulkan"/);
    for (const each of contestants) {
      const subject = subjectOf(each, 'here', 2);
      expect(subject).toMatchObject(
        each.backend === null ? { device: 'cuda', numbers: each.numbers } : { precision: each.numbers },
      );
    }
  });
});

describe('options', () => {
  it('are lists and rates, or refused', () => {
    expect(integers(0)('0, 256')).toEqual([0, 256]);
    expect(() => integers(1)('1,0')).toThrow(/1 or more/);
    expect(() => integers(0)('1,,2')).toThrow();
    expect(teraflops('67')).toEqual({ fp32: 67e12 });
    expect(teraflops('fp32=67,fp16=989')).toEqual({ fp32: 67e12, fp16: 989e12 });
    expect(() => teraflops('fp64=34')).toThrow(/fp32, tf32, fp16/);
    expect(() => teraflops('fp32=fast')).toThrow();
  });
});

describe('devices', () => {
  it.each(['SwiftShader driver 5.0.0', 'llvmpipe (LLVM 15.0.6, 256 bits)', 'Microsoft Basic Render Driver'])(
    'in software are known by their names: %s',
    (name) => expect(deviceNamed(['x', name]).software).toBe(true),
  );

  it('are hardware otherwise, but where they are a fallback', () => {
    expect(deviceNamed(['nvidia ampere', '', 'NVIDIA A100'])).toEqual({
      name: 'nvidia ampere, NVIDIA A100',
      software: false,
    });
    expect(deviceNamed(['x'], true).software).toBe(true);
  });

  it('of NVIDIA are named by their driver', () => {
    const answer = 'NVIDIA H100 80GB HBM3, 580.159.04, 81559 MiB\nanother, 1, 2 MiB\n';
    expect(cardOf(answer)).toEqual({ name: 'NVIDIA H100 80GB HBM3', driver: '580.159.04', memory: '81559 MiB' });
    expect(cardOf('')).toBeNull();
  });
});

const gpu: Gpu = {
  card: { name: 'Card', driver: '1.2', memory: '80 GB' },
  software: false,
  shape: { layers: 1, hidden: 10, vocabularySize: 80 },
  block: 1,
  given: { bytes: null, operations: {} },
  contestants: [
    // 2000 weights, 8000 bytes, 4040 operations.
    { name: 'a fp32', numbers: 'fp32', device: 'A', rates: { bytes: 16e6, operations: 8080e3 } },
    { name: 'b fp32', numbers: 'fp32', device: 'B', rates: { bytes: 32e6, operations: 1e3 } },
    { name: 'b fp16', numbers: 'fp16', device: 'B', rates: { bytes: 1, operations: 80800e3 } },
  ],
  forwards: [
    { contestant: 'a fp32', rows: 1, cached: 0, milliseconds: [1] },
    { contestant: 'b fp16', rows: 1, cached: 0, milliseconds: [4, 1, 1] },
  ],
  runs: [{ contestant: 'a fp32', pipeline: 'ar', rows: 2, tokens: 128, milliseconds: [500, 500] }],
  gaps: [],
};

describe('the report', () => {
  it('gives shares of what the contestant can do, and of what the card can in its number type', () => {
    const text = gpuMarkdown(gpu);
    expect(text).toMatch(/\| a fp32 +\| 1\.00 ms .* \| 1000 +\| 50\.0% \(25\.0%\) +\| 50\.0% \(50\.0%\) /);
    expect(text).toMatch(/\| b fp16 .* \| 1000 +\| 400000000% \(12\.5%\) +\| 5\.00% \(5\.00%\) /);
    expect(text).toMatch(/\| ar +\| 2 +\| a fp32 +\| 128 +\| 256 /);
    expect(text).toMatch(/^Card, 80 GB, driver 1\.2\./);
    expect(text).not.toMatch(/software|data sheet/);
  });

  it('takes the data sheet in place of the card where it was given', () => {
    const given = { bytes: 80e6, operations: { fp16: 4040e5 } };
    expect(cardRates({ ...gpu, given }, 'fp32')).toEqual({ bytes: 80e6, operations: 8080e3 });
    expect(cardRates({ ...gpu, given }, 'fp16')).toEqual({ bytes: 80e6, operations: 4040e5 });
    expect(gpuMarkdown({ ...gpu, given })).toMatch(/data sheet: 0\.0800 GB\/s, 0\.0004 TFLOP\/s in fp16/);
  });

  it('says of a device in software that its figures say nothing', () => {
    expect(gpuMarkdown({ ...gpu, software: true })).toMatch(/^\*\*A device in software/);
  });

  it('says since when nothing has been measured, until something has', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    const places = { results: folder, earlier: join(folder, 'earlier.md'), report: join(folder, 'REPORT.md') };
    const { readFile, writeFile } = await import('node:fs/promises');
    await writeFile(places.earlier, '## Earlier\n');
    await writeResult(folder, sampleResult);
    await writeReport(['forward', 'gpu'], places);
    expect(await readFile(places.report, 'utf8')).toContain('No machine with a GPU has been at hand so far');
    expect(noGpuMarkdown(new Date('2026-11-24T10:00:00Z'))).toContain('(2026-11-24)');
    await writeResult(folder, { ...sampleResult, bench: 'gpu', title: 'On a GPU', measures: [], figures: [], gpu });
    expect((await readResults(folder)).get('gpu')?.gpu).toEqual(gpu);
    await writeReport(['forward', 'gpu'], places);
    const report = await readFile(places.report, 'utf8');
    expect(report).toContain('a fp32');
    expect(report).not.toContain('has been at hand');
  });
});

it('takes what was measured anew in place of what was measured before', () => {
  const now: Gpu = {
    ...gpu,
    contestants: gpu.contestants.slice(0, 1),
    forwards: [
      { contestant: 'a fp32', rows: 1, cached: 0, milliseconds: [7] },
      { contestant: 'a fp32', rows: 1, cached: 256, milliseconds: [8] },
    ],
    runs: [{ contestant: 'a fp32', pipeline: 'ar', rows: 8, tokens: 1, milliseconds: [9] }],
  };
  const { contestants: who, forwards, runs } = merged(gpu, now);
  expect(who.map(({ name }) => name).sort()).toEqual(['a fp32', 'b fp16', 'b fp32']);
  expect(forwards).toEqual([gpu.forwards[1], ...now.forwards]);
  expect(runs).toEqual([...gpu.runs, ...now.runs]);
});

it('takes back what was said of what has been measured since, and only that', () => {
  const late = { contestant: 'a fp32', why: null };
  const before: Gpu = {
    ...gpu,
    contestants: [],
    forwards: [],
    runs: [],
    gaps: [
      { ...late, task: '1 row, 0 cached' },
      { ...late, task: 'ar, 2 rows' },
      { ...late, task: 'arpc, 2 rows' },
      { contestant: 'a fp32', task: '8 rows, 0 cached', why: 'no room' },
      { contestant: 'b fp32', task: null, why: 'not here' },
      { contestant: 'b fp16', task: itsRates, why: 'too slow' },
      { contestant: 'c', task: null, why: 'not here' },
    ],
  };
  const now: Gpu = { ...gpu, gaps: [{ contestant: 'c', task: null, why: 'still not here' }] };
  expect(gapNotes(merged(before, now).gaps)).toEqual([
    'a fp32, 8 rows, 0 cached failed: no room',
    'c took no part: still not here',
    'Time ran out before a fp32: arpc, 2 rows.',
  ]);
});
