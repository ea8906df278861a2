import { InputError } from '../graph/input-error.js';
import type { Model } from '../models/denoiser.js';

/** A row's beginning: text for the model's tokenizer, or token ids. */
export type Prompt = string | readonly number[];

/** Gives `min` in place of a number that is not good. */
export function integerWithin(value: unknown, name: string, min: number, max: number, faults: string[]): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  faults.push(`${name} must be an integer from ${min} to ${max}, not ${String(value)}`);
  return min;
}

/** A copy of a prompt's tokens: what the caller does to the prompt later is not the run's business. What is wrong goes to `faults`. */
export function tokensOf(
  prompt: unknown,
  { denoiser, tokenizer, warnings = [] }: Model,
  name: string,
  faults: string[],
): readonly number[] {
  const { vocabularySize, maskId } = denoiser.manifest;
  if (typeof prompt === 'string') {
    if (tokenizer === null) {
      // The warnings say why, where it should have had one.
      faults.push(
        `${denoiser.manifest.name} has no tokenizer, so that ${name} must be given as token ids`,
        ...warnings,
      );
      return [];
    }
    try {
      return tokenizer.encode(prompt);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(error.message);
      return [];
    }
  }
  if (!Array.isArray(prompt)) {
    faults.push(`${name} must be text or a list of token ids`);
    return [];
  }
  const tokens: number[] = [];
  for (const id of Array.from<unknown>(prompt)) {
    if (id === maskId) faults.push(`${name} holds the mask id ${maskId}, which stands for noise`);
    else if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < vocabularySize) {
      tokens.push(id);
      continue;
    } else {
      const last = vocabularySize - (maskId === vocabularySize - 1 ? 2 : 1);
      faults.push(`${name} holds ${String(id)}, and token ids of ${denoiser.manifest.name} go from 0 to ${last}`);
    }
    return [];
  }
  return tokens;
}
