import { match } from 'ts-pattern';
import type { Shape } from '../../../graph/values.js';
import { bottomUp } from '../../questions/bottom-up.js';
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

/** What both ways to make a prediction from others know of them. */
interface Derived {
  readonly of: Source;
  /** The call that it goes back to, whose positions it has. */
  readonly base: CallLogits;
  /** The calls whose logits it is computed from, each once. */
  readonly calls: readonly CallLogits[];
}

interface Shaped extends Derived {
  readonly from: 'shape';
  readonly shape: Shape;
}

interface Residual extends Derived {
  readonly from: 'residual';
  readonly other: Source;
}

export const shapedFrom = (of: Source, shape: Shape): Source => ({
  from: 'shape',
  of,
  shape,
  base: baseOf(of),
  calls: callsOf(of),
});

export const residualOf = (of: Source, other: Source): Source => ({
  from: 'residual',
  of,
  other,
  base: baseOf(of),
  calls: [...new Set([...callsOf(of), ...callsOf(other)])],
});

const baseOf = (source: Source): CallLogits => (source.from === 'logits' ? source : source.base);

/** The logits that it is computed from. */
export const callsOf = (source: Source): readonly CallLogits[] => (source.from === 'logits' ? [source] : source.calls);

/** What it is made from. */
const sourcesOf = (source: Source): readonly Source[] =>
  match(source)
    .with({ from: 'logits' }, () => [])
    .with({ from: 'shape' }, ({ of }) => [of])
    .with({ from: 'residual' }, ({ of, other }) => [of, other])
    .exhaustive();

/** One position of a prediction. */
export interface At {
  readonly source: Source;
  readonly position: number;
}

/** Numbers for predictions: those with one number are computed by the same operations on the same tensors. */
export class Keys {
  readonly #numbers = new Map<string, number>();
  readonly #known = new Map<Source, number>();

  of(source: Source): number {
    for (const each of bottomUp(source, sourcesOf, (one) => this.#known.has(one))) {
      this.#known.set(each, this.#numberOf(each));
    }
    return this.#known.get(source) ?? this.#numberOf(source);
  }

  /** What it is made from has its number. */
  #numberOf(source: Source): number {
    const from = sourcesOf(source).map((each) => this.#known.get(each));
    const name = `${nameOf(source)}(${from.join()})`;
    const number = this.#numbers.get(name) ?? this.#numbers.size;
    this.#numbers.set(name, number);
    return number;
  }
}

const nameOf = (source: Source): string =>
  match(source)
    .with({ from: 'logits' }, ({ pass, temperature }) => `${String(pass.id)}${temperature === 0 ? ' cold' : ''}`)
    .with({ from: 'shape' }, ({ shape }) => (shape.shape === 'temperature' && shape.value === 0 ? 'cold' : shape.shape))
    .with({ from: 'residual' }, () => 'residual')
    .exhaustive();

export const positionsOf = (source: Source): number => baseOf(source).revealed.length;

/** The token that has all of the mass, where that is known beforehand: no way to reshape a distribution changes it then. */
export const certainAt = (source: Source, position: number): number | null => baseOf(source).revealed[position] ?? null;

/** Whether reshaping changes anything. */
export const changes = (shape: Shape, vocabularySize: number): boolean =>
  match(shape)
    .with({ shape: 'temperature' }, ({ value }) => value !== 1)
    .with({ shape: 'top-k' }, ({ count }) => count < vocabularySize)
    .with({ shape: 'nucleus' }, ({ mass }) => mass < 1)
    .with({ shape: 'min-p' }, ({ ratio }) => ratio > 0)
    .exhaustive();
