import type { DenoiseCall } from '../../graph/effects.js';
import type { ModelManifest } from '../../graph/manifest.js';
import type { Cache } from '../../graph/values.js';

/** Positions of a typical block, and clean tokens before it. */
export const typicalBlock = 16;
export const typicalContext = 64;

/** Positions of the one block of a model without a cache. */
const wholeSequence = 128;

/** How much a typical forward of a model is about: positions of the block, and clean tokens before it. */
export function typicalSize({ causality, predicts, length }: ModelManifest): {
  readonly positions: number;
  readonly context: number;
} {
  if (predicts === 'next-token') return { positions: 1, context: Math.min(typicalContext, length - 1) };
  if (causality === 'bidirectional') return { positions: Math.min(wholeSequence, length), context: 0 };
  const positions = Math.min(typicalBlock, length);
  return { positions, context: Math.min(typicalContext, positions * Math.floor(length / positions - 1)) };
}

/** The clean tokens before it: some of the vocabulary, but not its last one, which may be a mask. */
export const typicalText = (manifest: ModelManifest): number[] =>
  Array.from({ length: typicalSize(manifest).context }, (_, i) => (7 * i) % (manifest.vocabularySize - 1));

/** A denoise call on a block of noise behind the cache's text. */
export function typicalCall(manifest: ModelManifest, cache: Cache): DenoiseCall {
  const { positions } = typicalSize(manifest);
  const { maskId, vocabularySize } = manifest;
  const tokens = Array.from({ length: positions }, (_, i) => maskId ?? (11 * i) % vocabularySize);
  return {
    call: 'denoise',
    cache,
    block: { start: cache.tokens.length, size: positions, tokens, fixed: tokens.map(() => false) },
    temperature: 1,
  };
}

/** Spread over [0, 1), the same each time. */
export const typicalUniforms = (positions: number): number[] =>
  Array.from({ length: positions }, (_, i) => (i + 0.5) / positions);
