import { withCheckpoint } from '../../checkpoint/folder.js';
import type { ReadOptions } from '../../checkpoint/pieces.js';
import type { NetworkSize } from '../network/network.js';
import { openNetwork, type NetworkOptions } from '../network/open.js';
import { createAnswerer } from '../questions/create.js';
import { loadOnnxRuntime } from '../runtime.js';
import { Engine } from './engine.js';
import type { Gate } from './gate.js';
import { gatedAnswerer, gatedMachine } from './gated.js';
import { HostMachine } from './host-machine.js';
import type { Transport } from './protocol.js';

/** What an engine is opened with: plain data, so that it can be sent to another thread. */
export interface EngineOptions {
  /** The checkpoint's. */
  readonly folder: string;
  readonly network: Omit<NetworkOptions, keyof ReadOptions>;
}

export interface OpenedEngine {
  readonly engine: Transport;
  readonly size: NetworkSize;
}

/**
 * Opens a checkpoint's network and all that goes with it; nothing calls the library but through the gate. Throws an
 * `InputError` for what is wrong with the folder.
 */
export async function openEngine(
  { folder, network: options }: EngineOptions,
  { progress, signal }: ReadOptions,
  gate: Gate,
): Promise<OpenedEngine> {
  const runtime = await loadOnnxRuntime();
  const reading: ReadOptions = {
    signal,
    progress: (done: number, total: number) => {
      if (gate.isClosed) throw new Error('the process ends');
      progress?.(done, total);
    },
  };
  return withCheckpoint(folder, async (checkpoint) => {
    const network = await gate.enter(() => openNetwork(runtime, checkpoint, { ...options, ...reading }));
    const { size } = network;
    const answerer = await createAnswerer(runtime, { vocabularySize: size.vocabularySize, threads: options.threads });
    const machine = new HostMachine(network, checkpoint.config.length);
    return { engine: new Engine(gatedMachine(machine, gate), gatedAnswerer(answerer, gate)), size };
  });
}
