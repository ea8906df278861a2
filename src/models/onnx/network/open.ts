import { checkedPass } from '../../checkpoint/checked-pass.js';
import type { OpenCheckpoint } from '../../checkpoint/checkpoint.js';
import type { ReadOptions } from '../../checkpoint/pieces.js';
import { GraphBuilder } from '../graph/builder.js';
import { storedMatrices } from '../matrices/stored.js';
import type { OnnxRuntime } from '../runtime.js';
import { writeNetwork } from './block-dit.js';
import { graphWeights, matricesOf } from './graph-weights.js';
import type { NetworkSize, OnnxNetwork } from './network.js';
import { SessionNetwork } from './session-network.js';

export interface NetworkOptions extends ReadOptions {
  /** Threads that a forward takes. */
  readonly threads: number;
}

/**
 * Compiles a checkpoint's network for ONNX Runtime. The file is gone through once, to see that all numbers are finite; the
 * session takes the matrices from it by itself and has no use for it afterwards. Throws an `InputError` for numbers that are not.
 */
export async function openNetwork(
  runtime: OnnxRuntime,
  { config, shape, weights, file }: OpenCheckpoint,
  { threads, ...reading }: NetworkOptions,
): Promise<OnnxNetwork> {
  const kept = matricesOf(weights);
  const vectors = new Map<string, Float32Array>();
  await checkedPass(file, {
    ...reading,
    wanted: (entry) => !kept.has(entry),
    onTensor: ({ name }, data) => void vectors.set(name, data),
  });
  const size: NetworkSize = {
    layers: shape.layers,
    heads: config.n_heads,
    width: shape.hidden / config.n_heads,
    vocabularySize: shape.vocabularySize,
  };
  const matrices = storedMatrices(file.path);
  const g = new GraphBuilder();
  writeNetwork(g, {
    size,
    length: config.length,
    matrices,
    weights: graphWeights(weights, shape, ({ name }) => {
      const numbers = vectors.get(name);
      if (numbers === undefined) throw new Error(`${name} was not read`);
      return numbers;
    }),
  });
  const session = await runtime.InferenceSession.create(g.encode(), {
    intraOpNumThreads: threads,
    // What goes wrong comes as an error, not as a line of the library's own on the terminal.
    logSeverityLevel: 4,
    extra: { session: { model_external_initializers_file_folder_path: matrices.folder } },
  });
  return new SessionNetwork(runtime, session, size);
}
