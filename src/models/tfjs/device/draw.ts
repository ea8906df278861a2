import type { Tensor } from '@tensorflow/tfjs-core';
import type { InOwn, PosteriorInOwn } from '../../questions/posterior.js';
import type { Device } from './device.js';
import type { Distributions } from './distributions.js';
import { reach, segmentsAt, segmentSums, valuesAt, valuesOf } from './search.js';

/** A token to draw at one position by the inverse CDF, in proportion to share * p + anywhere and more at one token. */
export interface Draw {
  readonly uniform: number;
  readonly share: InOwn;
  readonly anywhere: InOwn;
  /** `token` is x_t: what the others hang on is p of it. */
  readonly peak: { readonly token: number; readonly weight: InOwn };
}

const nothing: InOwn = { constant: 0, slope: 0 };

/** A draw from the distribution itself. */
export const plainDraw = (uniform: number): Draw => ({
  uniform,
  share: { constant: 1, slope: 0 },
  anywhere: nothing,
  peak: { token: 0, weight: nothing },
});

/** A draw from the posterior at a position with the noisy token `token`, which all of its peaks have to be at. */
export function posteriorDraw({ share, anywhere, peaks }: PosteriorInOwn, token: number, uniform: number): Draw {
  let weight = nothing;
  for (const peak of peaks) {
    if (peak.token !== token) throw new Error('a posterior has its peak at the noisy token, or is known beforehand');
    weight = {
      constant: weight.constant + peak.weight.constant,
      slope: weight.slope + peak.weight.slope,
    };
  }
  return { uniform, share, anywhere, peak: { token, weight } };
}

/** [N, 2]: the tokens drawn, and the probability of each in the distribution itself. */
export function drawTokens(device: Device, of: Distributions, draws: readonly Draw[]): Tensor {
  const { tf, layout } = device;
  const { width, segments, vocabularySize } = layout;
  const { probabilities } = of;
  const weights = weigher(device, probabilities, draws);
  const peaks = draws.map(({ peak }) => peak.token);

  const whole = weights(
    segmentSums(device, probabilities),
    () => device.segmentSizes,
    () =>
      tf.equal(
        device.upwards(segments),
        column(
          device,
          peaks.map((token) => Math.floor(token / width)),
        ),
      ),
  );
  const wanted = tf.mul(
    column(
      device,
      draws.map(({ uniform }) => uniform),
    ),
    tf.sum(whole, 1, true),
  );
  const { index: segment, rest } = reach(device, whole, wanted, 'lessEqual');

  const own = segmentsAt(device, probabilities, segment);
  const first = tf.mul(segment, width);
  const tokens = tf.add(first, device.upwards(width));
  const parts = weights(
    own,
    () => tf.cast(tf.less(tokens, vocabularySize), 'float32'),
    () => tf.equal(tokens, column(device, peaks)),
  );
  const { index } = reach(device, parts, rest, 'lessEqual');
  return tf.concat([tf.add(first, index), valuesAt(device, own, index)], 1);
}

type Weigher = (probabilities: Tensor, everywhere: () => Tensor, isPeak: () => Tensor) => Tensor;

/** Weights on either level: of probabilities [N, any], how many tokens each of them stands for, and which holds the peak. */
function weigher(device: Device, probabilities: Tensor, draws: readonly Draw[]): Weigher {
  const { tf } = device;
  const all = (of: (draw: Draw) => InOwn): readonly InOwn[] => draws.map(of);
  const hangs = (values: readonly InOwn[]): boolean => values.some(({ slope }) => slope !== 0);
  const [shares, anywheres, peaks] = [
    all(({ share }) => share),
    all(({ anywhere }) => anywhere),
    all(({ peak }) => peak.weight),
  ];
  const own = [shares, anywheres, peaks].some(hangs)
    ? valuesOf(
        device,
        probabilities,
        draws.map(({ peak }) => peak.token),
      )
    : null;
  const columnOf = (values: readonly InOwn[]): Tensor => {
    const constants = column(
      device,
      values.map(({ constant }) => constant),
    );
    if (own === null || !hangs(values)) return constants;
    return tf.add(
      constants,
      tf.mul(
        column(
          device,
          values.map(({ slope }) => slope),
        ),
        own,
      ),
    );
  };
  const unless = (values: readonly InOwn[], left: number): Tensor | null =>
    hangs(values) || values.some(({ constant }) => constant !== left) ? columnOf(values) : null;
  const [share, anywhere, peak] = [unless(shares, 1), unless(anywheres, 0), unless(peaks, 0)];
  return (values, everywhere, isPeak) => {
    let weights = share === null ? values : tf.mul(values, share);
    if (anywhere !== null) weights = tf.add(weights, tf.mul(anywhere, everywhere()));
    if (peak !== null) weights = tf.add(weights, tf.mul(peak, tf.cast(isPeak(), 'float32')));
    return weights;
  };
}

const column = ({ tf }: Device, values: readonly number[]): Tensor =>
  tf.tensor2d(Float32Array.from(values), [values.length, 1]);
