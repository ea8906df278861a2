import type { ModelManifest } from '../../graph/manifest.js';
import type { OnnxChoice } from '../backend-choice.js';
import { withCheckpoint } from '../checkpoint/folder.js';
import type { ReadOptions } from '../checkpoint/pieces.js';
import type { ParitySubject } from '../parity/subject.js';
import { openDevice } from './device/open.js';
import { runDeviceRawPasses } from './device/raw-passes.js';
import { turns } from './engine/turns.js';
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
      const { provider, ...options } = networkOptionsOf(choice);
      if (provider === 'webgpu') {
        return turns.take(async () => {
          const opened = await withCheckpoint(folder, (checkpoint) =>
            openDevice(runtime, checkpoint, { ...options, provider, maskId: manifest.maskId }),
          );
          return finallyDisposed(opened, () => runDeviceRawPasses(opened, passes));
        });
      }
      const network = await withCheckpoint(folder, (checkpoint) =>
        openNetwork(runtime, checkpoint, { ...options, provider }),
      );
      return finallyDisposed(network, () => runRawPasses(network, passes));
    },
    dispose: () => denoiser.dispose(),
  };
}

async function finallyDisposed<T>(made: { dispose(): Promise<void> }, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } finally {
    await made.dispose();
  }
}
