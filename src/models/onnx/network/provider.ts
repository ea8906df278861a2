import { InputError } from '../../../graph/input-error.js';
import { messageOf } from '../../../graph/message-of.js';
import type { OnnxRuntime } from '../runtime.js';

/** What of ONNX Runtime computes. */
export type Provider = 'cpu' | 'webgpu' | 'cuda';

/** Those whose results are all in this process's memory: ONNX Runtime for Node knows no tensors of CUDA. */
export type HostProvider = Exclude<Provider, 'webgpu'>;

const remedies = {
  webgpu: 'WebGPU needs a graphics card with a driver for Vulkan, Metal or Direct3D 12',
  cuda:
    "CUDA needs an NVIDIA card with its driver, CUDA 12, cuDNN 9, and ONNX Runtime's CUDA libraries: " +
    'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --foreground-scripts',
} as const;

type Session = Awaited<ReturnType<OnnxRuntime['InferenceSession']['create']>>;

export interface SessionOptions {
  readonly provider: Provider;
  /** Threads that a run takes on a CPU. */
  readonly threads?: number | undefined;
  /** Where the files lie that the model refers to. */
  readonly folder?: string | undefined;
  /** Whether a model is refused of which something would be left to the CPU. */
  readonly strict?: boolean | undefined;
  /** Where results stay that no place is given for; the host's memory by default. */
  readonly outputs?: 'gpu-buffer' | undefined;
}

/** Opens a session. Throws what the library throws. */
export const createSession = (
  runtime: OnnxRuntime,
  model: Uint8Array,
  { provider, threads = 1, folder, strict = false, outputs }: SessionOptions,
): Promise<Session> =>
  runtime.InferenceSession.create(model, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    // What goes wrong comes as an error, not as a line of the library's own on the terminal.
    logSeverityLevel: 4,
    ...(outputs && { preferredOutputLocation: outputs }),
    extra: {
      session: {
        ...(folder && { model_external_initializers_file_folder_path: folder }),
        ...(strict && { disable_cpu_ep_fallback: '1' }),
      },
    },
  });

/** Opens a provider's first session. Throws an `InputError` that says what is missing where the machine does not have it. */
export async function openSession(runtime: OnnxRuntime, model: Uint8Array, options: SessionOptions): Promise<Session> {
  const { provider } = options;
  try {
    return await createSession(runtime, model, options);
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
