/** The slots that may be free, each once, lowest first: a binary heap. */
export class FreeSlots {
  readonly #heap: number[] = [];
  readonly #known = new Set<number>();

  /** A slot has become free. */
  add(slot: number): void {
    if (this.#known.has(slot)) return;
    this.#known.add(slot);
    const heap = this.#heap;
    let at = heap.push(slot) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above] ?? 0;
      if (other <= slot) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = slot;
  }

  /** The lowest slot that is free; those that are not any more are forgotten on the way. */
  lowest(isFree: (slot: number) => boolean): number | null {
    for (;;) {
      const [slot] = this.#heap;
      if (slot === undefined) return null;
      if (isFree(slot)) return slot;
      this.#known.delete(slot);
      this.#dropLowest();
    }
  }

  #dropLowest(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if ((heap[below + 1] ?? Infinity) < (heap[below] ?? Infinity)) below += 1;
      const other = heap[below] ?? Infinity;
      if (other >= last) break;
      heap[at] = other;
      at = below;
    }
    heap[at] = last;
  }
}
