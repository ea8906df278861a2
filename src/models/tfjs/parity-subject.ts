import type { ModelManifest } from '../../graph/manifest.js';
import type { OpenCheckpoint } from '../checkpoint/checkpoint.js';
import type { ParitySubject } from '../parity/subject.js';
import type { TensorBackend } from './backend.js';
import { denoiserOn, networkOf, type NetworkOptions } from './open.js';
import { runRawPasses } from './raw-passes.js';

/** A checkpoint on a tfjs backend, to be verified. */
export async function tfjsParitySubject(
  backend: TensorBackend,
  checkpoint: OpenCheckpoint,
  manifest: ModelManifest,
  options?: NetworkOptions,
): Promise<ParitySubject> {
  const network = await networkOf(backend, checkpoint, options);
  const denoiser = denoiserOn(backend, network, manifest, options);
  return {
    denoiser,
    logits: (prediction) => denoiser.logitsOf(prediction),
    passes: (passes) => runRawPasses(backend.tf, network, passes, manifest.vocabularySize),
    dispose: () => denoiser.dispose(),
  };
}
