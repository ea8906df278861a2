import type { ModelCall } from '../../graph/effects.js';
import type { Cache } from '../../graph/values.js';
import { rowsOf, type CaseOf } from './expected.js';
import type { ParitySubject } from './subject.js';

/** Steps of decoding, exactly as a run makes them: one row per cache, all rows in one forward. */
export async function generateLogits(
  subject: ParitySubject,
  { blockSize, steps }: CaseOf<'generate'>,
): Promise<Float32Array[]> {
  const outputs: Float32Array[] = [];
  let caches: Cache[] = [];
  try {
    for (const step of steps) {
      const blocks = rowsOf('noisy' in step ? step.noisy : step.arScore);
      const commits = 'noisy' in step ? rowsOf(step.commit) : blocks.map(() => []);
      const probes = 'noisy' in step ? [] : rowsOf(step.probe);
      const last = caches;
      caches = commits.map((commit, row) => {
        const cache = last[row] ?? subject.denoiser.openCache();
        const next = cache.follow([...cache.tokens, ...commit]);
        cache.release();
        return next;
      });
      const odd = caches.find(({ cached }) => cached !== step.cachedBefore);
      if (odd !== undefined)
        throw new Error(`${odd.cached} tokens are cached where ${step.cachedBefore} were expected`);
      const calls = caches.map((cache, row): ModelCall => {
        const tokens = blocks[row] ?? [];
        const block = { start: cache.tokens.length, size: blockSize, tokens, fixed: tokens.map(() => false) };
        const probe = probes[row];
        return probe === undefined
          ? { call: 'denoise', cache, block, temperature: 1 }
          : { call: 'ar-score', cache, draft: block, probe, temperature: 1 };
      });
      const answered = await forwardLogits(subject, calls);
      for (const cache of caches) cache.release();
      caches = answered.map(({ cache }) => cache);
      outputs.push(concatenated(answered.map(({ logits }) => logits)));
    }
  } finally {
    for (const cache of caches) cache.release();
  }
  return outputs;
}

/** All positions of a bidirectional model as one block. */
export async function fullLogits(subject: ParitySubject, { noisy }: CaseOf<'full'>): Promise<Float32Array[]> {
  const calls = rowsOf(noisy).map((tokens): ModelCall => ({
    call: 'denoise',
    cache: subject.denoiser.openCache(),
    block: { start: 0, size: tokens.length, tokens, fixed: tokens.map(() => false) },
    temperature: 1,
  }));
  const answered = await forwardLogits(subject, calls);
  for (const { cache } of [...calls, ...answered]) cache.release();
  return [concatenated(answered.map(({ logits }) => logits))];
}

async function forwardLogits(
  subject: ParitySubject,
  calls: readonly ModelCall[],
): Promise<{ readonly logits: Float32Array; readonly cache: Cache }[]> {
  const settled = await subject.denoiser.forward(calls);
  return Promise.all(
    settled.map(async (reply) => {
      if (!reply.ok) throw reply.error;
      const { prediction, cache } = reply.value;
      const found = { logits: await subject.logits(prediction), cache };
      prediction.release();
      return found;
    }),
  );
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
