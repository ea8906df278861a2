import { isRecord } from '../graph/is-record.js';
import type { ModelManifest } from '../graph/manifest.js';
import type { PortKind } from '../graph/values.js';

/**
 * What is wrong with what a value of a kind holds, as the rest of a sentence; null where nothing is. No number may be NaN, tokens
 * are in the vocabulary, alphas are probabilities, and masks are made of flags. Of a canvas, tokens from position `from` on are
 * looked at: those before were when they joined the row.
 */
export function faultInside(kind: PortKind, value: unknown, manifest: ModelManifest, from: number): string | null {
  switch (kind) {
    case 'scores':
      return scoresFault(value);
    case 'positions':
      return maskFault(value);
    case 'number':
      return isNumber(value) ? null : 'is not a number';
    case 'block':
      return isRecord(value) ? blockFault(value, manifest) : null;
    case 'canvas':
      return isRecord(value) ? canvasFault(value, manifest, from) : null;
    case 'noise-level':
      return isRecord(value) ? levelFault(value) : null;
    case 'flag':
    case 'prediction':
    case 'cache':
      return null;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function blockFault(block: Fields, manifest: ModelManifest): string | null {
  const { start, tokens, fixed } = block;
  if (!isCount(start)) return `starts at ${shown(start)}, and a position is an integer, 0 or more`;
  const count = lengthOf(tokens);
  if (lengthOf(fixed) !== count) {
    return `says of ${lengthOf(fixed)} positions whether they are fixed, and has ${count}`;
  }
  return tokenFault(tokens, manifest, 0) ?? maskFault(fixed);
}

function canvasFault(canvas: Fields, manifest: ModelManifest, from: number): string | null {
  const { tokens, length, promptLength } = canvas;
  if (!isCount(promptLength)) return `has a prompt of ${shown(promptLength)} tokens`;
  const count = lengthOf(tokens);
  if (!isCount(length) || count > length) return `has ${count} tokens in a row of ${shown(length)}`;
  return tokenFault(tokens, manifest, count < from ? 0 : from);
}

function levelFault({ alphaT, alphaS, step, steps }: Fields): string | null {
  for (const alpha of [alphaT, alphaS]) {
    if (!(typeof alpha === 'number' && alpha >= 0 && alpha <= 1)) {
      return `has an alpha of ${shown(alpha)}, which is no probability`;
    }
  }
  for (const count of [step, steps]) {
    if (!isNumber(count)) return `has ${shown(count)} for step or steps, which are numbers`;
  }
  return null;
}

function tokenFault(tokens: unknown, { vocabularySize }: ModelManifest, from: number): string | null {
  if (!Array.isArray(tokens)) return null;
  for (let i = from; i < tokens.length; i++) {
    const token: unknown = tokens[i];
    if (isCount(token) && token < vocabularySize) continue;
    return `has the token ${shown(token)}, which is not in the vocabulary, at index ${i} (expected 0 to ${vocabularySize - 1})`;
  }
  return null;
}

function scoresFault(scores: unknown): string | null {
  if (!Array.isArray(scores)) return 'has no list of entries';
  for (let i = 0; i < scores.length; i++) {
    const score: unknown = scores[i];
    if (!isNumber(score)) return `has an entry that is not a number: ${shown(score)} at index ${i}`;
  }
  return null;
}

function maskFault(mask: unknown): string | null {
  if (!Array.isArray(mask)) return 'has no list of entries';
  for (let i = 0; i < mask.length; i++) {
    const held: unknown = mask[i];
    if (typeof held !== 'boolean') return `has an entry that is not true or false: ${shown(held)} at index ${i}`;
  }
  return null;
}

const isNumber = (value: unknown): boolean => typeof value === 'number' && !Number.isNaN(value);
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

const shown = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : isRecord(value) ? typeof value : String(value);
