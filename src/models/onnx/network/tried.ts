import { InputError } from '../../../graph/input-error.js';
import { messageOf } from '../../../graph/message-of.js';
import type { Precision } from '../../backends.js';
import type { NetworkPass, OnnxNetwork } from './network.js';
import type { Provider } from './provider.js';
import { reductionFor } from './reduction.js';

/**
 * The network after one forward of one token: a device shows what it cannot compute (16-bit numbers, say) only then. Throws an
 * `InputError` that says so, when the network has been disposed of.
 */
export async function tried(network: OnnxNetwork, provider: Provider, precision: Precision): Promise<OnnxNetwork> {
  try {
    await network.run(oneToken(network));
    return network;
  } catch (error) {
    await network.dispose();
    const [cause = ''] = messageOf(error).split('\n', 1);
    const remedy =
      precision === 'fp32'
        ? '--backend onnx computes on the CPU'
        : `--precision fp32 may work, and --backend onnx does`;
    throw new InputError(
      `The ${provider} device of this machine cannot run the network in ${precision}; ${remedy}. (${cause})`,
    );
  }
}

function oneToken({ size: { layers, vocabularySize }, segments }: OnnxNetwork): NetworkPass {
  const zero = Int32Array.of(0);
  const nothing = new Float32Array();
  return {
    rows: 1,
    queries: 1,
    keys: 1,
    capacity: 0,
    tokens: zero,
    positions: zero,
    queryTokens: zero,
    keyTokens: zero,
    places: zero,
    bias: Float32Array.of(0),
    past: Array.from({ length: layers }, () => ({ keys: nothing, values: nothing })),
    kept: zero,
    answers: zero,
    logits: new Float32Array(vocabularySize),
    reduction: reductionFor([1], segments),
  };
}
