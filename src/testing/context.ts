import type { ModelManifest } from '../graph/manifest.js';
import type { NodeContext } from '../graph/node-definition.js';
import { uniforms } from '../runtime/random.js';

/** Absorbing noise over 4 tokens and the mask. */
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

/** Uniform noise over 5 tokens. */
export const uniformManifest: ModelManifest = { ...absorbingManifest, process: 'uniform', maskId: null };

const noCaches = (): never => {
  throw new Error('no model here');
};

/** What a node sees of a run, for one firing outside of any; caches are there where `openCache` makes them. */
export function nodeContext(
  manifest: ModelManifest,
  seed = 1,
  openCache: NodeContext['openCache'] = noCaches,
): NodeContext {
  let offset = 0;
  return {
    manifest,
    uniforms: (count) => {
      const drawn = uniforms({ low: seed, high: 0 }, 0, [], offset, count);
      offset += Math.ceil(count / 4) * 4;
      return drawn;
    },
    openCache,
  };
}
