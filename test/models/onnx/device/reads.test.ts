import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Question } from '../../../../src/graph/effects.js';
import type { Prediction } from '../../../../src/graph/values.js';
import { segmentsOf, segmentWidth } from '../../../../src/models/onnx/questions/segments.js';
import { arScore, denoise, forward, releaseReply, waiting } from '../../support/calls.js';
import { writeModel } from '../../support/random-model.js';
import { openOnDevice, type DeviceModel } from '../support/device-model.js';

const vocabulary = 1000;
const mask = vocabulary - 1;
const segments = segmentsOf(vocabulary);
const bytes = Float32Array.BYTES_PER_ELEMENT;

describe('of a pass on a device', () => {
  let model: DeviceModel;
  let last = { reads: 0, readBytes: 0 };

  beforeAll(async () => {
    model = await openOnDevice(await writeModel({ hidden: 16, heads: 2, layers: 2, vocabulary, length: 64, scale: 3 }));
    read();
  });
  afterEach(() => expect(model.denoiser.live).toBe(0));
  afterAll(() => model.denoiser.end());

  /** What was read back since it was last asked. */
  function read(): { readonly reads: number; readonly readBytes: number } {
    const { reads, readBytes } = model.opened.device.counters;
    const since = { reads: reads - last.reads, readBytes: readBytes - last.readBytes };
    last = { reads, readBytes };
    return since;
  }

  async function ask(...questions: readonly Question[]) {
    for (const answer of await model.denoiser.answer(questions)) if (!answer.ok) throw answer.error;
    return read();
  }

  it('a few numbers a segment come back at once, and of answers only the segments that decide', async () => {
    const cache = waiting(model.denoiser, [1, 2, 3]);
    const replies = await forward(model.denoiser, [
      denoise(cache, [mask, mask, 7, mask]),
      arScore(cache, [4, 5], [mask, mask]),
    ]);
    const [answers, kept] = [6, 6];
    const summary = answers * (3 * segments + segmentWidth + 1) + kept;
    expect(read()).toEqual({ reads: 1, readBytes: summary * bytes });
    const [prediction, scores] = replies.map((reply) => reply.prediction);
    if (prediction === undefined || scores === undefined) throw new Error('no reply');

    // What the pass has told already.
    const measures = ['entropy', 'confidence', 'margin'] as const;
    const told = measures.map((measure): Question => ({ ask: 'uncertainty', prediction, measure }));
    expect(await ask({ ask: 'argmax', prediction }, ...told)).toEqual({ reads: 0, readBytes: 0 });

    const uniforms = [0.1, 0.4, 0.5, 0.9];
    const sample: Question = { ask: 'sample', prediction, uniforms };
    const score: Question = { ask: 'token-score', prediction: scores, tokens: [4, 900], measure: 'nll' };
    const answered = await ask(sample, score);
    expect(answered.reads).toBe(1);
    // A segment for each open position, which may be the top one, and for each token.
    expect(answered.readBytes).toBeGreaterThan(0);
    expect(answered.readBytes).toBeLessThanOrEqual(5 * segmentWidth * bytes);
    // What was brought once stays as long as the prediction.
    expect(await ask(sample, score, { ask: 'posterior', prediction, alphaT: 0, alphaS: 1, uniforms })).toEqual({
      reads: 0,
      readBytes: 0,
    });

    expect((await ask({ ask: 'divergence', prediction: scores, other: scores, measure: 'kld' })).readBytes).toBe(
      2 * segments * bytes,
    );
    replies.forEach(releaseReply);
    cache.release();
  });

  it('whole rows come back where a prediction is cut, once', async () => {
    const cache = model.denoiser.openCache();
    const [reply] = await forward(model.denoiser, [denoise(cache, [mask, mask])]);
    if (reply === undefined) throw new Error('no reply');
    read();
    const cut: Prediction[] = [0.5, 0.9].map((mass) => reply.prediction.shaped({ shape: 'nucleus', mass }));
    const questions = cut.map((prediction): Question => ({ ask: 'sample', prediction, uniforms: [0.3, 0.6] }));
    const whole = { reads: 1, readBytes: 2 * segments * segmentWidth * bytes };
    expect(await ask(...questions)).toEqual(whole);
    expect(await ask(...questions)).toEqual({ reads: 0, readBytes: 0 });
    expect((await model.denoiser.logits(reply.prediction)).length).toBe(2 * vocabulary);
    expect(read()).toEqual(whole);
    for (const prediction of cut) prediction.release();
    releaseReply(reply);
    cache.release();
  });
});
