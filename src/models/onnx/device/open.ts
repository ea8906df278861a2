import type { Precision } from '../../backends.js';
import type { CheckpointFolder } from '../../checkpoint/folder.js';
import type { ReadOptions } from '../../checkpoint/pieces.js';
import type { Seated } from '../engine/machine.js';
import { capacityUnit } from '../engine/slot-storage.js';
import { compile, type CompiledModel } from '../network/compile.js';
import { cannotRun, tried, type Chosen } from '../network/tried.js';
import type { Answerer } from '../questions/answerer.js';
import { GraphAnswerer } from '../questions/create.js';
import type { OnnxRuntime } from '../runtime.js';
import { Device, type DeviceProvider } from './device.js';
import { KeyValuePrograms } from './key-value-programs.js';
import { DeviceMachine } from './machine.js';
import { DeviceNetwork } from './network.js';
import { writeDeviceNetwork } from './network-graph.js';
import { DeviceReducer } from './reducer.js';
import { DeviceSource } from './source.js';
import { DeviceStorage } from './storage.js';

export interface DeviceOptions extends ReadOptions {
  readonly provider: DeviceProvider;
  readonly precision: Precision;
  /** A token that is never predicted, or `null`. */
  readonly maskId: number | null;
}

/** A checkpoint's network on a device, what runs it there, and what answers questions about it. */
export interface OpenedDevice {
  readonly device: Device;
  readonly network: DeviceNetwork;
  readonly machine: DeviceMachine;
  readonly answerer: Answerer;
  readonly source: DeviceSource;
  dispose(): Promise<void>;
}

/** Throws an `InputError` as `compile` does, where there is no such device, and where it cannot run the network. */
export async function openDevice(
  runtime: OnnxRuntime,
  checkpoint: CheckpointFolder,
  { provider, precision, maskId, ...reading }: DeviceOptions,
): Promise<OpenedDevice> {
  const device = await Device.open(runtime, provider);
  const chosen: Chosen = { provider, precision };
  try {
    const opened = await compile(
      runtime,
      checkpoint,
      { provider, precision, ...reading },
      (g, plan) => writeDeviceNetwork(g, { ...plan, maskId }),
      (compiled) => assemble(device, compiled, chosen, maskId),
    );
    return await tried(opened, () => keepOneToken(opened.machine, maskId), chosen);
  } catch (error) {
    await device.dispose();
    throw error;
  }
}

async function assemble(
  device: Device,
  { model, folder, size }: CompiledModel,
  chosen: Chosen,
  maskId: number | null,
): Promise<OpenedDevice> {
  let network: DeviceNetwork | undefined;
  try {
    network = new DeviceNetwork(device, await device.program(model, { folder }), size);
    const storage = new DeviceStorage(new KeyValuePrograms(device, size), size);
    const source = await DeviceSource.open(device);
    const want = source.want.bind(source);
    const machine = new DeviceMachine({ device, network, storage, want });
    const reducer = new DeviceReducer(device, { vocabularySize: size.vocabularySize, maskId });
    const graphs = new GraphAnswerer(reducer, source, true);
    const answerer: Answerer = {
      answer: (questions) => graphs.answer(questions),
      logits: (raw) => graphs.logits(raw),
      dispose: async () => {
        await graphs.dispose();
        await source.dispose();
      },
    };
    const dispose = async (): Promise<void> => {
      await answerer.dispose();
      await machine.dispose();
    };
    return { device, network, machine, answerer, source, dispose };
  } catch (error) {
    // As in `tried`: a device that is lost may not take it back, and what failed first is what is told.
    await network?.dispose().catch(() => undefined);
    throw cannotRun(error, chosen);
  }
}

/** All that a forward does on the device, once. */
async function keepOneToken(machine: DeviceMachine, maskId: number | null): Promise<void> {
  const { vocabularySize } = machine.size;
  const call: Seated = {
    row: 0,
    ...{ cache: null, stored: 0, tokens: [0], positions: [0], keep: 1, extended: null, start: 0, prediction: null },
    ...{ mask: 'none', pending: 0, answers: 1, grid: null, noisy: null },
    raw: { vocabularySize, temperature: 1, maskId, revealed: [null] },
  };
  const { buffer } = await machine.run([call], { first: 0, rows: 1, stored: false });
  buffer.release();
  machine.storage.resize(capacityUnit);
  machine.storage.write(0, 0, { start: 0, count: 1 });
  await machine.settle();
  machine.storage.resize(0);
}
