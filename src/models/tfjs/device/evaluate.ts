import type { Tensor } from '@tensorflow/tfjs-core';
import { match, P } from 'ts-pattern';
import { bottomUp } from '../../questions/bottom-up.js';
import type { Device } from './device.js';
import { Distributions } from './distributions.js';
import { certain, closed } from './layout.js';
import { coldest, residual, shaped, tempered } from './shapes.js';
import { positionsOf, type At, type CallLogits, type Source } from './source.js';

/** Positions of one key. */
type Positions = readonly At[];

interface Known {
  readonly at: Positions;
  readonly distributions: Distributions;
}

/** Computes distributions, each once for all that is asked of it in a round, and keeps what was computed until that is over. */
export class Evaluator {
  readonly #device: Device;
  readonly #kept: Tensor[] = [];
  /** By the prediction of the first position. */
  readonly #known = new Map<Source | undefined, Known[]>();

  constructor(device: Device) {
    this.#device = device;
  }

  /** The distributions at positions of one key. */
  at(at: Positions): Distributions {
    for (const each of bottomUp(at, madeFrom, (one) => this.#find(one) !== null)) this.#compute(each);
    return this.#of(at);
  }

  dispose(): void {
    for (const tensor of this.#kept) tensor.dispose();
  }

  #find(at: Positions): Distributions | null {
    const found = this.#known.get(at[0]?.source)?.find(({ at: other }) => isSame(at, other));
    return found?.distributions ?? null;
  }

  #of(at: Positions): Distributions {
    const found = this.#find(at);
    if (found === null) throw new Error('a distribution was wanted before what it is computed from');
    return found;
  }

  #compute(at: Positions): void {
    const distributions = new Distributions(this.#device, this.#keep(this.#scoresAt(at)), (tensor) =>
      this.#keep(tensor),
    );
    const first = at[0]?.source;
    this.#known.set(first, [...(this.#known.get(first) ?? []), { at, distributions }]);
  }

  #keep(tensor: Tensor): Tensor {
    this.#kept.push(tensor);
    return this.#device.tf.keep(tensor);
  }

  /** What the positions are made from has been computed. */
  #scoresAt(at: Positions): Tensor {
    const device = this.#device;
    const { tf } = device;
    return match(at[0]?.source)
      .with({ from: 'logits' }, () => ofCalls(device, at.map(callAt)))
      .with({ from: 'shape' }, () => {
        const shapes = at.map(({ source }) => (source.from === 'shape' ? source.shape : refuse(source)));
        return tf.tidy(() => shaped(device, this.#of(firstOf(at)), shapes));
      })
      .with({ from: 'residual' }, () => {
        const has = at.map(({ source, position }) => (hasOther(source, position) ? 1 : 0));
        return tf.tidy(() => residual(device, this.#of(firstOf(at)), this.#of(otherOf(at)), has));
      })
      .with(P.nullish, () => tf.zeros([0, device.layout.columns]))
      .exhaustive();
  }
}

const isSame = (at: Positions, other: Positions): boolean =>
  other.length === at.length &&
  other.every(({ source, position }, i) => source === at[i]?.source && position === at[i].position);

/** What positions are made from. */
function madeFrom(at: Positions): readonly Positions[] {
  const from = at[0]?.source.from;
  if (from === undefined || from === 'logits') return [];
  return from === 'shape' ? [firstOf(at)] : [firstOf(at), otherOf(at)];
}

/** The positions that reshaping starts from, or that a residual is of. */
const firstOf = (at: Positions): Positions =>
  at.map(({ source, position }) => ({ source: source.from === 'logits' ? refuse(source) : source.of, position }));

/** The positions that a residual leaves out. Where there is none any other will do: it counts for nothing. */
const otherOf = (at: Positions): Positions =>
  at.map(({ source, position }) => ({
    source: source.from === 'residual' ? source.other : refuse(source),
    position: hasOther(source, position) ? position : 0,
  }));

const hasOther = (source: Source, position: number): boolean =>
  position < positionsOf(source.from === 'residual' ? source.other : refuse(source));

function refuse({ from }: Source): never {
  throw new Error(`positions of one key are computed alike, found ${from} among them`);
}

interface CallAt {
  readonly call: CallLogits;
  readonly position: number;
}

function callAt({ source, position }: At): CallAt {
  return { call: source.from === 'logits' ? source : refuse(source), position };
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
