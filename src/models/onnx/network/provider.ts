import { InputError } from '../../../graph/input-error.js';
import { messageOf } from '../../../graph/message-of.js';
import type { OnnxRuntime } from '../runtime.js';

/** What of ONNX Runtime computes. */
export type Provider = 'cpu' | 'webgpu' | 'cuda';

const remedies = {
  webgpu: 'WebGPU needs a graphics card with a driver for Vulkan, Metal or Direct3D 12',
  cuda:
    "CUDA needs an NVIDIA card with its driver, CUDA 12, cuDNN 9, and ONNX Runtime's CUDA libraries: " +
    'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --foreground-scripts',
} as const;

type Session = Awaited<ReturnType<OnnxRuntime['InferenceSession']['create']>>;

/** Opens a session on a provider. Throws an `InputError` that says what is missing where the machine does not have it. */
export async function openSession(
  runtime: OnnxRuntime,
  model: Uint8Array,
  { provider, threads, folder }: { readonly provider: Provider; readonly threads: number; readonly folder: string },
): Promise<Session> {
  try {
    return await runtime.InferenceSession.create(model, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      // What goes wrong comes as an error, not as a line of the library's own on the terminal.
      logSeverityLevel: 4,
      extra: { session: { model_external_initializers_file_folder_path: folder } },
    });
  } catch (error) {
    if (provider === 'cpu') throw error;
    // Checks of the library's own say where in its code they are, and then what is wrong.
    const [line = ''] = messageOf(error).split('\n', 1);
    const cause = line.split(' was false. ').at(-1) ?? line;
    throw new InputError(
      `ONNX Runtime finds no ${provider} device here: ${remedies[provider]}. Without one, --backend onnx computes on the CPU. (${cause})`,
    );
  }
}
