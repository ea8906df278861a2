import type { HandleChange } from '../engine/protocol.js';

/** How long releases wait for a request to go along with, in milliseconds, before they go by themselves. */
const patience = 100;

/** Gives out numbers for handles, and gathers what happens to them until a request takes it along. */
export class Outbox {
  readonly #send: () => void;
  #changes: HandleChange[] = [];
  #ids = 0;
  #timer: NodeJS.Timeout | null = null;

  /** `send` is called when changes have waited long enough; it takes them. */
  constructor(send: () => void) {
    this.#send = send;
  }

  newId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  add(change: HandleChange): void {
    const last = this.#changes.at(-1);
    if (change.change === 'release-cache' && last?.change === 'share' && last.id === change.id) {
      this.#changes.pop();
      return;
    }
    this.#changes.push(change);
    this.#wait();
  }

  /** What was taken and did not arrive: it happened before all else. */
  putBack(changes: readonly HandleChange[]): void {
    if (changes.length === 0) return;
    this.#changes = [...changes, ...this.#changes];
    this.#wait();
  }

  /** All changes so far, in order. */
  take(): readonly HandleChange[] {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  #wait(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#send();
    }, patience).unref();
  }
}
