import { blocked } from '../../attention-masks.js';
import type { KeyValueData, NetworkPass, NetworkSize, OnnxNetwork } from './network.js';

/**
 * A network on a device that need not take arrays without numbers (ONNX Runtime's WebGPU provider ends the process on one, and nobody has
 * tried its CUDA provider): where nothing is cached, each row gets one key that nobody may attend to.
 */
export class WithoutEmptyPast implements OnnxNetwork {
  readonly #network: OnnxNetwork;

  constructor(network: OnnxNetwork) {
    this.#network = network;
  }

  get size(): NetworkSize {
    return this.#network.size;
  }

  get segments(): number | null {
    return this.#network.segments;
  }

  run(pass: NetworkPass): Promise<readonly KeyValueData[]> {
    return this.#network.run(pass.capacity === 0 ? withOneKey(pass, this.size) : pass);
  }

  dispose(): Promise<void> {
    return this.#network.dispose();
  }
}

function withOneKey(pass: NetworkPass, { heads, width }: NetworkSize): NetworkPass {
  const { rows, queries, keys } = pass;
  const bias = new Float32Array(rows * queries * (1 + keys));
  for (let query = 0; query < rows * queries; query += 1) {
    bias[query * (1 + keys)] = blocked;
    bias.set(pass.bias.subarray(query * keys, (query + 1) * keys), query * (1 + keys) + 1);
  }
  const nothing = new Float32Array(rows * heads * width);
  return { ...pass, capacity: 1, bias, past: pass.past.map(() => ({ keys: nothing, values: nothing })) };
}
