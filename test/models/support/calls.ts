import type { ArScoreCall, DenoiseCall, ForwardReply, ModelCall } from '../../../src/graph/effects.js';
import type { Cache } from '../../../src/graph/values.js';
import type { Denoiser } from '../../../src/models/denoiser.js';
import { OnnxDenoiser } from '../../../src/models/onnx/denoiser.js';
import { TfjsDenoiser } from '../../../src/models/tfjs/denoiser.js';

export function denoise(cache: Cache, tokens: readonly number[], more: { size?: number; temperature?: number } = {}) {
  return {
    call: 'denoise',
    cache,
    block: { start: cache.tokens.length, size: more.size ?? tokens.length, tokens, fixed: tokens.map(() => false) },
    temperature: more.temperature ?? 1,
  } satisfies DenoiseCall;
}

export function arScore(cache: Cache, tokens: readonly number[], probe: readonly number[], temperature = 1) {
  return {
    call: 'ar-score',
    cache,
    draft: { start: cache.tokens.length, size: tokens.length, tokens, fixed: tokens.map(() => false) },
    probe,
    temperature,
  } satisfies ArScoreCall;
}

/** The replies of calls that all have to succeed. */
export async function forward(denoiser: Denoiser, calls: readonly ModelCall[]): Promise<ForwardReply[]> {
  const settled = await denoiser.forward(calls);
  return settled.map((reply) => {
    if (!reply.ok) throw reply.error;
    return reply.value;
  });
}

/** What the prediction was made from. */
export async function logitsOf(denoiser: Denoiser, { prediction }: ForwardReply): Promise<Float32Array> {
  if (denoiser instanceof TfjsDenoiser) return denoiser.logitsOf(prediction);
  if (denoiser instanceof OnnxDenoiser) return denoiser.logits(prediction);
  throw new Error('not a prediction of a backend with logits');
}

export function releaseReply(reply: ForwardReply): void {
  reply.prediction.release();
  reply.cache.release();
}

/** A cache in which all of `tokens` still wait. */
export function waiting(denoiser: Denoiser, tokens: readonly number[]): Cache {
  const empty = denoiser.openCache();
  const cache = empty.follow(tokens);
  empty.release();
  return cache;
}

/** A cache in which `tokens` have been through the network, `blockSize` at a time. */
export async function cached(denoiser: Denoiser, tokens: readonly number[], blockSize: number): Promise<Cache> {
  let cache = denoiser.openCache();
  for (let end = blockSize; end < tokens.length + blockSize; end += blockSize) {
    const next = cache.follow(tokens.slice(0, end));
    cache.release();
    const [reply] = await forward(denoiser, [denoise(next, [0], { size: blockSize })]);
    next.release();
    if (reply === undefined) throw new Error('no reply');
    reply.prediction.release();
    cache = reply.cache;
  }
  return cache;
}

/** The only call's logits, with what it cost and what its cache holds then. */
export async function evaluate(denoiser: Denoiser, call: ModelCall) {
  const before = denoiser.counters.positions;
  const [reply] = await forward(denoiser, [call]);
  if (reply === undefined) throw new Error('no reply');
  const result = {
    logits: [...(await logitsOf(denoiser, reply))],
    tokens: reply.cache.tokens,
    cached: reply.cache.cached,
    positions: denoiser.counters.positions - before,
  };
  releaseReply(reply);
  return result;
}

export const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (b[index] ?? NaN))), 0);
