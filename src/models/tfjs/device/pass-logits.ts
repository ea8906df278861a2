import type { Tensor } from '@tensorflow/tfjs-core';
import { failed } from '../../denoiser.js';
import type { Sent } from '../sent.js';

/** The logits of a pass, which stay on the device as long as a prediction of one of its rows needs them. */
export class PassLogits {
  /** Tells passes apart. */
  readonly id: number;
  /** [rows, columns]; a call's positions are neighbouring rows. */
  readonly logits: Tensor;
  readonly rows: number;
  /** [rows] sums, which are finite where the logits are, until they have been read. */
  #sums: Tensor | null;
  #finite: readonly boolean[] = [];
  readonly #sent: Sent;
  #fault: Error | undefined;
  #users = 1;

  static #passes = 0;

  /** Takes over both tensors, with one reference for the caller. `sent` is what computes them. */
  constructor(logits: Tensor, sums: Tensor, sent: Sent) {
    PassLogits.#passes += 1;
    this.id = PassLogits.#passes;
    this.logits = logits;
    this.rows = logits.shape[0];
    this.#sums = sums;
    this.#sent = sent;
  }

  retain(): void {
    this.#users += 1;
  }

  release(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.logits.dispose();
    this.#sums?.dispose();
    this.#sums = null;
  }

  /** What has to be read to know which rows are finite; `null` when that is known. */
  get sums(): Tensor | null {
    return this.#sums;
  }

  learn(sums: readonly number[]): void {
    if (this.#fault !== undefined) return;
    this.#sent.done();
    this.#finite = sums.map((sum) => Number.isFinite(sum));
    this.#sums?.dispose();
    this.#sums = null;
  }

  /**
   * What has been read of it before `learn` is only to be trusted if `check` lets the refusals pass that there were when it was sent:
   * where the device has refused something since, nothing tells its logits from those of a pass that was computed.
   */
  verify(check: (refusals: number) => void): void {
    if (this.#sums === null) return;
    try {
      check(this.#sent.refusals);
    } catch (error) {
      this.#fault ??= failed(error).error;
    }
  }

  /** Throws what `verify` has found, for good: asking again makes nothing better. */
  requireSound(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** The first of some neighbouring rows that is not finite; -1 where all are. */
  firstOdd(from: number, count: number): number {
    return this.#finite.slice(from, from + count).indexOf(false);
  }
}
