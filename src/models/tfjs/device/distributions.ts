import type { Tensor } from '@tensorflow/tfjs-core';
import { Lazy } from '../../questions/lazy.js';
import { softmax } from '../network/softmax.js';
import type { Device } from './device.js';
import { largestOf, segmentMaxima, type Largest } from './search.js';

/**
 * Distributions over the vocabulary at N positions, on a device. They are given by scores [N, columns]: log-probabilities up to a
 * number a row, `closed` for tokens that cannot be. Everything is computed when it is first wanted.
 */
export class Distributions {
  readonly rows: number;
  readonly scores: Tensor;
  readonly #device: Device;
  readonly #maxima: Lazy<Tensor>;
  readonly #best: Lazy<Largest>;
  readonly #top: Lazy<Tensor>;
  readonly #probabilities: Lazy<Tensor>;
  readonly #highest: Lazy<Tensor>;
  readonly #logTotal: Lazy<Tensor>;

  /** `keep` sees to it that what is computed outlives the `tidy` in which it was first wanted. */
  constructor(device: Device, scores: Tensor, keep: (tensor: Tensor) => Tensor) {
    const { tf } = device;
    const once = (compute: () => Tensor): Lazy<Tensor> => new Lazy(() => keep(tf.tidy(compute)));
    this.#device = device;
    this.scores = scores;
    this.rows = scores.shape[0];
    this.#maxima = once(() => segmentMaxima(device, scores));
    this.#best = new Lazy(() => {
      const { token, segment, inside } = tf.tidy(() => ({ ...largestOf(device, scores, this.#maxima.value) }));
      return { token: keep(token), segment: keep(segment), inside: keep(inside) };
    });
    this.#top = once(() => tf.max(this.#maxima.value, 1, true));
    this.#probabilities = once(() => softmax(tf, scores));
    // The most probable token's exponential is exactly 1: its probability is one over the sum of all.
    this.#highest = once(() => tf.max(this.probabilities, 1, true));
    this.#logTotal = once(() => tf.sub(this.#top.value, tf.log(this.#highest.value)));
  }

  /** [N, columns]. */
  get probabilities(): Tensor {
    return this.#probabilities.value;
  }

  /** The most probable token of each row, the lowest among equals. */
  get best(): Largest {
    return this.#best.value;
  }

  /** [N, 1] probability of the most probable token. */
  get highest(): Tensor {
    return this.#highest.value;
  }

  /** [N, columns] scores, of which the highest of each row is 0. */
  centred(): Tensor {
    return this.#device.tf.sub(this.scores, this.#top.value);
  }

  /** [N, any] log-probabilities of scores in the same rows, finite as those are. */
  logsOf(scores: Tensor): Tensor {
    return this.#device.tf.sub(scores, this.#logTotal.value);
  }
}
