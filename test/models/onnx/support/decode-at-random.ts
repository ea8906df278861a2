import { seededRandom } from '../../../../scripts/seeded-random.js';
import type { ModelCall, Question } from '../../../../src/graph/effects.js';
import type { Cache, Prediction } from '../../../../src/graph/values.js';
import type { Denoiser } from '../../../../src/models/denoiser.js';
import { arScore, denoise, forward, logitsOf, releaseReply } from '../../support/calls.js';

/** All that can be asked, of a prediction and of what is made of it. */
async function interview(denoiser: Denoiser, prediction: Prediction, seed: number): Promise<readonly number[]> {
  const { vocabularySize } = denoiser.manifest;
  const random = seededRandom(seed);
  const each = Array.from({ length: prediction.positions }, () => random());
  const tokens = each.map((value) => Math.floor(value * vocabularySize));
  const [half, few] = [
    prediction.shaped({ shape: 'temperature', value: 0.5 }),
    prediction.shaped({ shape: 'top-k', count: 5 }),
  ];
  const questions: Question[] = [
    ...[prediction, half, few].flatMap((about): Question[] => [
      { ask: 'sample', prediction: about, uniforms: each },
      { ask: 'uncertainty', prediction: about, measure: 'entropy' },
      { ask: 'token-score', prediction: about, tokens, measure: 'nll' },
    ]),
    { ask: 'argmax', prediction },
    { ask: 'uncertainty', prediction, measure: 'margin' },
    { ask: 'token-score', prediction, tokens, measure: 'gap_to_top1' },
    { ask: 'divergence', prediction, other: half, measure: 'kld' },
    { ask: 'divergence', prediction, other: half, measure: 'tvd' },
    { ask: 'divergence', prediction, other: few, measure: 'tvd' },
  ];
  const settled = await denoiser.answer(questions);
  half.release();
  few.release();
  return settled.flatMap((answer) => {
    if (!answer.ok) throw answer.error;
    return 'tokens' in answer.value ? [...answer.value.tokens, ...answer.value.probabilities] : answer.value;
  });
}

/** Rounds of forwards of all kinds over rows that grow, are cut, stay and split; with everything they say. */
export async function decodeAtRandom(denoiser: Denoiser, rounds: number): Promise<(readonly number[])[]> {
  const random = seededRandom(3);
  const { vocabularySize, length } = denoiser.manifest;
  const below = (n: number) => Math.floor(random() * n);
  const tokens = (count: number) => Array.from({ length: count }, () => below(vocabularySize - 1));
  const found: (readonly number[])[] = [];
  let caches: Cache[] = Array.from({ length: 4 }, () => denoiser.openCache());
  for (let round = 0; round < rounds; round += 1) {
    caches = caches.map((cache) => {
      const text = cache.tokens;
      const next = cache.follow(
        [
          text,
          [...text, ...tokens(below(Math.min(90, length - text.length - 10)))],
          text.slice(0, below(text.length + 1)),
        ][below(3)] ?? [],
      );
      cache.release();
      return next;
    });
    const taking = caches.filter(() => below(4) > 0);
    const calls = taking.flatMap((cache): ModelCall[] => {
      const call = denoise(cache, [vocabularySize - 1, ...tokens(2)], { temperature: [0, 1, 0.6][below(3)] ?? 1 });
      const score = arScore(cache, tokens(3), tokens(3));
      return below(3) === 0 ? [call, score] : [below(2) === 0 ? call : score];
    });
    const replies = await forward(denoiser, calls);
    for (const [index, reply] of replies.entries()) {
      found.push([...(await logitsOf(denoiser, reply))], await interview(denoiser, reply.prediction, round));
      const cache = calls[index]?.cache;
      const row = caches.findIndex((each) => each === cache);
      if (row < 0) continue;
      caches[row]?.release();
      reply.cache.retain();
      caches[row] = reply.cache;
    }
    replies.forEach(releaseReply);
  }
  for (const cache of caches) cache.release();
  return found;
}
