import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from '../backend.js';

/** Workgroups that every WebGPU device takes in one dimension. */
const mostGroups = 65_535;

/**
 * What `compute` gives for `count` things of the same kind along the first axis of its tensors, on the active backend. Some programs of the
 * WebGPU backend (4.22) have a workgroup for each and go wrong, or refuse, where there are more than a device takes: there they are computed
 * in pieces. `part` gives what a tensor has of the piece whose turn it is.
 */
export function inPieces(tf: Tf, count: number, compute: (part: (tensor: Tensor) => Tensor) => Tensor): Tensor {
  if (tf.getBackend() !== 'webgpu' || count <= mostGroups) return compute((tensor) => tensor);
  const pieces = Array.from({ length: Math.ceil(count / mostGroups) }, (_, piece) => {
    const first = piece * mostGroups;
    return compute((tensor) => tf.slice(tensor, [first], [Math.min(mostGroups, count - first)]));
  });
  return tf.concat(pieces, 0);
}
