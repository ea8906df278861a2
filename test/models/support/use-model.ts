import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { placeOf, withCheckpoint } from '../../../src/models/checkpoint/folder.js';
import type { Denoiser } from '../../../src/models/denoiser.js';
import { manifestOf } from '../../../src/models/manifest-of.js';
import { openModel } from '../../../src/models/open-model.js';
import { loadTensorBackend } from '../../../src/models/tfjs/load.js';
import { openTfjsDenoiser } from '../../../src/models/tfjs/open.js';
import { testedTensors } from '../../support/tensors.js';
import { openOnDevice } from '../onnx/support/device-model.js';
import { writeModel, type RandomModel, type Tensors } from './random-model.js';

/** What everything that a denoiser does is tested on: backends, and those that keep logits where they are, as on a GPU: tensors (`device`), ONNX Runtime. */
export const testedBackends = ['wasm', 'device', 'onnx', 'onnx device'] as const;

/** A checkpoint folder opened on one of `testedBackends`; `on` computes what `device` stands for. */
export async function openTested(folder: string, backend: string, on = testedTensors): Promise<Denoiser> {
  if (backend === 'onnx device') return (await openOnDevice(folder)).denoiser;
  if (backend !== 'device') return (await openModel(folder, { backend })).denoiser;
  const tensors = await loadTensorBackend(on);
  return withCheckpoint(folder, (checkpoint) =>
    openTfjsDenoiser(tensors, checkpoint, manifestOf(checkpoint, placeOf(folder), null), { questions: 'device' }),
  );
}

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
    denoiser = await openTested(await writeModel(changes, edit), backend);
  });
  afterEach(() => expect(opened().live).toBe(0));
  afterAll(() => opened().dispose());
  return opened;
}
