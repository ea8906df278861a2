import type { Tensor } from '@tensorflow/tfjs-core';
import { match, P } from 'ts-pattern';
import type { Device } from './device.js';
import { Distributions } from './distributions.js';
import { certain, closed } from './layout.js';
import { coldest, residual, shaped, tempered } from './shapes.js';
import { keyOf, positionsOf, type At, type CallLogits } from './source.js';

/** Computes distributions, each once for all that is asked of it in a round, and keeps what was computed until that is over. */
export class Evaluator {
  readonly #device: Device;
  readonly #kept: Tensor[] = [];
  readonly #known: { readonly at: readonly At[]; readonly distributions: Distributions }[] = [];

  constructor(device: Device) {
    this.#device = device;
  }

  /** The distributions at positions of one key. */
  at(at: readonly At[]): Distributions {
    const same = (other: readonly At[]): boolean =>
      other.length === at.length &&
      other.every(({ source, position }, i) => source === at[i]?.source && position === at[i].position);
    const known = this.#known.find((each) => same(each.at));
    if (known !== undefined) return known.distributions;
    const distributions = new Distributions(this.#device, this.#keep(this.#scoresAt(at)), (tensor) =>
      this.#keep(tensor),
    );
    this.#known.push({ at, distributions });
    return distributions;
  }

  dispose(): void {
    for (const tensor of this.#kept) tensor.dispose();
  }

  #keep(tensor: Tensor): Tensor {
    this.#kept.push(tensor);
    return this.#device.tf.keep(tensor);
  }

  #scoresAt(at: readonly At[]): Tensor {
    const device = this.#device;
    const { tf } = device;
    return match(at[0]?.source)
      .with({ from: 'logits' }, () => ofCalls(device, at.map(callAt)))
      .with({ from: 'shape' }, () => {
        const each = at.map(({ source, position }) => {
          if (source.from !== 'shape') throw otherKey(source.from);
          return { of: { source: source.of, position }, shape: source.shape };
        });
        const from = this.at(each.map(({ of }) => of));
        return tf.tidy(() =>
          shaped(
            device,
            from,
            each.map(({ shape }) => shape),
          ),
        );
      })
      .with({ from: 'residual' }, () => {
        const each = at.map(({ source, position }) => {
          if (source.from !== 'residual') throw otherKey(source.from);
          const has = position < positionsOf(source.other);
          return {
            of: { source: source.of, position },
            // Where q has no position any of its own will do: it counts for nothing.
            other: { source: source.other, position: has ? position : 0 },
            has: has ? 1 : 0,
          };
        });
        const p = this.at(each.map(({ of }) => of));
        const q = this.at(each.map(({ other }) => other));
        return tf.tidy(() =>
          residual(
            device,
            p,
            q,
            each.map(({ has }) => has),
          ),
        );
      })
      .with(P.nullish, () => tf.zeros([0, device.layout.columns]))
      .exhaustive();
  }
}

const otherKey = (found: string): Error =>
  new Error(`positions of one key are computed alike, found ${found} among them`);

interface CallAt {
  readonly call: CallLogits;
  readonly position: number;
}

function callAt({ source, position }: At): CallAt {
  if (source.from !== 'logits') throw otherKey(keyOf(source));
  return { call: source, position };
}

/** Scores [N, columns] of calls of one pass, all cold or none: softmax of them is p(x_0 | x_t). */
function ofCalls(device: Device, at: readonly CallAt[]): Tensor {
  const { tf } = device;
  const column = (value: (at: CallAt) => number): Tensor => tf.tensor2d(Float32Array.from(at, value), [at.length, 1]);
  return tf.tidy(() => {
    const mask = device.withoutMask;
    const raw = padded(device, rowsOf(device, at));
    const open = mask === null ? raw : tf.add(raw, mask);
    const temperatures = at.map(({ call }) => call.temperature);
    const from = new Distributions(device, open, (tensor) => tensor);
    const scores = temperatures.includes(0)
      ? coldest(device, from)
      : temperatures.some((temperature) => temperature !== 1)
        ? tempered(device, from, temperatures)
        : open;
    const revealed = ({ call, position }: CallAt): number => call.revealed[position] ?? -1;
    if (at.every((each) => revealed(each) < 0)) return scores;
    return tf.where(tf.equal(device.tokens, column(revealed)), certain, scores);
  });
}

/** The pass's own rows, all of them as they are or those that are wanted. */
function rowsOf({ tf }: Device, at: readonly CallAt[]): Tensor {
  const pass = at[0]?.call.pass;
  if (pass === undefined) throw new Error('no positions to look up');
  const rows = Int32Array.from(at, ({ call, position }) => call.first + position);
  const whole = rows.length === pass.rows && rows.every((row, i) => row === i);
  return whole ? tf.clone(pass.logits) : tf.gather(pass.logits, tf.tensor1d(rows, 'int32'));
}

/** Networks that know of it leave room for the last segment; here it is added behind those that do not. */
function padded({ tf, layout }: Device, logits: Tensor): Tensor {
  const [, columns = 0] = logits.shape;
  if (columns === layout.columns) return logits;
  return tf.pad(
    logits,
    [
      [0, 0],
      [0, layout.columns - columns],
    ],
    closed,
  );
}
