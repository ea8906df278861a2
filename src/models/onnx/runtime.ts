import type * as onnxruntime from 'onnxruntime-node';
import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';

/** The library, as a type. */
export type OnnxRuntime = typeof onnxruntime;

/**
 * Keeps the library from collecting: from 1.29 on its builds for Linux and macOS report each session to their maker, over the network,
 * and leave files among the temporary ones and in the home folder, unless this is set before the first session. Called in the main
 * thread: what other threads set does not reach the library.
 */
export function refuseTelemetry(): void {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
}

/**
 * Has CUDA multiply all bits of 32-bit numbers: on cards from Ampere on the library takes 10 bits of their fractions (TF32), which is no
 * parity, and its part for Node has no option for it. Called in the main thread, too.
 */
export function keepAllBits(): void {
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
}

/**
 * Loads ONNX Runtime, which npm leaves out where it has no build for the machine. Throws an `InputError` that says
 * what to do instead.
 */
export async function loadOnnxRuntime(): Promise<OnnxRuntime> {
  refuseTelemetry();
  try {
    const runtime = await import('onnxruntime-node');
    // What goes wrong comes as an error, not as a line of the library's own on the terminal.
    runtime.env.logLevel = 'fatal';
    return runtime;
  } catch (error) {
    throw new InputError(
      `ONNX Runtime can't be loaded on this machine (${messageOf(error).split('\n', 1).join('')}). ` +
        'Where there is a build for the machine, `npm install --ignore-scripts` installs it; or take another backend: --backend wasm.',
    );
  }
}
