import { describe, expect, it } from 'vitest';
import type { Prediction } from '../../../../src/graph/values.js';
import type { Denoiser } from '../../../../src/models/denoiser.js';
import { graphsWorthFrom } from '../../../../src/models/onnx/questions/segments.js';
import { arScore, denoise, forward } from '../../support/calls.js';
import { useModel } from '../../support/use-model.js';

const vocabulary = graphsWorthFrom + 300;
const mask = vocabulary - 1;
const size = { hidden: 16, heads: 2, layers: 1, vocabulary, scale: 4 };
/** 0 and two that the graphs' precision is not made for included. */
const temperatures = [1, 0.4, 0, 2.5, 0.001, 1e7];

/** What a prediction says of itself when it is asked everything that needs the whole vocabulary. */
async function interview(denoiser: Denoiser, prediction: Prediction): Promise<readonly (readonly number[])[]> {
  const each = Array.from({ length: prediction.positions }, (_, i) => i);
  const uniforms = each.map((i) => (i + 0.37) / prediction.positions);
  const tokens = each.map((i) => (i * 311) % (vocabulary - 1));
  const half = prediction.shaped({ shape: 'temperature', value: 0.5 });
  const settled = await denoiser.answer([
    { ask: 'sample', prediction, uniforms },
    { ask: 'argmax', prediction },
    { ask: 'uncertainty', prediction, measure: 'entropy' },
    { ask: 'uncertainty', prediction, measure: 'margin' },
    { ask: 'token-score', prediction, tokens, measure: 'nll' },
    { ask: 'sample', prediction: half, uniforms },
  ]);
  half.release();
  return settled.map((answer) => {
    if (!answer.ok) throw answer.error;
    return 'tokens' in answer.value ? [...answer.value.tokens, ...answer.value.probabilities] : answer.value;
  });
}

/** Calls of all temperatures in one forward: denoising with revealed positions, and AR scores. */
async function interviewAll(denoiser: Denoiser): Promise<readonly (readonly number[])[]> {
  const cache = denoiser.openCache();
  const calls = temperatures.flatMap((temperature, i) => [
    denoise(cache, [mask, 3 + i, mask, mask], { temperature }),
    arScore(cache, [5, 9 + i], [mask, mask], temperature),
  ]);
  const replies = await forward(denoiser, calls);
  const answers: (readonly number[])[] = [];
  for (const { prediction } of replies) answers.push(...(await interview(denoiser, prediction)));
  for (const { prediction, cache: next } of replies) {
    prediction.release();
    next.release();
  }
  cache.release();
  return answers;
}

describe('a network that reduces its logits by itself', () => {
  const onnx = useModel({ ...size, backend: 'onnx' });
  const wasm = useModel({ ...size, backend: 'wasm' });

  it('answers at every temperature as the host does from logits', async () => {
    const [found, expected] = [await interviewAll(onnx()), await interviewAll(wasm())];
    expect(found).toHaveLength(expected.length);
    found.forEach((answer, index) => {
      answer.forEach((value, i) => {
        const right = expected[index]?.[i] ?? NaN;
        expect(Math.abs(value - right)).toBeLessThanOrEqual(2e-4 * (1 + Math.abs(right)));
      });
    });
  });

  /** Weights are finite in a file, so that only products overflow. */
  const huge = useModel({ ...size, backend: 'onnx' }, (tensors) => {
    const head = tensors.get('output_layer.linear.weight');
    head?.data.fill(3e38, 20 * size.hidden, 21 * size.hidden);
    if (head !== undefined) for (let i = 0; i < size.hidden; i += 2) head.data[20 * size.hidden + i] = -3e38;
  });

  it('refuses logits that are not finite', async () => {
    const cache = huge().openCache();
    const [reply] = await huge().forward([denoise(cache, [mask, mask])]);
    cache.release();
    expect(reply).toMatchObject({ ok: false, error: { message: expect.stringContaining('logits are not finite') } });
  });
});
