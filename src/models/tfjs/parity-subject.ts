import type { ModelManifest } from '../../graph/manifest.js';
import type { OpenCheckpoint } from '../checkpoint/checkpoint.js';
import type { ReadOptions } from '../checkpoint/pieces.js';
import type { ParitySubject } from '../parity/subject.js';
import type { TensorBackend } from './backend.js';
import { TfjsDenoiser } from './denoiser.js';
import { networkOf } from './open.js';
import { runRawPasses } from './raw-passes.js';

/** A checkpoint on a tfjs backend, to be verified. */
export async function tfjsParitySubject(
  backend: TensorBackend,
  checkpoint: OpenCheckpoint,
  manifest: ModelManifest,
  reading?: ReadOptions,
): Promise<ParitySubject> {
  const network = await networkOf(backend, checkpoint, reading);
  const denoiser = new TfjsDenoiser(backend, network, manifest);
  return {
    denoiser,
    logits: (prediction) => denoiser.logitsOf(prediction),
    passes: (passes) => runRawPasses(backend.tf, network, passes),
    dispose: () => denoiser.dispose(),
  };
}
