import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { consult } from '../../../src/cli/doctor/consultation.js';
import { ChangingLine } from '../../../src/cli/terminal/changing-line.js';
import { parityCase } from '../../../src/models/auto/parity-case.js';
import type { ProbeReport } from '../../../src/models/auto/probe-report.js';
import { recall, remember } from '../../../src/models/auto/remembered.js';
import type { Probe } from '../../../src/models/auto/settle.js';
import { modelToTime, type ModelToTime } from '../../../src/models/auto/timed-models.js';
import { candidates, type CandidateName } from '../../../src/models/backends.js';
import { FakeOutput, fakeSession } from '../fake-session.js';

let cache: string;
let models: ModelToTime[];
beforeAll(async () => {
  const model = await modelToTime(parityCase, 'absorbing', 'a small one');
  models = [model, { ...model, name: 'a large one', parameters: 46e6, key: 'large' }];
});
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'samplewire-doctor-test-'));
  vi.stubEnv('SAMPLEWIRE_CACHE', cache);
});
afterEach(() => void vi.unstubAllEnvs());

const found: Readonly<Record<CandidateName, Partial<ProbeReport>>> = {
  onnx: {
    status: 'verified',
    device: 'A Processor',
    difference: 1.2e-5,
    timings: [
      { model: 'a small one', milliseconds: 1.6 },
      { model: 'a large one', milliseconds: 12 },
    ],
  },
  'onnx-cuda': { status: 'missing', reason: 'ONNX Runtime finds no cuda device here: buy a card' },
  webgpu: {
    status: 'verified',
    device: 'Some GPU',
    difference: 3e-6,
    timings: [{ model: 'a small one', milliseconds: 1.4 }],
    reason: 'a large one was left out',
    notes: ['a part of the card is not used'],
  },
  'onnx-webgpu': { status: 'verified', difference: 3e-6, timings: [] },
  tensorflow: {
    status: 'failed',
    reason:
      'its process crashed (SIGSEGV); \u001b[31mthe last that it wrote: bang, and more of it than a line of this width holds',
  },
  wasm: { status: 'wrong', device: 'A Processor', difference: NaN, reason: 'its logits differ from the reference' },
};

const tried: Probe = ({ backend }, { tell }) => {
  tell?.('timing a small one');
  const nothing = { reason: null, device: null, notes: [], difference: null, timings: [] };
  const report = { backend, status: 'failed' as const, ...nothing, tolerance: 2e-4, ...found[backend] };
  return Promise.resolve(report);
};

const consulted = async (
  options: { json?: boolean; tried?: Probe; isTTY?: boolean; width?: number; environment?: NodeJS.ProcessEnv } = {},
) => {
  const session = { ...fakeSession(), stderr: new FakeOutput(options.isTTY ?? false) };
  session.stdout.columns = options.width ?? 100;
  const code = await consult(models, session, {
    line: new ChangingLine(session),
    json: options.json ?? false,
    tried: options.tried ?? tried,
  });
  return { code, text: session.stdout.text, progress: session.stderr.text };
};

describe('as text', () => {
  it('has a line for each backend: figures, or why there are none', async () => {
    const { code, text, progress } = await consulted();
    expect(code).toBe(0);
    expect(progress).toBe('');
    const [, table = '', end = ''] = /\n( {6}backend.*\n[^]*?)\n\n([^]*)$/.exec(text) ?? [];
    expect(table.split('\n')).toEqual([
      '      backend       parity       39k       46M  what computes',
      'ok    onnx          1.2e-5    1.6 ms     12 ms  ONNX Runtime on A Processor',
      'no    onnx-cuda    ONNX Runtime finds no cuda device here: buy a card',
      'ok    webgpu        3.0e-6    1.4 ms         -  TensorFlow.js by WebGPU on Some GPU',
      '                   a large one was left out',
      '                   a part of the card is not used',
      // The library's own WebGPU names the card for it.
      'ok    onnx-webgpu   3.0e-6         -         -  ONNX Runtime by WebGPU on Some GPU',
      'FAIL  tensorflow   its process crashed (SIGSEGV); \u241b[31mthe last that it wrote: bang, and more of it',
      '                   than a line of this width holds',
      'FAIL  wasm             NaN         -         -  TensorFlow.js by WASM on A Processor',
      '                   its logits differ from the reference',
    ]);
    expect(end.replaceAll('\n', ' ')).toBe(
      '--backend auto takes webgpu for a small one: 1.4 ms a forward, onnx 1.6. ' +
        '--backend auto takes onnx for a large one: 12 ms a forward, and no other verifies and runs it. ' +
        `Remembered in ${join(cache, 'auto.json')}; other models are looked at when they are first opened with it. `,
    );
  });

  it('keeps to the width of the terminal, down to that of an old one', async () => {
    for (const width of [80, 100, 140]) {
      const { text } = await consulted({ width });
      const lines = text.split('\n').filter((line) => !line.includes(cache));
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    }
  });

  it('shows what is under way where a person sees lines change, and leaves nothing of it', async () => {
    const { progress } = await consulted({ isTTY: true });
    expect(progress).toContain('trying webgpu (3 of 6): timing a small one');
    expect(progress.endsWith('\r\u001b[K')).toBe(true);
  });
});

it('fails when nothing verifies, and forgets what was remembered', async () => {
  await remember({
    key: 'old',
    model: 'm',
    backend: 'wasm',
    milliseconds: [{ backend: 'wasm', milliseconds: 1 }],
  });
  const none: Probe = async (request, options) => ({
    ...(await tried(request, options)),
    status: 'missing',
    reason: 'no',
  });
  const { code, text } = await consulted({ tried: none });
  expect(code).toBe(1);
  expect(text).toContain('--backend auto finds nothing for a small one: none verifies and runs it.');
  expect(await recall()).toEqual([]);
});

it('puts what was measured in place of what auto remembers', async () => {
  await consulted();
  expect((await recall()).map(({ key, backend }) => [key, backend])).toEqual([
    [models[0]?.key, 'webgpu'],
    ['large', 'onnx'],
  ]);
});

it('says where it could not remember', async () => {
  const file = join(cache, 'file');
  await writeFile(file, '');
  vi.stubEnv('SAMPLEWIRE_CACHE', join(file, 'below'));
  const { code, text } = await consulted();
  expect([code, text.replaceAll('\n', ' ')]).toEqual([0, expect.stringContaining('cannot be written')]);
});

it('is one JSON object for programs, whose form others rely on', async () => {
  const { code, text } = await consulted({ json: true });
  expect(code).toBe(0);
  const nullable = z.string().nullable();
  const form = z.strictObject({
    format: z.literal(1),
    samplewire: z.string().regex(/^\d/),
    node: z.literal(process.versions.node),
    platform: z.literal(`${process.platform} ${process.arch}`),
    processor: z.string(),
    threads: z.number().int().positive(),
    packages: z.record(z.string(), z.string()),
    models: z.array(
      z.strictObject({ name: z.string(), parameters: z.number(), positions: z.number(), context: z.number() }),
    ),
    backends: z.array(
      z.strictObject({
        backend: z.enum(candidates),
        status: z.enum(['verified', 'wrong', 'missing', 'failed']),
        reason: nullable,
        device: nullable,
        notes: z.array(z.string()),
        difference: z.number().nullable(),
        tolerance: z.number().nullable(),
        milliseconds: z.record(z.string(), z.number()),
      }),
    ),
    auto: z.array(z.strictObject({ model: z.string(), backend: z.enum(candidates).nullable(), why: z.string() })),
    remembered: z.literal(join(cache, 'auto.json')),
  });
  const { backends, auto, packages } = form.parse(JSON.parse(text));
  expect(backends.map(({ backend }) => backend)).toEqual([...candidates]);
  expect(backends[0]?.milliseconds).toEqual({ 'a small one': 1.6, 'a large one': 12 });
  // NaN has no place in JSON.
  expect(backends.at(-1)).toMatchObject({ status: 'wrong', difference: null });
  expect(auto[0]).toEqual({ model: 'a small one', backend: 'webgpu', why: '1.4 ms a forward, onnx 1.6' });
  expect(packages).toMatchObject({ '@tensorflow/tfjs': expect.stringMatching(/^4/) });
  expect(await readFile(join(cache, 'auto.json'), 'utf8')).toContain('"large"');
});

it('stops where it is, and remembers nothing', async () => {
  const session = fakeSession();
  const stopping: Probe = (request, options) => {
    if (request.backend === 'webgpu') session.interrupt();
    options.signal?.throwIfAborted();
    return tried(request, options);
  };
  const line = new ChangingLine(session);
  await expect(consult(models, session, { line, json: false, tried: stopping })).rejects.toThrow();
  expect(session.stdout.text).toContain('onnx-cuda');
  expect(session.stdout.text).not.toContain('WASM');
  expect(await recall()).toEqual([]);
});
