import { InputError } from '../../../graph/input-error.js';
import { inMegabytes, oneLine, type LimitNames } from '../refusals.js';

/** What is asked of a device to know how it is. */
export type WatchedDevice = Pick<GPUDevice, 'lost' | 'addEventListener'>;

/**
 * What went wrong on a device. WebGPU tells it apart from the results: a command on memory that was refused gives zeros, and what
 * follows from them. Whatever is read is therefore to be trusted only if nothing has been refused before it was there.
 */
export class DeviceHealth {
  readonly #name: string;
  readonly #limits: LimitNames;
  /** Called when the device has refused something. */
  readonly #onRefusal: () => void;
  #loss: string | undefined;
  #refusals = 0;
  #told = 0;
  #last = '';
  readonly #waiting: (() => void)[] = [];

  constructor(device: WatchedDevice, name: string, limits: LimitNames, onRefusal: () => void = () => undefined) {
    this.#name = name;
    this.#limits = limits;
    this.#onRefusal = onRefusal;
    void device.lost.then(({ message }) => {
      this.#loss = oneLine(message);
      this.#tell();
    });
    device.addEventListener('uncapturederror', (event) => {
      // Browsers would write it on their console.
      event.preventDefault();
      this.#refuse(this.#sentence(event.error));
    });
  }

  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  /** How often it has refused something. */
  get refusals(): number {
    return this.#refusals;
  }

  /** Of all refusals, those that somebody has been told of: where a reading begins. */
  get told(): number {
    return this.#told;
  }

  /** What to throw where the device has refused memory by an exception of its own, so that nobody takes the result for one. */
  memoryRefused(bytes: number): InputError {
    this.#onRefusal();
    return new InputError(this.#outOfMemory(`${inMegabytes(bytes)} more`));
  }

  /** Throws an `InputError` when the device has been lost. */
  requireDevice(): void {
    if (this.#loss === undefined) return;
    throw new InputError(
      `The graphics device (${this.#name}) was lost${this.#loss === '' ? '' : ` (${this.#loss})`}, and with it everything on it: ` +
        'open the model again, on a new device, or take another backend.',
    );
  }

  /**
   * Throws an `InputError` that names the remedy when the device has been lost, or has refused anything beyond the first `since`
   * times: by default, anything that nobody has been told of.
   */
  check(since = this.#told): void {
    this.requireDevice();
    if (this.#refusals <= since) return;
    this.#told = this.#refusals;
    throw new InputError(this.#last);
  }

  /** Waits until the device is lost or refuses something, so many milliseconds at most. */
  async news(patience: number): Promise<void> {
    let timer;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patience);
      this.#waiting.push(resolve);
    });
    clearTimeout(timer);
  }

  #refuse(sentence: string): void {
    // Of a chain of refusals the first says what it is about; the others are about what it left undone.
    if (this.#refusals === this.#told) this.#last = sentence;
    this.#refusals += 1;
    this.#onRefusal();
    this.#tell();
  }

  #tell(): void {
    for (const hear of this.#waiting.splice(0)) hear();
  }

  #sentence(error: GPUError): string {
    // The class is a global in browsers only.
    if (error.constructor.name === 'GPUOutOfMemoryError') return this.#outOfMemory('memory');
    return (
      `The graphics device (${this.#name}) refused a command (${oneLine(error.message)}): open the model again, ` +
      'or take another backend.'
    );
  }

  #outOfMemory(what: string): string {
    const { rows, cacheBytes } = this.#limits;
    return (
      `The graphics device (${this.#name}) has run out of memory (it refused ${what}): let fewer rows in at once (${rows}), ` +
      `leave less to their caches (${cacheBytes}), or take another backend.`
    );
  }
}
