import type { Tensor } from '@tensorflow/tfjs-core';
import type { Device } from './device.js';
import type { Distributions } from './distributions.js';
import { drawTokens, type Draw } from './draw.js';
import { Evaluator } from './evaluate.js';
import {
  entropy,
  highest,
  highestTwo,
  kullbackLeibler,
  logsOfTokens,
  mostProbable,
  totalVariation,
} from './measures.js';
import type { PassLogits } from './pass-logits.js';
import { Keys, type At } from './source.js';

/** The numbers about one position, once they have been read. */
export type Reading = () => readonly number[];

/** What is wanted of one position. */
interface Wanted<G> {
  readonly at: At;
  readonly given: G;
}

type Compute<G> = (device: Device, of: Distributions, given: readonly G[], evaluator: Evaluator) => Tensor;

/** A tensor on its way to the host, and who waits for its numbers. */
interface Outgoing {
  readonly tensor: Tensor;
  readonly arrive: (values: readonly number[]) => void;
}

/** Questions of one kind. Those about positions of one key go out together. */
class Batches<G> {
  readonly #compute: Compute<G>;
  readonly #keys: Keys;
  readonly #keyOf: (given: G) => string;
  readonly #groups = new Map<string, { readonly wanted: Wanted<G>[]; found: readonly number[] }>();

  constructor(keys: Keys, compute: Compute<G>, keyOfGiven: (given: G) => string = () => '') {
    this.#keys = keys;
    this.#compute = compute;
    this.#keyOf = keyOfGiven;
  }

  ask(at: At, given: G): Reading {
    const key = `${this.#keys.of(at.source).toString()} ${this.#keyOf(given)}`;
    const group = this.#groups.get(key) ?? { wanted: [], found: [] };
    this.#groups.set(key, group);
    const index = group.wanted.push({ at, given }) - 1;
    return () => {
      const numbers = group.found.length / group.wanted.length;
      return group.found.slice(index * numbers, (index + 1) * numbers);
    };
  }

  launch(device: Device, evaluator: Evaluator): Outgoing[] {
    return [...this.#groups.values()].map((group) => ({
      tensor: device.tf.tidy(() =>
        this.#compute(
          device,
          evaluator.at(group.wanted.map(({ at }) => at)),
          group.wanted.map(({ given }) => given),
          evaluator,
        ),
      ),
      arrive: (values) => {
        group.found = values;
      },
    }));
  }
}

/**
 * What the questions of one round want to know. Everything is computed at once and leaves the device as one small tensor, with
 * what tells whether the logits of a pass are finite, the first time that it is asked about.
 */
export class Round {
  readonly #keys = new Keys();
  readonly draws = new Batches<Draw>(this.#keys, drawTokens);
  readonly mostProbable = new Batches<null>(this.#keys, mostProbable);
  readonly entropies = new Batches<null>(this.#keys, entropy);
  readonly highest = new Batches<null>(this.#keys, highest);
  readonly highestTwo = new Batches<null>(this.#keys, highestTwo);
  /** Of the given token. */
  readonly logs = new Batches<number>(this.#keys, logsOfTokens);
  /** Against the given position. */
  readonly kullbackLeibler = new Batches<At>(
    this.#keys,
    (device, p, others, evaluator) => kullbackLeibler(device, p, evaluator.at(others)),
    ({ source }) => this.#keys.of(source).toString(),
  );
  /** Against the given position. */
  readonly totalVariation = new Batches<At>(
    this.#keys,
    (device, p, others, evaluator) => totalVariation(device, p, evaluator.at(others)),
    ({ source }) => this.#keys.of(source).toString(),
  );
  readonly #passes = new Set<PassLogits>();

  /** Has it told which rows of a pass are finite. */
  watch(pass: PassLogits): void {
    this.#passes.add(pass);
  }

  /** Everything is under way when this returns; what it is about may be released then. Reads nothing where nothing is wanted. */
  async read(device: Device): Promise<void> {
    const { tf } = device;
    const evaluator = new Evaluator(device);
    let arrivals: { readonly size: number; readonly arrive: Outgoing['arrive'] }[] = [];
    let all: Tensor | undefined;
    try {
      [all] = tf.tidy((): Tensor[] => {
        const outgoing = this.#launch(device, evaluator);
        arrivals = outgoing.map(({ tensor, arrive }) => ({ size: tensor.size, arrive }));
        const flat = outgoing.map(({ tensor }) => tf.reshape(tensor, [-1]));
        return flat.length === 0 ? [] : [tf.concat(flat)];
      });
    } finally {
      evaluator.dispose();
    }
    if (all === undefined) return;
    const values = [...(await this.#verified(device, all))];
    let start = 0;
    for (const { size, arrive } of arrivals) {
      arrive(values.slice(start, start + size));
      start += size;
    }
  }

  /** Reads a tensor, and finds out about passes whether they are to be trusted. */
  async #verified(device: Device, all: Tensor): Promise<Float32Array> {
    const verify = (check: (refusals: number) => void) => {
      for (const pass of this.#passes) pass.verify(check);
    };
    try {
      const values = await device.read(all);
      verify((refusals) => {
        device.check(refusals);
      });
      return values;
    } catch (error) {
      verify(() => {
        throw error;
      });
      throw error;
    }
  }

  #launch(device: Device, evaluator: Evaluator): readonly Outgoing[] {
    const { draws, entropies, logs, kullbackLeibler: divergences, totalVariation: distances } = this;
    const flags = [...this.#passes].flatMap((pass) =>
      pass.sums === null ? [] : [{ tensor: pass.sums, arrive: (sums: readonly number[]) => pass.learn(sums) }],
    );
    return [
      ...flags,
      ...draws.launch(device, evaluator),
      ...this.mostProbable.launch(device, evaluator),
      ...entropies.launch(device, evaluator),
      ...this.highest.launch(device, evaluator),
      ...this.highestTwo.launch(device, evaluator),
      ...logs.launch(device, evaluator),
      ...divergences.launch(device, evaluator),
      ...distances.launch(device, evaluator),
    ];
  }
}
