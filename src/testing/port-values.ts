import type { ModelManifest } from '../graph/manifest.js';
import type { Prediction } from '../graph/values.js';
import { CountedCache, CountedPrediction } from './counted-handle.js';
import type { TableDenoiser } from './table-denoiser.js';

/** What a value says, as text that is the same for equal values; predictions by their probabilities. */
export function textOf(value: unknown, denoiser: TableDenoiser): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part instanceof CountedPrediction) return denoiser.probabilities(part);
    if (part instanceof CountedCache) return { tokens: part.tokens, cached: part.cached };
    return typeof part === 'number' && !Number.isFinite(part) ? String(part) : part;
  });
}

/** What is wrong with a value that has the fields of its kind; `undefined` where nothing is. */
export function faultIn(value: unknown, size: number, manifest: ModelManifest): string | undefined {
  if (typeof value === 'number') return Number.isNaN(value) ? 'is not a number' : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return faultInList(value, size);
  if (value instanceof CountedPrediction) return faultInPrediction(value, size);
  if ('tokens' in value && Array.isArray(value.tokens)) {
    const stray: unknown = value.tokens.find((token) => !isToken(token, manifest));
    if (stray !== undefined) return `has the token ${show(stray)}, which is not in the vocabulary`;
    if ('fixed' in value && Array.isArray(value.fixed) && value.fixed.length !== value.tokens.length) {
      return `says of ${String(value.fixed.length)} positions whether they are fixed, and has ${String(value.tokens.length)}`;
    }
    if ('length' in value && typeof value.length === 'number' && value.tokens.length > value.length) {
      return `has ${String(value.tokens.length)} tokens in a row of ${String(value.length)}`;
    }
  }
  if ('alphaT' in value && 'alphaS' in value) {
    const bad = [value.alphaT, value.alphaS].find((alpha) => typeof alpha !== 'number' || !(alpha >= 0 && alpha <= 1));
    if (bad !== undefined) return `has an alpha of ${show(bad)}, which is no probability`;
  }
  return undefined;
}

const show = (value: unknown): string => (typeof value === 'number' ? String(value) : `a ${typeof value}`);

const isToken = (token: unknown, { vocabularySize }: ModelManifest): boolean =>
  typeof token === 'number' && Number.isInteger(token) && token >= 0 && token < vocabularySize;

/** Scores or positions: an entry for each position of the block, and perhaps more, for one that is longer. */
function faultInList(list: readonly unknown[], size: number): string | undefined {
  if (list.length < size) return `has only ${String(list.length)} entries for a block of ${String(size)}`;
  const [first] = list;
  if (typeof first !== 'boolean' && typeof first !== 'number') return `has an entry that is ${typeof first}`;
  if (list.some((entry) => typeof entry !== typeof first)) return 'has entries of different sorts';
  return list.some((entry) => Number.isNaN(entry)) ? 'has an entry that is not a number' : undefined;
}

const faultInPrediction = ({ positions }: Prediction, size: number): string | undefined =>
  positions === size ? undefined : `covers ${String(positions)} positions of a block of ${String(size)}`;
