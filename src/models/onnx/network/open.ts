import { match } from 'ts-pattern';
import type { Precision } from '../../backends.js';
import { checkedPass } from '../../checkpoint/checked-pass.js';
import type { CheckpointFolder } from '../../checkpoint/folder.js';
import type { ReadOptions } from '../../checkpoint/pieces.js';
import { readVectors } from '../../checkpoint/vectors.js';
import { GraphBuilder } from '../graph/builder.js';
import { exactEightBits } from '../matrices/exact-products.js';
import { fp16Matrices } from '../matrices/fp16.js';
import { int4Matrices } from '../matrices/int4.js';
import { int8Matrices } from '../matrices/int8.js';
import type { Matrices } from '../matrices/matrices.js';
import { storedMatrices } from '../matrices/stored.js';
import { createTemporaryFile } from '../matrices/temporary-file.js';
import { graphsWorthFrom, segmentsOf } from '../questions/segments.js';
import type { OnnxRuntime } from '../runtime.js';
import { writeNetwork } from './block-dit.js';
import { graphWeights } from './graph-weights.js';
import type { NetworkSize, OnnxNetwork } from './network.js';
import { openSession, type Provider } from './provider.js';
import { SessionNetwork } from './session-network.js';
import { tried } from './tried.js';
import { WithoutEmptyPast } from './without-empty-past.js';

export interface NetworkOptions extends ReadOptions {
  /** Threads that a forward takes on a CPU. */
  readonly threads: number;
  /** How the weights are kept. Default `fp32`; `fp16` is for a GPU, `int8` and `int4` for a CPU. */
  readonly precision?: Precision;
  /** Default `cpu`. */
  readonly provider?: Provider;
}

/**
 * Compiles a checkpoint's network for ONNX Runtime. The file is gone through once, to see that all numbers are finite; but for
 * quantised weights, the session takes the matrices from it by itself. The checkpoint may be closed
 * afterwards; in 32 bits its file has to stay as it is as long as the network lives, since parts of it are only mapped. Throws an
 * `InputError` for numbers that are not finite, where there is no room for quantised ones, and for a device that is not there.
 */
export async function openNetwork(
  runtime: OnnxRuntime,
  checkpoint: CheckpointFolder,
  { threads, precision = 'fp32', provider = 'cpu', ...reading }: NetworkOptions,
): Promise<OnnxNetwork> {
  const { config, shape, weights, file } = checkpoint;
  const size: NetworkSize = {
    layers: shape.layers,
    heads: config.n_heads,
    width: shape.hidden / config.n_heads,
    vocabularySize: shape.vocabularySize,
  };
  const numbers = await readVectors(checkpoint, reading.signal);
  const matrices = await matricesFor(runtime, precision, provider, file.path);
  try {
    const g = new GraphBuilder();
    const segments = size.vocabularySize < graphsWorthFrom ? null : segmentsOf(size.vocabularySize);
    writeNetwork(g, {
      size,
      segments,
      length: config.length,
      matrices,
      weights: graphWeights(weights, shape, numbers),
    });
    await checkedPass(file, {
      ...reading,
      wanted: (entry) => matrices.wants(entry),
      onTensor: (entry, data) => matrices.take(entry, data),
    });
    const session = await openSession(runtime, g.encode(), { provider, threads, folder: matrices.folder });
    const network = new SessionNetwork(runtime, session, { size, segments });
    return provider === 'cpu' ? network : await tried(new WithoutEmptyPast(network), provider, precision);
  } finally {
    await matrices.close();
  }
}

const matricesFor = (runtime: OnnxRuntime, precision: Precision, provider: Provider, path: string): Promise<Matrices> =>
  match(precision)
    .with('fp32', () => Promise.resolve(storedMatrices(path, provider === 'cpu' ? 'rows' : 'whole')))
    .with('fp16', () => Promise.resolve(fp16Matrices(path)))
    .with('int8', async () => {
      const type = await exactEightBits(runtime);
      return int8Matrices(await createTemporaryFile(), type);
    })
    .with('int4', async () => int4Matrices(await createTemporaryFile()))
    .exhaustive();
