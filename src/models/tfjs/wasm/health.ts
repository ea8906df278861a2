import { InputError } from '../../../graph/input-error.js';
import { messageOf } from '../../../graph/message-of.js';
import { inMegabytes, oneLine, type LimitNames } from '../refusals.js';

/** What WebAssembly addresses with 32 bits, but for the last page of 64 KiB: as much as the library's module takes. */
export const addressable = 2 ** 32 - 2 ** 16;

/** Whether the WASM backend still computes, and what to say where it does not. */
export class WasmHealth {
  readonly #limits: LimitNames;
  #death: string | undefined;

  constructor(limits: LimitNames) {
    this.#limits = limits;
  }

  get isDead(): boolean {
    return this.#death !== undefined;
  }

  /** What to throw where there is no room for so many bytes more. Nothing has happened to what is there. */
  memoryRefused(bytes: number): InputError {
    const { rows, cacheBytes } = this.#limits;
    return new InputError(
      `WebAssembly has no room for another ${inMegabytes(bytes)} (it addresses ${inMegabytes(addressable)} in all): let fewer rows in at ` +
        `once (${rows}), leave less to their caches (${cacheBytes}), or take another backend.`,
    );
  }

  /** The module has stopped in the middle of something: nothing that it holds is to be trusted any more. Gives what to throw. */
  died(cause: unknown): InputError {
    this.#death ??= oneLine(messageOf(cause));
    const { rows, cacheBytes } = this.#limits;
    return new InputError(
      `The WASM backend has stopped (${this.#death}), and with it everything on it: open the model again, with fewer rows at once ` +
        `(${rows}) or less for their caches (${cacheBytes}) where memory was short, or take another backend.`,
    );
  }

  /** Throws an `InputError` when the module has stopped. */
  requireAlive(): void {
    if (this.#death !== undefined) throw this.died(this.#death);
  }
}
