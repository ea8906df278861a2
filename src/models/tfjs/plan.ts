import type { ModelCall } from '../../graph/effects.js';
import type { ModelManifest } from '../../graph/manifest.js';
import { arScoreMask, denoiseMask, type CleanAttention } from '../attention-masks.js';
import type { TfjsCache } from './cache.js';
import type { Stored } from './slab.js';

/** One call, checked and turned into the queries of one row. */
export interface PlannedCall {
  readonly call: ModelCall;
  readonly cache: TfjsCache;
  /** The cached tokens that it builds on. */
  readonly stored: Stored;
  /** How many clean tokens go along at the front of the queries. */
  readonly pending: number;
  readonly tokens: readonly number[];
  readonly positions: readonly number[];
  /** How many of the last queries the logits are wanted for. */
  readonly answers: number;
  /** Block size by which the clean tokens attend, where that decides. */
  readonly grid: number | null;
  /** Calls with the same key can share a pass. */
  readonly key: string;
}

/**
 * The queries of a call: [pending clean tokens | noisy block], or [pending | draft | probes].
 * Throws an `Error` when the call does not fit the model or its cache.
 */
export function planCall(call: ModelCall, cache: TfjsCache, manifest: ModelManifest): PlannedCall {
  const block = call.call === 'denoise' ? call.block : call.draft;
  const probe = call.call === 'denoise' ? [] : call.probe;
  check(call, cache, manifest);
  const grid = manifest.causality === 'block-causal' ? block.size : null;
  const reuse = cache.grid === grid ? cache.cached : 0;
  const pending = cache.tokens.slice(reuse);
  const positionsOf = (tokens: readonly number[]) => tokens.map((_, index) => block.start + index);
  return {
    call,
    cache,
    stored: cache.stored(reuse),
    pending: pending.length,
    tokens: [...pending, ...block.tokens, ...probe],
    positions: [...pending.map((_, index) => reuse + index), ...positionsOf(block.tokens), ...positionsOf(probe)],
    answers: block.tokens.length,
    grid,
    key: [call.call, block.tokens.length, pending.length, pending.length === 0 ? null : grid].join(),
  };
}

function check(call: ModelCall, cache: TfjsCache, manifest: ModelManifest): void {
  const { name, length, vocabularySize, causality } = manifest;
  const block = call.call === 'denoise' ? call.block : call.draft;
  if (call.call === 'ar-score') {
    if (causality === 'bidirectional') throw new Error(`${name} attends in both directions, so it has no AR scores`);
    if (call.probe.length !== block.tokens.length) {
      throw new Error(`AR scoring needs one probe for each of ${block.tokens.length} tokens, found ${call.probe.length}`);
    }
  }
  if (block.tokens.length === 0) throw new Error('a block needs at least one token');
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
  const tokens = [...cache.tokens.slice(cache.cached), ...block.tokens, ...(call.call === 'ar-score' ? call.probe : [])];
  const odd = tokens.findIndex((token) => !(Number.isInteger(token) && token >= 0 && token < vocabularySize));
  if (odd >= 0) {
    throw new Error(`token ${String(tokens[odd])} is not in the vocabulary of ${name}, 0 to ${vocabularySize - 1}`);
  }
}

/** Calls that share a pass, in order; groups in the order of their first calls. */
export function groupCalls<T extends Pick<PlannedCall, 'key'>>(calls: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const call of calls) {
    const group = groups.get(call.key);
    if (group === undefined) groups.set(call.key, [call]);
    else group.push(call);
  }
  return [...groups.values()];
}

/** The mask of a group among its new tokens, `null` where all see all. */
export function maskOf({ call, pending, answers, grid }: PlannedCall, { causality }: ModelManifest): Float32Array | null {
  if (causality === 'bidirectional') return null;
  const attention: CleanAttention = grid === null ? 'token' : { block: grid };
  if (call.call === 'ar-score') return arScoreMask(pending, answers, attention);
  return pending === 0 ? null : denoiseMask(pending, answers, attention);
}
