/** Of the timer that watches, milliseconds. */
const resolution = 1;

/** Watches how late a timer comes: for so long nothing else of the process had its turn either. */
export class StallWatch {
  readonly #timer: NodeJS.Timeout;
  #last = performance.now();
  #longest = 0;

  constructor() {
    this.#timer = setInterval(() => this.#look(), resolution);
  }

  /** Ends it and gives the longest that the timer came late, milliseconds. */
  stop(): number {
    clearInterval(this.#timer);
    this.#look();
    return this.#longest;
  }

  #look(): void {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last - resolution);
    this.#last = now;
  }
}
