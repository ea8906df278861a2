import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { openModel } from '../../../src/models/open-model.js';
import type { Denoiser } from '../../../src/models/denoiser.js';
import { writeModel, type RandomModel, type Tensors } from './random-model.js';

/** The backends that everything a denoiser does is tested on. */
export const testedBackends = ['wasm', 'onnx'] as const;

/** A random model for the tests of one `describe`; none of them may leave a handle behind. */
export function useModel(
  { backend, ...changes }: Partial<RandomModel> & { readonly backend: string },
  edit?: (tensors: Tensors) => void,
): () => Denoiser {
  let denoiser: Denoiser | undefined;
  const opened = () => {
    if (denoiser === undefined) throw new Error('the model is not open');
    return denoiser;
  };
  beforeAll(async () => {
    ({ denoiser } = await openModel(await writeModel(changes, edit), { backend }));
  });
  afterEach(() => expect(opened().live).toBe(0));
  afterAll(() => opened().dispose());
  return opened;
}
