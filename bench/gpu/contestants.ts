import { InputError } from '../../src/graph/input-error.js';
import type { BackendName } from '../../src/models/backends.js';
import type { Subject } from '../peers/protocol.js';
import type { NumberType } from './result.js';

/** Somebody who computes forwards, in a process of its own. */
export interface Contestant {
  readonly name: string;
  readonly numbers: NumberType;
  /** `null` for PyTorch. */
  readonly backend: BackendName | null;
}

const ours = (backend: BackendName, numbers: NumberType): Contestant => ({
  name: `${backend} ${numbers}`,
  numbers,
  backend,
});
const torch = (numbers: NumberType): Contestant => ({ name: `torch ${numbers}`, numbers, backend: null });

/** Those whose figures are worth most first. */
export const contestants: readonly Contestant[] = [
  ours('onnx-webgpu', 'fp32'),
  ours('webgpu', 'fp32'),
  torch('fp32'),
  ours('onnx-webgpu', 'fp16'),
  ours('tensorflow', 'fp32'),
  ours('onnx-cuda', 'fp32'),
  torch('fp16'),
  ours('onnx-cuda', 'fp16'),
  torch('tf32'),
];

/** Those of the given names: a contestant's, or a backend's for all its number types. Throws an `InputError` for one that is not there. */
export function contestantsNamed(names: readonly string[]): readonly Contestant[] {
  const unknown = names.find((name) => !contestants.some((each) => isNamed(each, name)));
  if (unknown !== undefined) {
    throw new InputError(
      `there is no contestant "${unknown}"; there are ${contestants.map(({ name }) => name).join(', ')}`,
    );
  }
  return contestants.filter((each) => names.some((name) => isNamed(each, name)));
}

const isNamed = ({ name }: Contestant, wanted: string): boolean =>
  name === wanted || name.split(' ', 1).join() === wanted;

/** A contestant's network in a process of its own. */
export function subjectOf({ backend, numbers }: Contestant, folder: string, threads: number): Subject {
  if (backend === null) return { subject: 'torch', folder, threads, device: 'cuda', numbers };
  return { subject: 'model', folder, backend, precision: numbers, threads };
}
