import type { ModelCall } from '../../graph/effects.js';
import type { ModelManifest } from '../../graph/manifest.js';
import { arScoreMask, cleanMask, denoiseMask, type CleanAttention } from '../attention-masks.js';
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
  /** How many of those leave their keys and values; fewer where they are cached already or nothing is. */
  readonly keep: number;
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
 * The queries of a call: [pending clean tokens | noisy block], or [pending | draft | probes]; where the model predicts
 * the next token, [pending | block without its last token]. Throws an `Error` when the call does not fit the model or its cache.
 */
export function planCall(call: ModelCall, cache: TfjsCache, manifest: ModelManifest): PlannedCall {
  check(call, cache, manifest);
  return manifest.predicts === 'next-token' ? planNext(call, cache) : planBlock(call, cache, manifest);
}

const blockOf = (call: ModelCall) => (call.call === 'denoise' ? call.block : call.draft);

function planBlock(call: ModelCall, cache: TfjsCache, manifest: ModelManifest): PlannedCall {
  const block = blockOf(call);
  const probe = call.call === 'denoise' ? [] : call.probe;
  const grid = manifest.causality === 'block-causal' ? block.size : null;
  const reuse = cache.grid === grid ? cache.cached : 0;
  const pending = cache.tokens.slice(reuse);
  const positionsOf = (tokens: readonly number[]) => tokens.map((_, index) => block.start + index);
  return {
    call,
    cache,
    stored: cache.stored(reuse),
    pending: pending.length,
    keep: manifest.causality === 'bidirectional' ? 0 : pending.length,
    tokens: [...pending, ...block.tokens, ...probe],
    positions: [...pending.map((_, index) => reuse + index), ...positionsOf(block.tokens), ...positionsOf(probe)],
    answers: block.tokens.length,
    grid,
    key: [call.call, block.tokens.length, pending.length, pending.length === 0 ? null : grid].join(),
  };
}

/** Each token is predicted at the one before it, so that the last clean token is evaluated even when it is cached. */
function planNext(call: ModelCall, cache: TfjsCache): PlannedCall {
  const block = blockOf(call);
  const reuse = Math.min(cache.cached, cache.tokens.length - 1);
  const pending = cache.tokens.slice(reuse);
  const tokens = [...pending, ...block.tokens.slice(0, -1)];
  const keep = cache.cached === cache.tokens.length ? 0 : pending.length;
  return {
    call,
    cache,
    stored: cache.stored(reuse),
    pending: pending.length,
    keep,
    tokens,
    positions: tokens.map((_, index) => reuse + index),
    answers: block.tokens.length,
    grid: null,
    key: [block.tokens.length, pending.length, keep].join(),
  };
}

function check(call: ModelCall, cache: TfjsCache, manifest: ModelManifest): void {
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
export function maskOf(
  { call, pending, tokens, answers, grid }: PlannedCall,
  { causality, predicts }: ModelManifest,
): Float32Array | null {
  if (causality === 'bidirectional') return null;
  if (predicts === 'next-token') return cleanMask(tokens.length, 'token');
  const attention: CleanAttention = grid === null ? 'token' : { block: grid };
  if (call.call === 'ar-score') return arScoreMask(pending, answers, attention);
  return pending === 0 ? null : denoiseMask(pending, answers, attention);
}
