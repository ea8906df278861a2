import type { ModelManifest } from '../../../../src/graph/manifest.js';
import { OnnxDenoiser } from '../../../../src/models/onnx/denoiser.js';
import { Engine } from '../../../../src/models/onnx/engine/engine.js';
import { HostMachine } from '../../../../src/models/onnx/engine/host-machine.js';
import { HostAnswerer } from './host-answerer.js';
import { NaiveNetwork, tinySize } from './naive-network.js';

export const tinyManifest: ModelManifest = {
  name: 'tiny',
  vocabularySize: tinySize.vocabularySize,
  process: 'absorbing',
  maskId: tinySize.vocabularySize - 1,
  length: 150,
  causality: 'token-causal',
  predicts: 'block',
  blockSizes: null,
  bosId: null,
  eosId: null,
};

/** A denoiser with its engine in this thread, on a network that is written down plainly. */
export function localModel(changes: Partial<ModelManifest> = {}, poison = Infinity) {
  const manifest = { ...tinyManifest, ...changes };
  const network = new NaiveNetwork(tinySize, poison);
  const engine = new Engine(new HostMachine(network, manifest.length), new HostAnswerer(manifest.maskId));
  return { denoiser: new OnnxDenoiser(engine, network.size, manifest), engine, network };
}
