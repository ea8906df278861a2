import type { Denoiser } from '../../src/models/denoiser.js';
import { OnnxDenoiser } from '../../src/models/onnx/denoiser.js';
import { Engine } from '../../src/models/onnx/engine/engine.js';
import { HostMachine } from '../../src/models/onnx/engine/host-machine.js';
import { createAnswerer } from '../../src/models/onnx/questions/create.js';
import { loadOnnxRuntime } from '../../src/models/onnx/runtime.js';
import { TfjsDenoiser } from '../../src/models/tfjs/denoiser.js';
import { DeviceAnswering } from '../../src/models/tfjs/device/answering.js';
import { loadTensorBackend } from '../../src/models/tfjs/load.js';
import type { TableDenoiser } from './table-denoiser.js';
import { TableNetwork } from './table-network.js';
import { TableTensors } from './table-tensors.js';
import { testedTensors } from './tensors.js';

const engine = process.env['SAMPLEWIRE_TEST_ENGINE'];

/** Whether tests of exact distributions run on an engine of ours over the table (projects of vitest.config.ts). */
export const onEngine = engine === 'onnx' || engine === 'device';

/**
 * Runs something on a model that is a table: on that itself, or over a network that is the same table on the engine of ONNX Runtime with
 * its own slots, batches and question graphs, or on tensors with their slabs and with questions that a device answers. No handle may be
 * left behind, in the engine neither, and no tensor.
 */
export async function withTable<T>(table: TableDenoiser, use: (denoiser: Denoiser) => Promise<T>): Promise<T> {
  if (engine === 'device') return withTensors(table, use);
  const denoiser = engine === 'onnx' ? await engineOf(table) : table;
  const result = await use(denoiser);
  if (denoiser.live > 0) throw new Error(`${denoiser.live} handles were left behind`);
  if (denoiser instanceof OnnxDenoiser) {
    const { handles, predictions, buffers } = await denoiser.usage();
    if (handles + predictions + buffers > 0) throw new Error(JSON.stringify({ handles, predictions, buffers }));
    denoiser.dispose();
  }
  return result;
}

async function engineOf({ manifest, model, ar }: TableDenoiser): Promise<OnnxDenoiser> {
  const network = new TableNetwork(manifest.vocabularySize, model, ar);
  const { vocabularySize } = manifest;
  const answerer = await createAnswerer(await loadOnnxRuntime(), { vocabularySize, threads: 1, graphsFrom: 1 });
  const engine = new Engine(new HostMachine(network, manifest.length), answerer);
  return new OnnxDenoiser(engine, network.size, manifest);
}

async function withTensors<T>(
  { manifest, model, ar }: TableDenoiser,
  use: (denoiser: Denoiser) => Promise<T>,
): Promise<T> {
  const questions = await loadTensorBackend(testedTensors);
  // The table looks into its slabs, and WebGPU can't be read without waiting: there the passes stay on the CPU.
  const passes = testedTensors === 'webgpu' ? await loadTensorBackend('cpu') : questions;
  const { tf } = questions;
  const before = tf.memory().numTensors;
  const network = new TableTensors(tf, manifest.vocabularySize, model, ar);
  const denoiser = new TfjsDenoiser(passes, network, manifest, {
    answering: (owner) => new DeviceAnswering(questions, owner, manifest),
  });
  const result = await use(denoiser);
  if (denoiser.live > 0) throw new Error(`${denoiser.live} handles were left behind`);
  denoiser.dispose();
  const left = tf.memory().numTensors - before;
  if (left > 0) throw new Error(`${left} tensors were left behind`);
  return result;
}
