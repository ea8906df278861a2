import { withCheckpoint } from '../../checkpoint/checkpoint.js';
import type { ReadOptions } from '../../checkpoint/pieces.js';
import type { NetworkSize } from '../network/network.js';
import { openNetwork, type NetworkOptions } from '../network/open.js';
import { createAnswerer } from '../questions/create.js';
import { loadOnnxRuntime } from '../runtime.js';
import { Engine } from './engine.js';

/** What an engine is opened with: plain data, so that it can be sent to another thread. */
export interface EngineOptions {
  /** The checkpoint's. */
  readonly folder: string;
  readonly network: Omit<NetworkOptions, keyof ReadOptions>;
}

export interface OpenedEngine {
  readonly engine: Engine;
  readonly size: NetworkSize;
}

/** Opens a checkpoint's network and all that goes with it. Throws an `InputError` for what is wrong with the folder. */
export async function openEngine(
  { folder, network: options }: EngineOptions,
  progress: NonNullable<ReadOptions['progress']>,
): Promise<OpenedEngine> {
  const runtime = await loadOnnxRuntime();
  return withCheckpoint(folder, async (checkpoint) => {
    const network = await openNetwork(runtime, checkpoint, { ...options, progress });
    const { size } = network;
    const answerer = await createAnswerer(runtime, { vocabularySize: size.vocabularySize, threads: options.threads });
    return { engine: new Engine({ network, answerer, length: checkpoint.config.length }), size };
  });
}
