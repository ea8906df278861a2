import type { ModelCall } from '../../graph/effects.js';
import type { ModelManifest } from '../../graph/manifest.js';
import type { Block } from '../../graph/values.js';
import type { CachedText } from '../handles/text-cache.js';

/** The block or the draft that a call is about. */
export const blockOf = (call: ModelCall): Block => (call.call === 'denoise' ? call.block : call.draft);

/** Throws an `Error` when a call does not fit the model or its cache. */
export function checkCall(call: ModelCall, cache: CachedText, manifest: ModelManifest): void {
  const { name, length, vocabularySize, causality, predicts } = manifest;
  const block = blockOf(call);
  if (call.call === 'ar-score') {
    if (causality === 'bidirectional') throw new Error(`${name} attends in both directions, so it has no AR scores`);
    if (call.probe.length !== block.tokens.length) {
      throw new Error(
        `AR scoring needs one probe for each of ${block.tokens.length} tokens, found ${call.probe.length}`,
      );
    }
  }
  if (block.tokens.length === 0) throw new Error('a block needs at least one token');
  if (predicts === 'next-token') {
    if (call.call === 'denoise' && block.tokens.length > 1) {
      throw new Error(`${name} predicts one token at a time, and the block has ${block.tokens.length}`);
    }
    if (cache.tokens.length === 0) {
      throw new Error(`${name} predicts a token from those before it, and the row has none: begin it with a prompt`);
    }
  }
  if (block.start !== cache.tokens.length) {
    throw new Error(
      `the block starts at position ${block.start}, but its cache stands for ${cache.tokens.length} clean tokens`,
    );
  }
  if (block.start + block.tokens.length > length) {
    throw new Error(
      `the row would reach ${block.start + block.tokens.length} tokens, but ${name} has a length of ${length}`,
    );
  }
  if (!(call.temperature >= 0)) throw new Error(`a temperature must be 0 or more, found ${call.temperature}`);
  const tokens = [
    ...cache.tokens.slice(cache.cached),
    ...block.tokens,
    ...(call.call === 'ar-score' ? call.probe : []),
  ];
  const odd = tokens.findIndex((token) => !(Number.isInteger(token) && token >= 0 && token < vocabularySize));
  if (odd >= 0) {
    throw new Error(`token ${String(tokens[odd])} is not in the vocabulary of ${name}, 0 to ${vocabularySize - 1}`);
  }
}
