import type { Cache, Handle, Prediction, Shape } from '../graph/values.js';

/** Counts of a model's handles that are alive. */
export interface Census {
  live: number;
}

/** A reference-counted handle that reports misuse. */
export class CountedHandle implements Handle {
  #references = 1;
  private readonly census: Census;

  constructor(census: Census) {
    this.census = census;
    census.live++;
  }

  /** How many owners it has; 0 once it is gone. */
  get references(): number {
    return this.#references;
  }

  retain(): void {
    if (this.#references <= 0) throw new Error('a released handle was retained');
    this.#references++;
  }

  release(): void {
    if (this.#references <= 0) throw new Error('a handle was released twice');
    if (--this.#references === 0) this.census.live--;
  }

  /** Throws when the handle was used after its release. */
  use(): void {
    if (this.#references <= 0) throw new Error('a released handle was used');
  }
}

export class CountedCache extends CountedHandle implements Cache {
  readonly tokens: readonly number[];
  readonly cached: number;
  private readonly ownCensus: Census;

  constructor(census: Census, tokens: readonly number[], cached: number) {
    super(census);
    this.ownCensus = census;
    this.tokens = tokens;
    this.cached = cached;
  }

  follow(tokens: readonly number[]): CountedCache {
    this.use();
    let common = 0;
    while (common < this.cached && common < tokens.length && this.tokens[common] === tokens[common]) common++;
    return new CountedCache(this.ownCensus, tokens, common);
  }

  /** The cache after a forward: nothing waits any more. */
  filled(): CountedCache {
    this.use();
    return new CountedCache(this.ownCensus, this.tokens, this.tokens.length);
  }
}

export abstract class CountedPrediction extends CountedHandle implements Prediction {
  readonly positions: number;
  protected readonly ownCensus: Census;

  constructor(census: Census, positions: number) {
    super(census);
    this.ownCensus = census;
    this.positions = positions;
  }

  abstract shaped(shape: Shape): CountedPrediction;

  abstract residual(other: Prediction): CountedPrediction;
}
