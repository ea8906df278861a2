import { lastValueFrom, take, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cache } from '../../../../src/graph/values.js';
import { placeOf, withCheckpoint } from '../../../../src/models/checkpoint/folder.js';
import type { Denoiser, Model } from '../../../../src/models/denoiser.js';
import { manifestOf } from '../../../../src/models/manifest-of.js';
import type { TensorBackend } from '../../../../src/models/tfjs/backend.js';
import { TfjsDenoiser } from '../../../../src/models/tfjs/denoiser.js';
import { loadTensorBackend } from '../../../../src/models/tfjs/load.js';
import { openTfjsDenoiser } from '../../../../src/models/tfjs/open.js';
import type { RunEvent } from '../../../../src/runtime/events.js';
import type { RunRequest } from '../../../../src/runtime/request.js';
import { run } from '../../../../src/runtime/run.js';
import { pipeline } from '../../../support/pipelines.js';
import { namesOn, small } from '../../../support/small.js';
import { testedTensors } from '../../../support/tensors.js';
import { denoise, forward, waiting } from '../../support/calls.js';
import { smallModel, writeModel } from '../../support/random-model.js';
import { openTested } from '../../support/use-model.js';
import { onePass } from './support.js';

const vocabulary = 700;
const rows = 2;
const blockSize = 4;

let backend: TensorBackend;
let denoiser: Denoiser;
let names: readonly string[];

beforeAll(async () => {
  backend = await loadTensorBackend(testedTensors);
  denoiser = await openTested(await writeModel({ vocabulary }), 'device');
  const all = namesOn(denoiser.manifest);
  // In software WebGPU takes seconds a pipeline.
  names = testedTensors === 'webgpu' ? all.filter((name) => ['arpc', 'remdm-conf', 'speculative'].includes(name)) : all;
});
afterAll(() => denoiser.dispose());

const modelOf = (of: Denoiser): Model => ({ denoiser: of, tokenizer: null });

const request = (name: string, of: Denoiser = denoiser): RunRequest => ({
  model: modelOf(of),
  ...small(name, 12),
  rows,
  seed: 3,
});

const finish = (name: string, of?: Denoiser): Promise<RunEvent> =>
  lastValueFrom(run(pipeline(name), request(name, of)));

/** A denoiser's read-backs. */
function readBacks(of: Denoiser): { readonly count: number; readonly bytes: number } {
  if (!(of instanceof TfjsDenoiser)) throw new Error('not a denoiser on tensors');
  return of.readBacks;
}

describe('a run whose logits stay on the device', () => {
  // ReMDM looks at confidences before it draws, and a draft is judged before what is left of it is drawn from.
  it.each([
    ['ar', 1],
    ['arpc', 1],
    ['block-ancestral', 1],
    ['truncated', 1],
    ['remdm-conf', 2],
    ['speculative', 2],
  ])('reads a few numbers a position, once a round: %s, %i a forward', async (name, roundsAForward) => {
    const start = readBacks(denoiser);
    const forward = vi.spyOn(denoiser, 'forward');
    const answer = vi.spyOn(denoiser, 'answer');
    expect((await finish(name)).type).toBe('finished');
    const [forwards, rounds] = [forward.mock.calls.length, answer.mock.calls.length];
    vi.restoreAllMocks();
    const { count, bytes } = readBacks(denoiser);
    const read = { count: count - start.count, bytes: bytes - start.bytes };
    expect(read.count).toBeGreaterThan(0);
    expect(read.count).toBeLessThanOrEqual(rounds);
    expect(rounds).toBeLessThanOrEqual(roundsAForward * forwards);
    // Token and probability or two numbers, and whether the logits are finite: a row has at most a block of positions and one more.
    expect(read.bytes / read.count).toBeLessThanOrEqual(rows * (blockSize + 1) * 3 * 4 * 2);
    expect(read.bytes / read.count).toBeLessThan((4 * vocabulary) / 10);
  });

  it('finishes with every standard pipeline', async () => {
    for (const name of names) expect(await finish(name), name).toMatchObject({ type: 'finished' });
  });

  it('leaves no tensor behind when it is whole, and when it is cancelled anywhere', async () => {
    // What the constants of questions take has to be there already.
    for (const name of names) await finish(name);
    const before = backend.tf.memory().numTensors;
    for (const [index, name] of names.entries()) {
      await finish(name);
      await lastValueFrom(run(pipeline(name), request(name)).pipe(take(2 + (index % 7)), toArray()));
    }
    await vi.waitFor(() => expect(denoiser.live).toBe(0));
    expect(backend.tf.memory().numTensors).toBe(before);
  });

  it('fails where its logits are not finite, and leaves nothing behind', async () => {
    const folder = await writeModel({ vocabulary }, (tensors) => {
      const embedding = tensors.get('vocab_embed.embedding');
      embedding?.data.subarray(0, 300 * smallModel.hidden).fill(3e38);
      for (let token = 0; token < 300; token += 1) embedding?.data.set([-3e38], token * smallModel.hidden);
    });
    const odd = await openTested(folder, 'device');
    const fail = async () => {
      for (const name of ['ar', 'arpc', 'speculative']) {
        expect(await finish(name, odd)).toMatchObject({
          type: 'failed',
          message: expect.stringMatching(/logits are not finite \(position \d+ of the row\)/),
        });
      }
    };
    await fail();
    const before = backend.tf.memory().numTensors;
    await fail();
    expect(odd.live).toBe(0);
    expect(backend.tf.memory().numTensors).toBe(before);
    odd.dispose();
  });
});

it('a model that is disposed of leaves no tensor behind', async () => {
  const before = backend.tf.memory().numTensors;
  const other = await openTested(await writeModel({ vocabulary }), 'device');
  await finish('arpc', other);
  other.dispose();
  expect(backend.tf.memory().numTensors).toBe(before);
});

it('what a device says after a read-back settles every question of the round', async () => {
  let refused: Error | null = null;
  const check = vi.fn(() => {
    if (refused !== null) throw refused;
  });
  const watched: TensorBackend = { ...backend, check };
  const raw = { logits: new Float32Array(6), vocabularySize: 3, temperature: 1, maskId: 2, revealed: [null, null] };
  const pass = await onePass(watched, [{ raw, noisy: [2, 2] }], 32);
  const [prediction] = pass.predictions;
  if (prediction === undefined) throw new Error('no prediction');
  const questions = [
    { ask: 'argmax', prediction },
    { ask: 'uncertainty', prediction, measure: 'entropy' },
  ] as const;
  expect((await pass.denoiser.answer(questions)).map(({ ok }) => ok)).toEqual([true, true]);
  // About what was read, and about the pass that it was read of.
  expect(check.mock.calls).toEqual([[], [0]]);
  refused = new Error('the device was lost');
  const settled = await pass.denoiser.answer(questions);
  expect(settled).toEqual([
    { ok: false, error: refused },
    { ok: false, error: refused },
  ]);
  prediction.release();
  pass.denoiser.dispose();
});

describe('a device that has refused memory', () => {
  const raw = { logits: new Float32Array(6), vocabularySize: 3, temperature: 1, maskId: 2, revealed: [null, null] };

  /** Refuses something when it is told to, and tells each refusal once to whom it may concern. */
  function refusingBackend() {
    let [refusals, told] = [0, 0];
    const watched: TensorBackend = {
      ...backend,
      refusals: () => refusals,
      check: (since = told) => {
        if (refusals <= since) return;
        told = refusals;
        throw new Error('out of memory');
      },
    };
    return { watched, refuse: () => (refusals += 1) };
  }

  /** A pass on such a device. */
  async function refusing() {
    const { watched, refuse } = refusingBackend();
    const pass = await onePass(watched, [{ raw, noisy: [2, 2] }], 32);
    const ask = async () => {
      const [prediction] = pass.predictions;
      if (prediction === undefined) throw new Error('no prediction');
      const [settled] = await pass.denoiser.answer([{ ask: 'argmax', prediction }]);
      return settled.ok ? 'answered' : settled.error.message;
    };
    const release = () => {
      for (const prediction of pass.predictions) prediction.release();
      pass.denoiser.dispose();
    };
    return { ask, release, watched, refuse };
  }

  it('is not asked again about a pass that it may not have computed', async () => {
    const { ask, release, refuse } = await refusing();
    refuse();
    expect([await ask(), await ask()]).toEqual(['out of memory', 'out of memory']);
    release();
  });

  it('has told somebody else about it before the pass is asked', async () => {
    const { ask, release, watched, refuse } = await refusing();
    refuse();
    expect(watched.check).toThrow('out of memory');
    expect(watched.check).not.toThrow();
    expect([await ask(), await ask()]).toEqual(['out of memory', 'out of memory']);
    release();
  });

  it('is asked again about a pass of which more than it had room for was asked at once', async () => {
    const { ask, release, refuse } = await refusing();
    expect(await ask()).toBe('answered');
    refuse();
    expect([await ask(), await ask()]).toEqual(['out of memory', 'answered']);
    release();
  });

  it.each([
    { asked: 'was not asked about', expected: 'out of memory' },
    { asked: 'was asked about', expected: 'answered' },
  ])(
    'gives no answers from keys and values of a pass that it may not have computed: of one that it $asked',
    async (each) => {
      const { watched, refuse } = refusingBackend();
      const folder = await writeModel();
      const model = await withCheckpoint(folder, (checkpoint) =>
        openTfjsDenoiser(watched, checkpoint, manifestOf(checkpoint, placeOf(folder), null), { questions: 'device' }),
      );
      const passOn = async (cache: Cache, ask: boolean): Promise<{ next: Cache; outcome: string }> => {
        const [reply] = await forward(model, [denoise(cache, [28, 28])]);
        cache.release();
        if (reply === undefined) throw new Error('no reply');
        const { prediction, cache: next } = reply;
        const [settled] = ask ? await model.answer([{ ask: 'argmax', prediction }]) : [];
        prediction.release();
        return { next, outcome: settled === undefined ? '' : settled.ok ? 'answered' : settled.error.message };
      };
      const { next } = await passOn(waiting(model, [1, 2, 3]), each.asked === 'was asked about');
      refuse();
      expect(watched.check).toThrow('out of memory');
      const last = await passOn(next, true);
      expect(last.outcome).toBe(each.expected);
      last.next.release();
      expect(model.live).toBe(0);
      model.dispose();
    },
  );
});
