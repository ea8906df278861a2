import type { Cache } from '../../graph/values.js';
import { Counted, type LiveCount } from './counted.js';

/** What a cache stands for, wherever its keys and values lie. */
export interface CachedText {
  readonly tokens: readonly number[];
  /** How many of `tokens` have keys and values. */
  readonly cached: number;
  /**
   * The block size by which the cached tokens attended to each other, in a block-causal model; `null` in a
   * token-causal one, where a token's keys depend on nothing behind it.
   */
  readonly grid: number | null;
}

/** The clean text of one row as a handle. Backends say where its keys and values are. */
export abstract class TextCache extends Counted implements Cache, CachedText {
  readonly tokens: readonly number[];
  readonly cached: number;
  readonly grid: number | null;

  protected constructor(count: LiveCount, { tokens, cached, grid }: CachedText) {
    super('cache', count);
    this.tokens = tokens;
    this.cached = cached;
    this.grid = grid;
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
    return this.sharing({ tokens: [...tokens], cached, grid: this.grid });
  }

  /** A handle for a text whose cached tokens are the leading ones of this one's. */
  protected abstract sharing(text: CachedText): Cache;
}
