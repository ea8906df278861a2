import { bottomUp } from '../../questions/bottom-up.js';
import type { HandleChange } from '../engine/protocol.js';
import type { Outbox } from './outbox.js';

/**
 * A prediction in the engine, which handles and predictions made from it share. One made from others costs nothing until
 * it is asked: the engine hears of it along with the first question.
 */
export class PredictionSource {
  readonly id: number;
  readonly #outbox: Outbox;
  readonly #from: readonly PredictionSource[];
  #make: ((id: number) => HandleChange) | null;
  #users = 1;

  constructor(
    outbox: Outbox,
    from: readonly PredictionSource[],
    make: ((id: number) => HandleChange) | null,
    id: number = outbox.newId(),
  ) {
    this.#outbox = outbox;
    this.#from = from;
    this.#make = make;
    this.id = id;
    for (const source of from) source.#users += 1;
  }

  /** One that the engine knows already. */
  static of(outbox: Outbox, id: number): PredictionSource {
    return new PredictionSource(outbox, [], null, id);
  }

  /** Sees to it that the engine knows it. */
  tell(): void {
    const sourcesOf = (source: PredictionSource) => source.#from;
    const isKnown = (source: PredictionSource) => source.#make === null;
    for (const source of bottomUp<PredictionSource>(this, sourcesOf, isKnown)) source.#tellAlone();
  }

  /** The last user lets go of what it was made from as well. */
  release(): void {
    const open: PredictionSource[] = [this];
    for (let source = open.pop(); source !== undefined; source = open.pop()) {
      source.#users -= 1;
      if (source.#users > 0) continue;
      if (source.#make === null) this.#outbox.add({ change: 'release-prediction', id: source.id });
      open.push(...source.#from);
    }
  }

  #tellAlone(): void {
    if (this.#make !== null) this.#outbox.add(this.#make(this.id));
    this.#make = null;
  }
}
