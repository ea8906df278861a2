import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InputError } from '../../../src/graph/input-error.js';
import type { AutoEvent } from '../../../src/models/auto/events.js';
import { parityCase } from '../../../src/models/auto/parity-case.js';
import type { ProbeReport, ProbeRequest, ProbeStatus } from '../../../src/models/auto/probe-report.js';
import { recall, rememberedFile } from '../../../src/models/auto/remembered.js';
import { settle, type AutoOptions, type Probe } from '../../../src/models/auto/settle.js';
import { candidates, type CandidateName } from '../../../src/models/backends.js';
import { openModel } from '../../../src/models/open-model.js';
import { verifyCheckpoint } from '../../../src/models/verify.js';

beforeEach(async () => void vi.stubEnv('SAMPLEWIRE_CACHE', await mkdtemp(join(tmpdir(), 'samplewire-settle-'))));
afterEach(() => void vi.unstubAllEnvs());

type Machine = Partial<Record<CandidateName, number | ProbeStatus>>;

/** A machine on which a forward takes so many milliseconds; a word is why one is not had. */
class FakeMachine {
  machine: Machine;
  readonly requests: ProbeRequest[] = [];

  constructor(machine: Machine) {
    this.machine = machine;
  }

  get tried(): CandidateName[] {
    return this.requests.splice(0).map(({ backend }) => backend);
  }

  readonly probe: Probe = (request) => {
    this.requests.push(request);
    const { backend, models } = request;
    const found = this.machine[backend] ?? 'missing';
    const report: ProbeReport = {
      backend,
      status: typeof found === 'number' ? 'verified' : found,
      reason: typeof found === 'number' ? null : `there is no ${backend}`,
      device: null,
      notes: [],
      difference: null,
      tolerance: null,
      timings: typeof found === 'number' ? models.map(({ name }) => ({ model: name, milliseconds: found })) : [],
    };
    return Promise.resolve(report);
  };
}

/** Opens nothing, and says on what it would have. */
const opening = (machine: FakeMachine, options: AutoOptions = {}) =>
  settle(parityCase, options, (backend) => Promise.resolve(`opened on ${backend}`), machine.probe);

describe('settle', () => {
  it('tries all there are on the model, and takes the fastest that verifies', async () => {
    const machine = new FakeMachine({ onnx: 4, webgpu: 3, tensorflow: 9, 'onnx-cuda': 'wrong' });
    const events: AutoEvent[] = [];
    const settled = await opening(machine, { choosing: (event) => events.push(event) });
    expect(settled).toEqual({
      opened: 'opened on webgpu',
      backend: 'webgpu',
      why: '3.0 ms a forward, onnx 4.0',
    });
    expect(machine.requests.every(({ models }) => models.at(-1)?.folder === parityCase)).toBe(true);
    expect(machine.tried).toEqual([...candidates]);
    expect(events.slice(0, 2)).toEqual(
      ['onnx', 'onnx-cuda'].map((backend, i) => ({
        type: 'probing',
        backend,
        number: i + 1,
        total: candidates.length,
        stage: 'starting',
      })),
    );
    expect(events.at(-1)).toEqual({ type: 'taken', backend: 'webgpu', why: '3.0 ms a forward, onnx 4.0' });
  });

  it('remembers what it took for as long as nothing changes', async () => {
    const machine = new FakeMachine({ onnx: 4, wasm: 30 });
    await opening(machine);
    expect(machine.tried).toHaveLength(candidates.length);
    machine.machine = { wasm: 1 };
    expect(await opening(machine)).toEqual({
      opened: 'opened on onnx',
      backend: 'onnx',
      why: '4.0 ms a forward, wasm 30, as measured before',
    });
    expect(machine.tried).toEqual([]);
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '3');
    expect((await opening(machine)).backend).toBe('wasm');
    expect(machine.tried).toHaveLength(candidates.length);
  });

  it('tells where its choice cannot be kept', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'samplewire-settle-')), 'file');
    await writeFile(file, '');
    // Nobody can write below a file, whoever runs the test.
    vi.stubEnv('SAMPLEWIRE_CACHE', join(file, 'cache'));
    const events: AutoEvent[] = [];
    await opening(new FakeMachine({ onnx: 4, wasm: 30 }), { choosing: (event) => events.push(event) });
    expect(events.slice(-2)).toEqual([
      { type: 'unkept', file: rememberedFile() },
      { type: 'taken', backend: 'onnx', why: '4.0 ms a forward, wasm 30' },
    ]);
  });

  it('forgets a backend that does not open any more, and looks again', async () => {
    const machine = new FakeMachine({ webgpu: 3, onnx: 4 });
    await opening(machine);
    machine.machine = { onnx: 4, webgpu: 'missing' };
    machine.requests.length = 0;
    const open = (backend: CandidateName) =>
      backend === 'webgpu' ? Promise.reject(new Error('the card is gone')) : Promise.resolve(backend);
    expect((await settle(parityCase, {}, open, machine.probe)).opened).toBe('onnx');
    expect(machine.tried).toEqual(['webgpu', ...candidates]);
    expect((await recall()).map(({ backend }) => backend)).toEqual(['onnx']);
  });

  it('does not blame the backend for a fault of something else', async () => {
    const machine = new FakeMachine({ onnx: 4 });
    await opening(machine);
    machine.requests.length = 0;
    const open = () => Promise.reject(new InputError('the tokenizer does not fit'));
    await expect(settle(parityCase, {}, open, machine.probe)).rejects.toThrow('the tokenizer does not fit');
    expect(machine.tried).toEqual(['onnx']);
    expect(await recall()).toHaveLength(1);
  });

  it('tries those that compute in a precision, or take threads, and none where there is one alone', async () => {
    const machine = new FakeMachine({ 'onnx-cuda': 2, onnx: 5 });
    expect((await opening(machine, { precision: 'fp16' })).backend).toBe('onnx-cuda');
    expect(machine.requests.every(({ precision }) => precision === 'fp16')).toBe(true);
    expect(machine.tried).toEqual(['onnx-cuda', 'onnx-webgpu']);
    await opening(machine, { threads: 2 });
    expect(machine.requests.every(({ threads }) => threads === 2)).toBe(true);
    expect(machine.tried).toEqual(['onnx', 'onnx-cuda', 'onnx-webgpu']);
    expect(await opening(machine, { precision: 'int8' })).toMatchObject({
      backend: 'onnx',
      why: 'the only one that can do it',
    });
    expect(machine.tried).toEqual([]);
  });

  it('tries what may be no graphics card on something small first', async () => {
    const machine = new FakeMachine({ onnx: 5 });
    await opening(machine);
    expect(machine.requests.filter(({ models }) => models.length === 2).map(({ backend }) => backend)).toEqual([
      'webgpu',
      'onnx-webgpu',
    ]);
  });

  it('says of each why it is not had, where none verifies, and remembers nothing', async () => {
    const failing = opening(new FakeMachine({ onnx: 'wrong' }));
    await expect(failing).rejects.toThrow(InputError);
    await expect(failing).rejects.toThrow(/no backend for blockgen-absorb-causal .*\n {2}onnx: there is no onnx\n/);
    expect(await recall()).toEqual([]);
  });

  it('refuses bad options and bad folders before anything is tried', async () => {
    const machine = new FakeMachine({ onnx: 5 });
    await expect(opening(machine, { precision: 'fp8' })).rejects.toThrow(/no precision fp8/);
    await expect(opening(machine, { threads: 0 })).rejects.toThrow(/threads must be/);
    await expect(settle('no such folder', {}, () => Promise.resolve(), machine.probe)).rejects.toThrow(InputError);
    expect(machine.tried).toEqual([]);
  });

  it('needs no cache', async () => {
    const machine = new FakeMachine({ onnx: 5 });
    await writeFile(rememberedFile(), 'nonsense');
    expect((await opening(machine)).backend).toBe('onnx');
    vi.stubEnv('SAMPLEWIRE_CACHE', join(rememberedFile(), 'below a file'));
    expect((await opening(machine)).backend).toBe('onnx');
    expect(machine.tried).toHaveLength(2 * candidates.length);
  });

  it('ends with the reason of its signal', async () => {
    const stop = new AbortController();
    const probe: Probe = (_, { signal }) => {
      stop.abort(new Error('enough'));
      signal?.throwIfAborted();
      throw new Error('it was not told to stop');
    };
    const settling = settle(parityCase, { signal: stop.signal }, () => Promise.resolve(), probe);
    await expect(settling).rejects.toThrow('enough');
  });
});

it('a model that is opened or verified on auto takes the remembered backend', async () => {
  await opening(new FakeMachine({ wasm: 3, onnx: 4 }));
  const before = await readFile(rememberedFile(), 'utf8');
  const taken: string[] = [];
  const choosing = (event: AutoEvent) => void taken.push(`${event.type} ${'backend' in event ? event.backend : ''}`);
  const { denoiser, backend } = await openModel(parityCase, { backend: 'auto', process: 'absorbing', choosing });
  denoiser.dispose();
  expect(backend).toBe('wasm (auto: 3.0 ms a forward, onnx 4.0, as measured before)');
  const { cases } = await verifyCheckpoint(parityCase, { backend: 'auto', choosing });
  expect(cases.every(({ passed }) => passed)).toBe(true);
  expect(taken).toEqual(['taken wasm', 'taken wasm']);
  expect(await readFile(rememberedFile(), 'utf8')).toBe(before);
});
