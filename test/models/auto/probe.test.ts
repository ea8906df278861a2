import { describe, expect, it } from 'vitest';
import { parityCase } from '../../../src/models/auto/parity-case.js';
import type { ProbeMessage } from '../../../src/models/auto/probe-report.js';
import { probe, reportOf } from '../../../src/models/auto/probe.js';
import type { CandidateName } from '../../../src/models/backends.js';

const file = new URL('../support/probing-process.ts', import.meta.url);
const models = [{ name: 'a model', folder: parityCase, process: 'absorbing' as const }];
const nothing = { reason: null, device: null, notes: [], difference: null, tolerance: null, timings: [] };
const verified = { ...nothing, status: 'verified', difference: 1e-6, tolerance: 1e-4 };

const probed = (backend: CandidateName, limit = 30_000, signal?: AbortSignal) =>
  probe({ backend, parity: parityCase, models }, { limit, file, signal });

describe('a probe in a process of its own', () => {
  it.each<[CandidateName, object]>([
    [
      'onnx',
      { ...verified, device: 'a processor', notes: ['as it is'], timings: [{ model: 'a model', milliseconds: 2 }] },
    ],
    [
      'webgpu',
      {
        ...nothing,
        status: 'wrong',
        device: 'a card',
        difference: NaN,
        tolerance: 1e-4,
        reason: 'its logits differ from the reference by NaN, and 1e-4 is accepted',
      },
    ],
    ['onnx-cuda', { ...nothing, status: 'missing', reason: 'no card' }],
    // What was found before the crash is kept; a crash at the very end is nobody's loss.
    [
      'onnx-webgpu',
      { ...verified, reason: 'its process crashed (SIGABRT); the last that it wrote: the driver is gone' },
    ],
    ['tensorflow', verified],
  ])('%s', async (backend, report) => {
    expect(await probed(backend)).toEqual({ backend, ...report });
  });

  it('is ended when its time is over, and says at what it was', async () => {
    // Long enough for Node to start on a busy machine, and far from what the process would take.
    const { status, reason } = await probed('wasm', 5000);
    expect([status, reason]).toEqual(['failed', 'it was ended after 5 s while it was loading']);
  });

  it('is ended with the reason of a signal, before and while it runs', async () => {
    const stop = new AbortController();
    const running = probed('wasm', 30_000, stop.signal);
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await expect(probed('onnx', 30_000, stop.signal)).rejects.toThrow('enough');
  });

  it('whose file is not there says so', async () => {
    const missing = new URL('./no-such-file.mjs', import.meta.url);
    const { status, reason } = await probe(
      { backend: 'onnx', parity: parityCase, models },
      { limit: 30_000, file: missing },
    );
    expect(status).toBe('failed');
    expect(reason).toMatch(/^its process ended with code 1/);
  });
});

describe('reportOf', () => {
  const backend = 'onnx';
  const compared: ProbeMessage = { kind: 'compared', difference: 1, tolerance: 1 };

  it('counts a difference that is just accepted', () => {
    expect(reportOf({ backend }, [compared, { kind: 'done' }], 'end').status).toBe('verified');
  });

  it('believes answers that the logits do not give less than the logits', () => {
    const messages: ProbeMessage[] = [compared, { kind: 'wrong', reason: 'odd answers' }, { kind: 'done' }];
    expect(reportOf({ backend }, messages, 'end')).toMatchObject({ status: 'wrong', reason: 'odd answers' });
  });

  it('keeps why a model could not be timed, and that of one that never got so far', () => {
    const failed: ProbeMessage = { kind: 'failed', reason: 'no room' };
    expect(reportOf({ backend }, [compared, failed, { kind: 'done' }], 'end')).toMatchObject({
      status: 'verified',
      reason: 'no room',
    });
    expect(reportOf({ backend }, [failed, { kind: 'done' }], 'end')).toMatchObject({
      status: 'failed',
      reason: 'no room',
    });
    expect(reportOf({ backend }, [], 'end')).toMatchObject({ status: 'failed', reason: 'end' });
  });
});

it.each(['onnx', 'wasm'] as const)('%s really verifies here, and is timed', async (backend) => {
  const stages: string[] = [];
  const report = await probe(
    { backend, parity: parityCase, models },
    { limit: 60_000, tell: (stage) => stages.push(stage) },
  );
  expect(report).toMatchObject({ backend, status: 'verified', reason: null, timings: [{ model: 'a model' }] });
  expect(report.difference).toBeLessThan(1e-4);
  expect(report.device).toMatch(/\S/);
  expect(stages).toEqual(['loading', 'comparing with the reference', 'opening a model', 'timing a model']);
});
