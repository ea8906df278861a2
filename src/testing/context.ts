import type { ModelManifest } from '../graph/manifest.js';
import type { NodeContext } from '../graph/node-definition.js';
import { uniforms } from '../runtime/random.js';

export const absorbingManifest: ModelManifest = {
  name: 'tiny',
  vocabularySize: 5,
  process: 'absorbing',
  maskId: 4,
  length: 12,
  causality: 'token-causal',
  predicts: 'block',
  blockSizes: [1, 2, 4],
  bosId: null,
  eosId: null,
};

export const uniformManifest: ModelManifest = { ...absorbingManifest, process: 'uniform', maskId: null };

/** A context outside a run; `openCache` is not there. */
export function nodeContext(manifest: ModelManifest, seed = 1): NodeContext {
  let offset = 0;
  return {
    manifest,
    uniforms: (count) => {
      const drawn = uniforms({ low: seed, high: 0 }, 0, [], offset, count);
      offset += Math.ceil(count / 4) * 4;
      return drawn;
    },
    openCache: () => {
      throw new Error('no model here');
    },
  };
}
