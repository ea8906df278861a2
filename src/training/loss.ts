import type { Tensor } from '@tensorflow/tfjs';
import { match } from 'ts-pattern';
import type { Tf } from '../models/tfjs/backend.js';
import { softmax } from '../models/tfjs/network/softmax.js';
import { scheduleSlope, type Corruption } from './corruption.js';

/**
 * Loss at every position, flat [N] in nats, from logits [..., V] of N positions and their clean tokens.
 * `characters` are the tokens that text is made of: a mask id behind them has no probability.
 */
export function positionLoss(
  tf: Tf,
  logits: Tensor,
  clean: Int32Array,
  corruption: Corruption,
  characters: number,
): Tensor {
  const vocabulary = logits.shape.at(-1) ?? characters;
  const flat = logits.reshape([-1, vocabulary]).slice([0, 0], [-1, characters]);
  const target = oneHot(tf, clean, characters);
  return match(corruption)
    .with({ loss: 'cross-entropy' }, ({ weights }) =>
      tf.logSoftmax(flat).mul(target).sum(-1).mul(tf.tensor1d(weights)).neg(),
    )
    .with({ loss: 'uniform-elbo' }, ({ tokens, alpha }) =>
      uniformElbo(tf, flat, target, tokens, clean, { alpha, slope: scheduleSlope }),
    )
    .exhaustive();
}

/** Noise level of every position: alpha_t, and d alpha / dt. */
export interface NoiseLevels {
  readonly alpha: Float64Array;
  readonly slope: number;
}

/**
 * The uniform-noise ELBO per position [N] (UDLM, arXiv 2412.10193; Duo, arXiv 2506.10892). With
 * a = K alpha x0 + 1 - alpha, b = K alpha p + 1 - alpha and i the noisy token, it is
 *   alpha' / (K alpha) (K / a_i - K / b_i - sum_j (a_j / a_i) log(b_i a_j / (b_j a_i))).
 * As a has two values only, this is linear in 1 / b_i, log b_i, sum_j log b_j and log b_x0, with coefficients
 * that hold no weights; they are made in double precision. b >= 1 - alpha, so no logarithm meets a zero.
 */
export function uniformElbo(
  tf: Tf,
  logits: Tensor,
  target: Tensor,
  noisy: Int32Array,
  clean: Int32Array,
  { alpha, slope }: NoiseLevels,
): Tensor {
  const size = logits.shape.at(-1) ?? 1;
  const terms = ['one', 'inverse', 'atNoisy', 'total', 'atClean', 'signal', 'floor'] as const;
  const table = Object.fromEntries(terms.map((term) => [term, new Float32Array(alpha.length)]));
  for (const [n, level] of alpha.entries()) {
    const [floor, peak] = [1 - level, size * level + 1 - level];
    const reached = noisy[n] === clean[n] ? peak : floor;
    const scale = slope / (size * level);
    const selfTerm = peak * Math.log(peak) + (size - 1) * floor * Math.log(floor) - size * Math.log(reached);
    const row = {
      one: scale * (size / reached - selfTerm / reached),
      inverse: -scale * size,
      atNoisy: (-scale * size) / reached,
      total: (scale * floor) / reached,
      atClean: (scale * size * level) / reached,
      signal: size * level,
      floor,
    };
    for (const term of terms) table[term]?.fill(row[term], n, n + 1);
  }
  const column = (term: (typeof terms)[number]): Tensor => tf.tensor1d(table[term] ?? []);
  const mixed = softmax(tf, logits).mul(column('signal').expandDims(-1)).add(column('floor').expandDims(-1)).log();
  const atNoisy = mixed.mul(oneHot(tf, noisy, size)).sum(-1);
  const atClean = mixed.mul(target).sum(-1);
  return column('one')
    .add(column('inverse').mul(atNoisy.neg().exp()))
    .add(column('atNoisy').mul(atNoisy))
    .add(column('total').mul(mixed.sum(-1)))
    .add(column('atClean').mul(atClean));
}

/** [N, size]; ids beyond `size` come out as zeros. */
function oneHot(tf: Tf, tokens: Int32Array, size: number): Tensor {
  return tf.oneHot(tf.tensor1d(tokens, 'int32'), size).toFloat();
}
