import type { Cache } from '../../graph/values.js';
import type { LiveCount } from '../handles/counted.js';
import { TextCache, type CachedText } from '../handles/text-cache.js';
import type { Place, Stored } from './slabs/slab.js';

/** The clean text of one row, and the row of a slab that holds its keys and values. */
export class TfjsCache extends TextCache {
  #place: Place | null;
  readonly #count: LiveCount;

  /** `place` is where the keys and values of the cached tokens lie; `null` where there are none. */
  constructor(count: LiveCount, text: CachedText, place: Place | null) {
    super(count, text);
    this.#count = count;
    this.#place = place;
    place?.slab.retain();
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

  protected override sharing(text: CachedText): Cache {
    return new TfjsCache(this.#count, text, text.cached === 0 ? null : this.#place);
  }

  protected override free(): void {
    this.#place?.slab.release();
    this.#place = null;
  }
}
