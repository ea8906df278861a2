import type { Cache } from '../../../graph/values.js';
import type { LiveCount } from '../../handles/counted.js';
import { TextCache, type CachedText } from '../../handles/text-cache.js';
import type { Outbox } from './outbox.js';

/** The clean text of one row; the engine knows its cached tokens by a number. */
export class OnnxCache extends TextCache {
  readonly #count: LiveCount;
  readonly #outbox: Outbox;
  readonly #stored: number | null;

  /** `stored` is the engine's handle of the cached tokens, which it takes over; `null` where there are none. */
  constructor(count: LiveCount, outbox: Outbox, text: CachedText, stored: number | null) {
    super(count, text);
    this.#count = count;
    this.#outbox = outbox;
    this.#stored = stored;
  }

  /** The engine's handle for at least the leading `length` cached tokens; `null` for none. */
  stored(length: number): number | null {
    return length === 0 ? null : this.#stored;
  }

  protected override sharing(text: CachedText): Cache {
    const of = this.stored(text.cached);
    if (of === null) return new OnnxCache(this.#count, this.#outbox, text, null);
    const id = this.#outbox.newId();
    this.#outbox.add({ change: 'share', id, of, length: text.cached });
    return new OnnxCache(this.#count, this.#outbox, text, id);
  }

  protected override free(): void {
    if (this.#stored !== null) this.#outbox.add({ change: 'release-cache', id: this.#stored });
  }
}
