import type { Frame } from './frames.js';

/** Shows the frames of a run at a pace for eyes; the run itself may be far ahead. Any moment can be gone back to. */
export class Player {
  readonly #frames: Frame[] = [];
  readonly #show: (frame: Frame, index: number) => void;
  readonly #onChange: () => void;
  #shown = -1;
  #since = 0;
  #playing = true;
  #ticking = false;
  /** Milliseconds for which each beat is shown. */
  interval = 0;

  constructor(show: (frame: Frame, index: number) => void, onChange: () => void) {
    this.#show = show;
    this.#onChange = onChange;
  }

  get playing(): boolean {
    return this.#playing;
  }

  get shown(): number {
    return this.#shown;
  }

  get count(): number {
    return this.#frames.length;
  }

  get last(): Frame | undefined {
    return this.#frames.at(-1);
  }

  add(frame: Frame): void {
    this.#frames.push(frame);
    this.#onChange();
    this.#tick();
  }

  clear(): void {
    this.#frames.length = 0;
    this.#shown = -1;
    this.#playing = true;
    this.#onChange();
  }

  /** Goes on, from the beginning where the end has been reached. */
  play(): void {
    this.#playing = true;
    if (this.#shown >= this.#frames.length - 1) this.#goTo(0);
    this.#onChange();
    this.#tick();
  }

  pause(): void {
    this.#playing = false;
    this.#onChange();
  }

  /** Shows one moment and stays there. */
  seek(index: number): void {
    this.pause();
    this.#goTo(index);
  }

  #goTo(index: number): void {
    const frame = this.#frames[index];
    if (frame === undefined) return;
    this.#shown = index;
    this.#since = performance.now();
    this.#show(frame, index);
    this.#onChange();
  }

  #tick(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    requestAnimationFrame(() => {
      this.#ticking = false;
      if (!this.#playing || this.#shown >= this.#frames.length - 1) return;
      this.#advance(performance.now());
      this.#tick();
    });
  }

  /** To the next beat whose time has come; what is no beat comes along. */
  #advance(now: number): void {
    if (this.#frames[this.#shown]?.beat === true && now - this.#since < this.interval) return;
    let next = this.#shown + 1;
    while (next < this.#frames.length - 1 && (this.interval === 0 || this.#frames[next]?.beat !== true)) next += 1;
    this.#goTo(next);
  }
}
