import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import { defineNode } from '../../src/graph/node-definition.js';
import * as param from '../../src/graph/params.js';
import { ancestralStep, denoiseStep, kvCommit, noiseSchedule, propose, uncertainty } from '../../src/nodes/index.js';
import { assertNoLeaks, fire, NodeFault, tinyModel } from '../../src/testing/index.js';

const block = { start: 0, size: 2, tokens: [4, 4], fixed: [false, false] };

describe('fire', () => {
  it('fires a step, with defaults for what is left out', async () => {
    const { outputs, event } = await fire(noiseSchedule, { inputs: { index: 1 }, params: { steps: 2 } });
    expect(outputs.level).toMatchObject({ step: 1, steps: 2, alphaS: 1, last: true });
    expect(event).toBeUndefined();
  });

  it('fires a forward and a question on one model, and counts every handle', async () => {
    const model = tinyModel();
    const cache = model.denoiser.openCache();
    const denoised = await fire(denoiseStep, { inputs: { cache, block }, model });
    const doubt = await fire(uncertainty, {
      inputs: { prediction: denoised.outputs.prediction },
      params: { measure: 'confidence' },
      model,
    });
    const rows = model.denoiser.probabilities(denoised.outputs.prediction);
    expect(doubt.outputs.scores).toEqual(rows.map((row) => -Math.max(...row)));
    expect(() => assertNoLeaks(model)).toThrow('never released: 3');
    denoised.release();
    cache.release();
    assertNoLeaks(model);
  });

  it('gives the event, and other draws for other seeds', async () => {
    const model = tinyModel();
    const prediction = model.denoiser.predict(block.tokens);
    const level = { alphaT: 0, alphaS: 1, step: 0, steps: 1, last: true };
    const drafts = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const { outputs, event } = await fire(propose, { inputs: { prediction, block, level }, model, seed });
      expect(event).toMatchObject({ type: 'step', tokens: outputs.block.tokens });
      drafts.add(outputs.block.tokens.join(' '));
    }
    expect(drafts.size).toBeGreaterThan(3);
    prediction.release();
    assertNoLeaks(model);
  });

  it('hands on what the node and the model throw', async () => {
    const model = tinyModel();
    const scored = model.denoiser.score([1, 2]);
    const level = { alphaT: 0, alphaS: 1, step: 0, steps: 1, last: true };
    const inputs = { prediction: scored, block, level };
    await expect(fire(ancestralStep, { inputs, model })).rejects.toThrow('AR scores have no posterior');
    scored.release();
    const refusing = defineNode({
      kind: 'no',
      summary: 'Refuses.',
      inputs: {},
      outputs: {},
      params: {},
      step: () => {
        throw new Error('not on Sundays');
      },
    });
    await expect(fire(refusing, { inputs: {} })).rejects.toThrow('not on Sundays');
    assertNoLeaks(model);
  });

  it('says all that is wrong with parameters', async () => {
    const node = defineNode({
      kind: 'many',
      summary: 'Has parameters.',
      inputs: {},
      outputs: { n: 'number' },
      params: {
        size: param.integer({ min: 1 }),
        heat: param.number({ optional: true }),
        mode: param.choice(['a', 'b'], { default: 'a' }),
      },
      step: ({ params }) => ({ n: params.size + (params.heat ?? 0) + (params.mode === 'a' ? 0 : 100) }),
    });
    expect((await fire(node, { inputs: {}, params: { size: 2 } })).outputs.n).toBe(2);
    expect((await fire(node, { inputs: {}, params: { size: 2, mode: 'b', heat: 1 } })).outputs.n).toBe(103);
    const wrong = fire(node, { inputs: {}, params: { size: 0, hat: 1, mode: 'c' } as object });
    await expect(wrong).rejects.toBeInstanceOf(InputError);
    await expect(wrong).rejects.toThrow(
      /"many" has no parameter "hat"; did you mean "heat"\?\n.*"size" cannot be 0: expected an integer, 1 or more\n.*"mode" cannot be "c"/,
    );
    await expect(fire(node, { inputs: {} })).rejects.toThrow('"size"');
  });

  it('finds handles that are not accounted for', async () => {
    const model = tinyModel();
    const cache = model.denoiser.openCache();
    const handing = defineNode({
      kind: 'hand-on',
      summary: 'Forgets to retain.',
      inputs: { cache: 'cache' },
      outputs: { cache: 'cache' },
      params: {},
      step: ({ inputs }) => inputs,
    });
    await expect(fire(handing, { inputs: { cache }, model })).rejects.toBeInstanceOf(NodeFault);
    const canvas = { tokens: [1, 2], length: 4, promptLength: 0, ended: false };
    const kept = await fire(kvCommit, { inputs: { cache, canvas, block: { ...block, start: 2 } }, model });
    expect(kept.outputs.cache.tokens).toEqual([1, 2]);
    kept.release();
    cache.release();
    assertNoLeaks(model);
  });
});

describe('tinyModel', () => {
  it('is what its options say, and answers from its tables', () => {
    const table = [0.5, 0.25, 0.25];
    const model = tinyModel({
      process: 'uniform',
      vocabularySize: 3,
      length: 2,
      denoise: (_prefix, noisy) => noisy.map(() => table),
      ar: (prefix) => (prefix.length === 0 ? [0, 0, 1] : [1, 0, 0]),
    });
    expect(model.denoiser.manifest).toMatchObject({ process: 'uniform', maskId: null, vocabularySize: 3, length: 2 });
    const predictions = [
      model.denoiser.predict([0, 1]),
      model.denoiser.score([0, 1]),
      model.denoiser.predict([0], [], 0),
    ];
    const [denoised, scored, cold] = predictions.map((each) => model.denoiser.probabilities(each));
    expect(denoised).toEqual([
      [expect.closeTo(0.5), expect.closeTo(0.25), expect.closeTo(0.25)],
      [expect.closeTo(0.5), expect.closeTo(0.25), expect.closeTo(0.25)],
    ]);
    expect(scored).toEqual([
      [0, 0, 1],
      [1, 0, 0],
    ]);
    expect(cold).toEqual([[1, 0, 0]]);
    for (const each of predictions) each.release();
    assertNoLeaks(model);
    expect(tinyModel({ vocabularySize: 7 }).denoiser.manifest.maskId).toBe(6);
  });
});
