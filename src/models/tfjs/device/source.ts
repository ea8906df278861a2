import { match } from 'ts-pattern';
import type { Shape } from '../../../graph/values.js';
import type { PassLogits } from './pass-logits.js';

/** What a prediction on the device is computed from. */
export type Source = CallLogits | Shaped | Residual;

/** The logits of one call. */
export interface CallLogits {
  readonly from: 'logits';
  readonly pass: PassLogits;
  /** The pass's row of the first position. */
  readonly first: number;
  /** The position in the text of the first position, for messages. */
  readonly start: number;
  readonly temperature: number;
  /** For each position the token that is known to stand there, or `null`. */
  readonly revealed: readonly (number | null)[];
}

interface Shaped {
  readonly from: 'shape';
  readonly of: Source;
  readonly shape: Shape;
}

interface Residual {
  readonly from: 'residual';
  readonly of: Source;
  readonly other: Source;
}

/** One position of a prediction. */
export interface At {
  readonly source: Source;
  readonly position: number;
}

/** Positions with one key are computed by the same operations on the same tensors. */
export const keyOf = (source: Source): string =>
  match(source)
    .with({ from: 'logits' }, ({ pass, temperature }) => `${String(pass.id)}${temperature === 0 ? ' cold' : ''}`)
    .with({ from: 'shape' }, ({ of, shape }) => `${nameOf(shape)}(${keyOf(of)})`)
    .with({ from: 'residual' }, ({ of, other }) => `residual(${keyOf(of)}, ${keyOf(other)})`)
    .exhaustive();

const nameOf = (shape: Shape): string => (shape.shape === 'temperature' && shape.value === 0 ? 'cold' : shape.shape);

export const positionsOf = (source: Source): number =>
  source.from === 'logits' ? source.revealed.length : positionsOf(source.of);

/** The token that has all of the mass, where that is known beforehand: no way to reshape a distribution changes it then. */
export const certainAt = (source: Source, position: number): number | null =>
  source.from === 'logits' ? (source.revealed[position] ?? null) : certainAt(source.of, position);

/** The logits that it is computed from. */
export const logitsOf = (source: Source): readonly CallLogits[] =>
  match(source)
    .with({ from: 'logits' }, (call) => [call])
    .with({ from: 'shape' }, ({ of }) => logitsOf(of))
    .with({ from: 'residual' }, ({ of, other }) => [...logitsOf(of), ...logitsOf(other)])
    .exhaustive();

/** Whether reshaping changes anything. */
export const changes = (shape: Shape, vocabularySize: number): boolean =>
  match(shape)
    .with({ shape: 'temperature' }, ({ value }) => value !== 1)
    .with({ shape: 'top-k' }, ({ count }) => count < vocabularySize)
    .with({ shape: 'nucleus' }, ({ mass }) => mass < 1)
    .with({ shape: 'min-p' }, ({ ratio }) => ratio > 0)
    .exhaustive();
