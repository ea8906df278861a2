import type { Precision } from '../../backends.js';
import type { CheckpointFolder } from '../../checkpoint/folder.js';
import type { ReadOptions } from '../../checkpoint/pieces.js';
import { graphsWorthFrom, segmentsOf } from '../questions/segments.js';
import type { OnnxRuntime } from '../runtime.js';
import { writeNetwork } from './block-dit.js';
import { compile } from './compile.js';
import { tellingFaults } from './fault.js';
import type { OnnxNetwork } from './network.js';
import { openSession, type HostProvider } from './provider.js';
import { SessionNetwork } from './session-network.js';
import { oneToken, tried } from './tried.js';
import { WithoutEmptyPast } from './without-empty-past.js';

export interface NetworkOptions extends ReadOptions {
  /** Threads that a forward takes on a CPU. */
  readonly threads: number;
  /** How the weights are kept. Default `fp32`; `fp16` is for a GPU, `int8` and `int4` for a CPU. */
  readonly precision?: Precision;
  /** Default `cpu`. */
  readonly provider?: HostProvider;
}

/**
 * Compiles a checkpoint's network for ONNX Runtime, with keys, values and logits in this process's memory. Throws an `InputError`
 * as `compile` does, and for a device that is not there.
 */
export async function openNetwork(
  runtime: OnnxRuntime,
  checkpoint: CheckpointFolder,
  { threads, precision = 'fp32', provider = 'cpu', ...reading }: NetworkOptions,
): Promise<OnnxNetwork> {
  const { vocabularySize } = checkpoint.shape;
  const segments = vocabularySize < graphsWorthFrom ? null : segmentsOf(vocabularySize);
  return compile(
    runtime,
    checkpoint,
    { precision, provider, ...reading },
    (g, plan) => writeNetwork(g, { ...plan, segments }),
    async ({ model, folder, size }) => {
      const session = await openSession(runtime, model, { provider, threads, folder });
      const network = new SessionNetwork(runtime, session, { size, segments });
      if (provider === 'cpu') return network;
      const whole = new WithoutEmptyPast(tellingFaults(network, provider));
      return tried(whole, () => whole.run(oneToken(whole)), { provider, precision });
    },
  );
}
