import { InputError } from '../graph/input-error.js';
import type { Canvas } from '../graph/values.js';
import type { Model } from '../models/denoiser.js';

/** A row's beginning: text for the model's tokenizer, or token ids. */
export type Prompt = string | readonly number[];

/** The part of a request that says which rows there are. Callers from plain JavaScript may give anything. */
export interface Rows {
  readonly rows?: number;
  readonly prompt?: Prompt;
  readonly prompts?: readonly Prompt[];
  readonly length?: number;
}

/** The canvases that a run's rows begin with; what is wrong with the request goes to `faults`. */
export function canvasesOf(model: Model, request: Rows, faults: string[]): readonly Canvas[] {
  const { prompt, prompts } = request;
  const limit = model.denoiser.manifest.length;
  const length = integerWithin(request.length ?? limit, 'length', 1, limit, faults);
  const rows = integerWithin(request.rows ?? 1, 'rows', 1, 65536, faults);
  const canvasOf = (given: unknown, name: string): Canvas => {
    const tokens = tokensOf(given, model, name, faults);
    if (tokens.length >= length) {
      faults.push(
        `${name} has ${tokens.length} tokens and leaves nothing to generate in a row of ${length} ` +
          `(the model's rows hold at most ${limit})`,
      );
    }
    return { tokens, length, promptLength: tokens.length, ended: false };
  };
  if (prompts === undefined) return new Array<Canvas>(rows).fill(canvasOf(prompt ?? [], 'the prompt'));
  if (prompt !== undefined || request.rows !== undefined) {
    faults.push('prompts stands in place of prompt and rows; give one or the other');
  }
  if (!Array.isArray(prompts) || prompts.length === 0) {
    faults.push('prompts must be a list of at least one prompt');
    return [];
  }
  return Array.from<unknown, Canvas>(prompts, (each, row) => canvasOf(each, `prompt ${row}`));
}

/** Gives `min` in place of a number that is not good. */
export function integerWithin(value: unknown, name: string, min: number, max: number, faults: string[]): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  faults.push(`${name} must be an integer from ${min} to ${max}, not ${String(value)}`);
  return min;
}

/** A copy of the prompt's tokens: what the caller does to the prompt later is not the run's business. */
function tokensOf(prompt: unknown, { denoiser, tokenizer }: Model, name: string, faults: string[]): readonly number[] {
  const { vocabularySize, maskId } = denoiser.manifest;
  if (typeof prompt === 'string') {
    if (tokenizer === null) {
      faults.push(`${denoiser.manifest.name} has no tokenizer, so that ${name} must be given as token ids`);
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
      const last = vocabularySize - (maskId === null ? 1 : 2);
      faults.push(`${name} holds ${String(id)}, and token ids of ${denoiser.manifest.name} go from 0 to ${last}`);
    }
    return [];
  }
  return tokens;
}
