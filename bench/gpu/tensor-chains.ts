import type * as tfjs from '@tensorflow/tfjs';
import type { TensorBackendName } from '../../src/models/backends.js';
import { loadTensorBackend } from '../../src/models/tfjs/load.js';
import { randomSquare, type Chain, type RateChains, type RateSizes } from './chains.js';

/** Chains in the tensor library, of whose result only one number leaves the device. */
export async function tensorChains(name: TensorBackendName, { numbers, side }: RateSizes): Promise<RateChains> {
  const { tf } = await loadTensorBackend(name);
  const chain =
    (first: tfjs.Tensor, link: (x: tfjs.Tensor) => tfjs.Tensor): Chain =>
    (times) =>
      Promise.resolve(async () => {
        const one = tf.tidy(() => {
          let x = first;
          for (let i = 0; i < times; i += 1) {
            const next = link(x);
            if (x !== first) x.dispose();
            x = next;
          }
          return tf.slice(tf.reshape(x, [-1]), [0], [1]);
        });
        await one.data();
        one.dispose();
      });
  const square = tf.tensor2d(randomSquare(side), [side, side]);
  return {
    negations: chain(tf.ones([numbers]), (x) => tf.neg(x)),
    products: chain(square, (x) => tf.matMul(x, square)),
  };
}
