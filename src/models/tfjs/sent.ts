/**
 * A pass that was sent to a device, and whether it is known to have been computed. A device that refuses something leaves undone what was
 * sent along with it, and nothing tells logits, keys and values that were not computed from those that were.
 */
export class Sent {
  /** How often the device had refused something before this, and what it rests on, was sent. */
  readonly refusals: number;
  /** The passes that it rests on of which nobody knows yet. */
  #before: readonly Sent[];
  #isDone = false;

  constructor(before: Iterable<Sent>, refusals: number) {
    this.#before = [...new Set(before)].filter((each) => !each.#isDone);
    this.refusals = Math.min(refusals, ...this.#before.map((each) => each.refusals));
  }

  /** Something of it has been read, and the device has refused nothing since there were `refusals`. */
  done(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    for (const each of this.#before) each.done();
    this.#before = [];
  }
}
