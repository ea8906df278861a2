import type { Tensor } from '@tensorflow/tfjs';
import type { Tf } from '../backend.js';

/** What the forward gives: its value, what the gradient needs beyond the inputs, and the gradient. */
export interface WithGradient {
  readonly value: Tensor;
  readonly saved: readonly Tensor[];
  /**
   * Gradients of the inputs, in their order, from that of the value. `kept(i)` are the inputs, then `saved`:
   * only these still live when the gradient runs, so it must not touch other tensors of the forward.
   */
  readonly gradient: (dy: Tensor, kept: (index: number) => Tensor) => Tensor[];
}

/**
 * A differentiable function of `inputs` with a gradient written by hand, where that takes fewer passes over
 * memory than the recorded one.
 */
export function customGradient(tf: Tf, inputs: readonly Tensor[], forward: () => WithGradient): Tensor {
  const run = tf.customGrad((...args) => {
    const save = args[args.length - 1];
    const { value, saved, gradient } = forward();
    if (typeof save === 'function') save([...inputs, ...saved]);
    return {
      value,
      gradFunc: (dy: Tensor, all: Tensor[]) =>
        gradient(dy, (index) => {
          const tensor = all[index];
          if (tensor === undefined)
            throw new Error(`the gradient asks for tensor ${String(index)}, which was not kept`);
          return tensor;
        }),
    };
  });
  return run(...inputs);
}
