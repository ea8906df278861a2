import { InputError } from '../../../graph/input-error.js';
import { messageOf } from '../../../graph/message-of.js';
import type { Precision } from '../../backends.js';
import type { NetworkPass, OnnxNetwork } from './network.js';
import type { Provider } from './provider.js';
import { reductionFor } from './reduction.js';

export interface Chosen {
  readonly provider: Provider;
  readonly precision: Precision;
}

/**
 * What has been made, after one forward of one token: a device shows what it cannot compute (16-bit numbers, say) only then. Throws
 * an `InputError` that says so, when it has been disposed of.
 */
export async function tried<T extends Pick<OnnxNetwork, 'dispose'>>(
  made: T,
  attempt: () => Promise<unknown>,
  chosen: Chosen,
): Promise<T> {
  try {
    await attempt();
    return made;
  } catch (error) {
    // A device that is lost may not take back what is on it either.
    await made.dispose().catch(() => undefined);
    throw cannotRun(error, chosen);
  }
}

/** That a device cannot compute a network, and what to do. */
export function cannotRun(error: unknown, { provider, precision }: Chosen): InputError {
  const [cause = ''] = messageOf(error).split('\n', 1);
  const remedy =
    precision === 'fp32' ? '--backend onnx computes on the CPU' : `--precision fp32 may work, and --backend onnx does`;
  return new InputError(
    `The ${provider} device of this machine cannot run the network in ${precision}; ${remedy}. (${cause})`,
  );
}

export function oneToken({ size: { layers, vocabularySize }, segments }: OnnxNetwork): NetworkPass {
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
