import type { ModelCall } from '../../graph/effects.js';
import type { ModelManifest } from '../../graph/manifest.js';
import type { RawPrediction } from '../questions/distribution.js';
import { blockOf } from './check.js';

/** The noisy block of a denoise call; `null` for AR scores, which have no posterior. */
export const noisyOf = (call: ModelCall): readonly number[] | null =>
  call.call === 'denoise' ? call.block.tokens : null;

/** All that turns the logits of a call into its prediction. */
export function rawOf(call: ModelCall, { maskId, vocabularySize }: ModelManifest): Omit<RawPrediction, 'logits'> {
  const noisy = noisyOf(call);
  const revealed = blockOf(call).tokens.map((_, position) => {
    const token = noisy?.[position];
    return maskId === null || token === undefined || token === maskId ? null : token;
  });
  return { vocabularySize, temperature: call.temperature, maskId, revealed };
}

/** Throws an `Error` when logits [answers, V] are not finite; `start` is the row's position of the first answer. */
export function checkLogits(logits: Float32Array, vocabularySize: number, start: number): void {
  if (allFinite(logits)) return;
  const odd = logits.findIndex((value) => !Number.isFinite(value));
  throw notFinite(start + Math.floor(odd / vocabularySize));
}

/** What is said of logits at a position of the row that are not finite. */
export const notFinite = (position: number): Error =>
  new Error(`logits are not finite (position ${position} of the row)`);

/** Vocabulary-sized arrays are checked in each pass: sums of zeros are several times as fast as a test of each. */
export function allFinite(values: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += (values[i] ?? 0) * 0;
    b += (values[i + 1] ?? 0) * 0;
    c += (values[i + 2] ?? 0) * 0;
    d += (values[i + 3] ?? 0) * 0;
  }
  for (let i = whole; i < values.length; i += 1) a += (values[i] ?? 0) * 0;
  return a + b + c + d === 0;
}
