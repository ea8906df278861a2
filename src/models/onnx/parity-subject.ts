import type { ModelManifest } from '../../graph/manifest.js';
import type { OnnxChoice } from '../backend-choice.js';
import { withCheckpoint } from '../checkpoint/folder.js';
import type { ReadOptions } from '../checkpoint/pieces.js';
import type { ParitySubject } from '../parity/subject.js';
import { openNetwork } from './network/open.js';
import { networkOptionsOf, openOnnxDenoiser } from './open.js';
import { runRawPasses } from './raw-passes.js';
import { loadOnnxRuntime } from './runtime.js';

/** A checkpoint on ONNX Runtime, to be verified. Raw passes run on a network of their own, in this thread. */
export async function onnxParitySubject(
  folder: string,
  choice: OnnxChoice,
  manifest: ModelManifest,
  reading?: ReadOptions,
): Promise<ParitySubject> {
  const denoiser = await openOnnxDenoiser(folder, choice, manifest, reading);
  return {
    denoiser,
    logits: (prediction) => denoiser.logits(prediction),
    passes: async (passes) => {
      const runtime = await loadOnnxRuntime();
      const network = await withCheckpoint(folder, (checkpoint) =>
        openNetwork(runtime, checkpoint, networkOptionsOf(choice)),
      );
      try {
        return await runRawPasses(network, passes);
      } finally {
        await network.dispose();
      }
    },
    dispose: () => denoiser.dispose(),
  };
}
