import { InputError } from '../graph/input-error.js';

/** Halfway from the largest 16-bit float, 65504, to the next step of its exponent: from here on values round to infinity. */
const OVER_F16 = 65520;

/** Throws an `InputError` when one of the losses of `step`, in nats, is not a finite number. */
export function requireFiniteLoss(nats: readonly number[], step: number): void {
  if (!nats.every(Number.isFinite)) throw diverged('The loss is no longer a number', step);
}

/** Throws an `InputError` when one of the weights after `step` is not a number that 16 bits can store, as a checkpoint must. */
export function requireStorable(weights: Float32Array, step: number): void {
  if (!weights.every((weight) => Math.abs(weight) < OVER_F16)) {
    throw diverged('The weights are no longer numbers that a checkpoint can store', step);
  }
}

const diverged = (what: string, step: number): InputError =>
  new InputError(`${what} at step ${step}: lower the learning rate. What was saved before is intact.`);
