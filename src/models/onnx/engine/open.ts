import type { Precision } from '../../backends.js';
import { withCheckpoint } from '../../checkpoint/folder.js';
import type { ReadOptions } from '../../checkpoint/pieces.js';
import { openDevice } from '../device/open.js';
import type { NetworkSize } from '../network/network.js';
import { openNetwork } from '../network/open.js';
import type { Provider } from '../network/provider.js';
import type { Answerer } from '../questions/answerer.js';
import { createAnswerer } from '../questions/create.js';
import { loadOnnxRuntime } from '../runtime.js';
import { Engine, type InTurn } from './engine.js';
import type { Gate } from './gate.js';
import { gatedAnswerer, gatedMachine } from './gated.js';
import { HostMachine } from './host-machine.js';
import type { Machine } from './machine.js';
import { narrowMachine } from './narrow.js';
import type { Transport } from './protocol.js';
import type { SharedMemory } from './shared-memory.js';
import type { Stored } from './slot-storage.js';

/** What an engine is opened with: plain data, so that it can be sent to another thread. */
export interface EngineOptions {
  /** The checkpoint's. */
  readonly folder: string;
  readonly provider: Provider;
  readonly precision: Precision;
  /** Threads that a forward takes on a CPU. */
  readonly threads: number;
  /** A token that is never predicted, or `null`. */
  readonly maskId: number | null;
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
  { folder, provider, precision, threads, maskId }: EngineOptions,
  { progress, signal }: ReadOptions,
  { gate, turns }: SharedMemory,
): Promise<OpenedEngine> {
  const runtime = await loadOnnxRuntime();
  const reading: ReadOptions = {
    signal,
    progress: (done: number, total: number) => {
      if (gate.isClosed) throw new Error('the process ends');
      progress?.(done, total);
    },
  };
  const told = <S extends Stored>(machine: Machine<S>): Machine<S> =>
    precision === 'fp16' ? narrowMachine(machine) : machine;
  return withCheckpoint(folder, (checkpoint) => {
    if (provider === 'webgpu') {
      const inTurn: InTurn = (act) => turns.take(act);
      return inTurn(() =>
        gate.enter(async () => {
          const opened = await openDevice(runtime, checkpoint, { provider, precision, maskId, ...reading });
          return engineOf(told(opened.machine), opened.answerer, gate, inTurn);
        }),
      );
    }
    return gate.enter(async () => {
      const network = await openNetwork(runtime, checkpoint, { provider, precision, threads, ...reading });
      const answerer = await createAnswerer(runtime, { vocabularySize: network.size.vocabularySize, threads });
      return engineOf(told(new HostMachine(network, checkpoint.config.length)), answerer, gate);
    });
  });
}

const engineOf = <S extends Stored>(
  machine: Machine<S>,
  answerer: Answerer,
  gate: Gate,
  inTurn?: InTurn,
): OpenedEngine => ({
  engine: new Engine(gatedMachine(machine, gate), gatedAnswerer(answerer, gate), inTurn),
  size: machine.size,
});
