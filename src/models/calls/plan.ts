import type { ModelCall } from '../../graph/effects.js';
import type { ModelManifest } from '../../graph/manifest.js';
import type { CachedText } from '../handles/text-cache.js';
import { blockOf, checkCall } from './check.js';
import type { QueryMask } from './mask.js';

/** One call, checked and turned into the queries of one row. */
export interface PlannedCall<C extends CachedText> extends QueryMask {
  readonly call: ModelCall;
  readonly cache: C;
  /** How many of the leading cached tokens it builds on. */
  readonly reuse: number;
  /** How many of the pending tokens leave their keys and values; fewer where they are cached already or nothing is. */
  readonly keep: number;
  readonly tokens: readonly number[];
  readonly positions: readonly number[];
}

/**
 * The queries of a call: [pending clean tokens | noisy block], or [pending | draft | probes]; where the model predicts
 * the next token, [pending | block without its last token]. Throws an `Error` when the call does not fit the model or its cache.
 */
export function planCall<C extends CachedText>(call: ModelCall, cache: C, manifest: ModelManifest): PlannedCall<C> {
  checkCall(call, cache, manifest);
  return manifest.predicts === 'next-token' ? planNext(call, cache) : planBlock(call, cache, manifest);
}

function planBlock<C extends CachedText>(call: ModelCall, cache: C, { causality }: ModelManifest): PlannedCall<C> {
  const block = blockOf(call);
  const probe = call.call === 'denoise' ? [] : call.probe;
  const grid = causality === 'block-causal' ? block.size : null;
  const reuse = cache.grid === grid ? cache.cached : 0;
  const pending = cache.tokens.slice(reuse);
  const positionsOf = (tokens: readonly number[]) => tokens.map((_, index) => block.start + index);
  return {
    call,
    cache,
    reuse,
    pending: pending.length,
    keep: causality === 'bidirectional' ? 0 : pending.length,
    tokens: [...pending, ...block.tokens, ...probe],
    positions: [...pending.map((_, index) => reuse + index), ...positionsOf(block.tokens), ...positionsOf(probe)],
    answers: block.tokens.length,
    mask: causality === 'bidirectional' ? 'none' : call.call,
    grid,
  };
}

/** Each token is predicted at the one before it, so that the last clean token is evaluated even when it is cached. */
function planNext<C extends CachedText>(call: ModelCall, cache: C): PlannedCall<C> {
  const block = blockOf(call);
  const reuse = Math.min(cache.cached, cache.tokens.length - 1);
  const pending = cache.tokens.slice(reuse);
  const tokens = [...pending, ...block.tokens.slice(0, -1)];
  return {
    call,
    cache,
    reuse,
    pending: pending.length,
    keep: cache.cached === cache.tokens.length ? 0 : pending.length,
    tokens,
    positions: tokens.map((_, index) => reuse + index),
    answers: block.tokens.length,
    mask: 'next-token',
    grid: null,
  };
}
