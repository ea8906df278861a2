import type { ParitySubject } from '../parity/subject.js';
import { cleanPrediction, rowOf, type Distribution } from '../questions/distribution.js';
import { uncertainty } from '../questions/uncertainty.js';
import { typicalCall, typicalText, typicalUniforms } from './typical-call.js';

/** How far an answer may be from that of the host, which computes in double precision; single precision sums a vocabulary. */
const tolerance = 1e-3;

/**
 * Asks for a draw and for entropies, and compares both with what the logits of the same prediction give. A sentence on what differs, or
 * `null`.
 */
export async function objectionToAnswers(subject: ParitySubject): Promise<string | null> {
  const { denoiser } = subject;
  const { manifest } = denoiser;
  const empty = denoiser.openCache();
  const cache = empty.follow(typicalText(manifest));
  empty.release();
  const call = typicalCall(manifest, cache);
  const [reply] = await denoiser.forward([call]);
  cache.release();
  if (reply?.ok !== true) throw reply?.error ?? new Error('a forward gave no answer');
  const { prediction, cache: next } = reply.value;
  next.release();
  try {
    const uniforms = typicalUniforms(prediction.positions);
    const [drawn, entropies] = await denoiser.answer([
      { ask: 'sample', prediction, uniforms },
      { ask: 'uncertainty', prediction, measure: 'entropy' },
    ]);
    if (!drawn.ok) throw drawn.error;
    if (!entropies.ok) throw entropies.error;
    const { maskId, vocabularySize } = manifest;
    const expected = cleanPrediction({
      logits: await subject.logits(prediction),
      vocabularySize,
      temperature: 1,
      maskId,
      revealed: call.block.tokens.map((token) => (maskId === null || token === maskId ? null : token)),
    });
    const entropy = uncertainty(expected, 'entropy');
    const odd = uniforms.findIndex(
      (uniform, position) =>
        !isDraw(expected, position, drawn.value.tokens[position], uniform) ||
        !isNear(entropy[position], entropies.value[position]),
    );
    return odd === -1 ? null : `its answers are not those that its logits give (position ${String(odd)})`;
  } finally {
    prediction.release();
  }
}

/** NaN is near nothing. */
const isNear = (a: number | undefined, b: number | undefined): boolean => Math.abs((a ?? NaN) - (b ?? NaN)) < tolerance;

/** Whether a token is what the inverse CDF gives at `uniform`, up to rounding. */
function isDraw(
  { probabilities, vocabularySize }: Distribution,
  position: number,
  token: number | undefined,
  uniform: number,
): boolean {
  if (token === undefined) return false;
  const row = rowOf(probabilities, position, vocabularySize);
  let below = 0;
  for (let i = 0; i < token; i += 1) below += row[i] ?? NaN;
  return uniform > below - tolerance && uniform < below + (row[token] ?? NaN) + tolerance;
}
