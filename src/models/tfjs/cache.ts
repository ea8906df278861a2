import type { Cache } from '../../graph/values.js';
import { Counted, type LiveCount } from './counted.js';
import type { Place, Stored } from './slab.js';

/** What a cache stands for. */
export interface CacheContent {
  readonly tokens: readonly number[];
  readonly cached: number;
  /** Where the keys and values of the cached tokens lie; `null` where there are none. */
  readonly place: Place | null;
  /**
   * The block size by which the cached tokens attended to each other, in a block-causal model; `null` in a
   * token-causal one, where a token's keys depend on nothing behind it.
   */
  readonly grid: number | null;
}

/** The clean text of one row, and the row of a slab that holds its keys and values. */
export class TfjsCache extends Counted implements Cache {
  readonly tokens: readonly number[];
  readonly cached: number;
  readonly grid: number | null;
  #place: Place | null;
  readonly #count: LiveCount;

  constructor(count: LiveCount, { tokens, cached, place, grid }: CacheContent) {
    super('cache', count);
    this.#count = count;
    this.tokens = tokens;
    this.cached = cached;
    this.grid = grid;
    this.#place = place;
    place?.slab.retain();
  }

  follow(tokens: readonly number[]): Cache {
    this.assertLive();
    let common = 0;
    while (common < tokens.length && tokens[common] === this.tokens[common]) common += 1;
    if (common === tokens.length && common === this.tokens.length) {
      this.retain();
      return this;
    }
    const shared = Math.min(common, this.cached);
    // Tokens of a block that was cut or not yet whole attended to other neighbours than they will have now.
    const cached = this.grid === null ? shared : shared - (shared % this.grid);
    return new TfjsCache(this.#count, {
      tokens: [...tokens],
      cached,
      place: cached === 0 ? null : this.#place,
      grid: this.grid,
    });
  }

  /** The leading `length` cached positions. */
  stored(length: number): Stored {
    return { place: length === 0 ? null : this.#place, length };
  }

  /** The same keys and values now lie here as well: use them from here. */
  move(place: Place): void {
    place.slab.retain();
    this.#place?.slab.release();
    this.#place = place;
  }

  protected override free(): void {
    this.#place?.slab.release();
    this.#place = null;
  }
}
