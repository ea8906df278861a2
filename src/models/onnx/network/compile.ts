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
import type { OnnxRuntime } from '../runtime.js';
import type { BlocksPlan } from './blocks.js';
import { graphWeights } from './graph-weights.js';
import type { NetworkSize } from './network.js';
import type { Provider } from './provider.js';

export interface CompileOptions extends ReadOptions {
  readonly precision: Precision;
  readonly provider: Provider;
}

/** A network's graph, and the folder that it refers to files of. */
export interface CompiledModel {
  readonly model: Uint8Array;
  readonly folder: string;
  readonly size: NetworkSize;
}

/**
 * Compiles a checkpoint's network: `write` writes the graph, and `open` makes a session of it while what it refers to is there. The
 * file is gone through once, to see that all numbers are finite; but for quantised weights, the session takes the matrices from it by
 * itself. The checkpoint may be closed afterwards; in 32 bits its file has to stay as it is as long as the session lives, since parts
 * of it are only mapped. Throws an `InputError` for numbers that are not finite, and where there is no room for quantised ones.
 */
export async function compile<T>(
  runtime: OnnxRuntime,
  checkpoint: CheckpointFolder,
  { precision, provider, ...reading }: CompileOptions,
  write: (g: GraphBuilder, plan: BlocksPlan) => void,
  open: (compiled: CompiledModel) => Promise<T>,
): Promise<T> {
  const { config, shape, weights, file } = checkpoint;
  const size = {
    layers: shape.layers,
    heads: config.n_heads,
    width: shape.hidden / config.n_heads,
    vocabularySize: shape.vocabularySize,
  };
  const numbers = await readVectors(checkpoint, reading.signal);
  const matrices = await matricesFor(runtime, precision, provider, file.path);
  try {
    const g = new GraphBuilder();
    write(g, { size, matrices, weights: graphWeights(weights, shape, numbers) });
    await checkedPass(file, {
      ...reading,
      wanted: (entry) => matrices.wants(entry),
      onTensor: (entry, data) => matrices.take(entry, data),
    });
    return await open({ model: g.encode(), folder: matrices.folder, size });
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
