import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { openModel } from '../../../src/models/open-model.js';
import type { Denoiser } from '../../../src/models/denoiser.js';
import { writeModel, type RandomModel, type Tensors } from './random-model.js';

/** A random model on the WASM backend for the tests of one `describe`; none of them may leave a handle behind. */
export function useModel(changes: Partial<RandomModel> = {}, edit?: (tensors: Tensors) => void): () => Denoiser {
  let denoiser: Denoiser | undefined;
  const opened = () => {
    if (denoiser === undefined) throw new Error('the model is not open');
    return denoiser;
  };
  beforeAll(async () => {
    ({ denoiser } = await openModel(await writeModel(changes, edit), { backend: 'wasm' }));
  });
  afterEach(() => expect(opened().live).toBe(0));
  afterAll(() => opened().dispose());
  return opened;
}
