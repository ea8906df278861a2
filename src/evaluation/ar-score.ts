import type { ArScoreCall } from '../graph/effects.js';
import { InputError } from '../graph/input-error.js';
import { checkNames, type NamesOf } from '../graph/known-names.js';
import type { ModelManifest } from '../graph/manifest.js';
import type { Cache, Handle } from '../graph/values.js';
import type { Denoiser, Model, Settled } from '../models/denoiser.js';
import { modelFaults } from '../runtime/request-form.js';
import { seedKey, uniforms } from '../runtime/random.js';

export interface ArScoreOptions {
  /** How many of the leading tokens are given and not scored; 0 when left out. */
  readonly promptLength?: number;
  /** Seed of the probes of uniform noise; 0 when left out. */
  readonly seed?: number;
  /** Probes to average over where they are random (uniform noise); 4 when left out. A mask is always the same. */
  readonly probes?: number;
}

const optionNames: NamesOf<ArScoreOptions> = { promptLength: true, seed: true, probes: true };

/** Tokens scored in one forward. Since the AR mode is token-causal, it changes nothing but the time. */
const tokensAtOnce = 64;

/** Why a model cannot score text autoregressively; `null` where it can. */
export const noArMode = ({ causality, name }: ModelManifest): string | null =>
  causality === 'bidirectional' ? `${name} attends in both directions and has no AR mode` : null;

/** Tokens that a row has to begin with to be scored: a model that predicts the next token needs one before it. */
export const leastPrompt = ({ predicts }: ModelManifest): number => (predicts === 'next-token' ? 1 : 0);

/**
 * -log p_AR(x_i | x_<i) in nats for each token behind the prompt, under the model's own AR mode at temperature 1
 * (BlockGen, arXiv 2606.02241, AR scoring: every scored position is probed with prior noise that sees the clean tokens
 * before it). Where clean tokens attend by blocks, the blocks are of size 1, in which that is autoregression.
 *
 * The probe is the mask in models with absorbing noise. In models with uniform noise it is a random token, and the scores
 * are means over `probes` of them from a generator of their own.
 *
 * Throws an `InputError` for a model without an AR mode or one that cannot score a row's first token, and an `Error` when a forward fails.
 */
export async function arScore(
  model: Pick<Model, 'denoiser'>,
  tokens: readonly number[],
  options: ArScoreOptions = {},
): Promise<readonly number[]> {
  const faults = modelFaults({ model }, 'model');
  if (faults.length > 0) throw new InputError(`arScore: ${faults.join('\n')}`);
  checkNames('arScore', options, optionNames);
  const { denoiser } = model;
  const { promptLength = 0, seed = 0, probes = 4 } = options;
  const { manifest } = denoiser;
  const reason = noArMode(manifest);
  if (reason !== null) throw new InputError(reason);
  if (promptLength < leastPrompt(manifest)) {
    throw new InputError(
      `${manifest.name} predicts each token from those before it, so that the first cannot be scored`,
    );
  }
  const scores: number[] = [];
  let cache = denoiser.openCache();
  try {
    for (let start = promptLength; start < tokens.length; start += tokensAtOnce) {
      const follower = cache.follow(tokens.slice(0, start));
      cache.release();
      cache = follower;
      const piece = tokens.slice(start, start + tokensAtOnce);
      const draft = { start, size: 1, tokens: piece, fixed: piece.map(() => false) };
      const calls = Array.from({ length: manifest.maskId === null ? probes : 1 }, (_, i): ArScoreCall => {
        const probe = probeOf(manifest, seed, i, start, piece.length);
        return { call: 'ar-score', cache: follower, draft, probe, temperature: 1 };
      });
      const scored = await scoreOnce(denoiser, calls, piece);
      for (const score of scored.scores) scores.push(score);
      cache.release();
      cache = scored.cache;
    }
  } finally {
    cache.release();
  }
  return scores;
}

/** The same probe at a position whatever the pieces are. */
function probeOf(
  { maskId, vocabularySize }: ModelManifest,
  seed: number,
  which: number,
  start: number,
  count: number,
): readonly number[] {
  if (maskId !== null) return new Array<number>(count).fill(maskId);
  const from = start - (start % 4);
  return uniforms(seedKey(seed), which, [], from, count + start - from)
    .slice(start - from)
    .map((u) => Math.floor(u * vocabularySize));
}

/** Mean scores of one piece over its calls, and a cache that holds what came before it, owned by the caller. */
async function scoreOnce(
  denoiser: Denoiser,
  calls: readonly ArScoreCall[],
  tokens: readonly number[],
): Promise<{ readonly scores: readonly number[]; readonly cache: Cache }> {
  const replies = await denoiser.forward(calls);
  const handles: Handle[] = replies.flatMap((reply) => (reply.ok ? [reply.value.prediction, reply.value.cache] : []));
  try {
    const predictions = replies.map((reply) => valueOf(reply).prediction);
    const answers = await denoiser.answer(
      predictions.map((prediction) => ({ ask: 'token-score' as const, prediction, tokens, measure: 'nll' as const })),
    );
    const each = answers.map(valueOf);
    const scores = tokens.map((_, i) => each.reduce((sum, nll) => sum + (nll[i] ?? NaN), 0) / each.length);
    const [reply] = replies;
    if (reply === undefined) throw new Error('the model gave no reply');
    const { cache } = valueOf(reply);
    cache.retain();
    return { scores, cache };
  } finally {
    for (const handle of handles) handle.release();
  }
}

function valueOf<T>(settled: Settled<T>): T {
  if (!settled.ok) throw settled.error;
  return settled.value;
}
