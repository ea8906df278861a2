import type { Tensor } from 'onnxruntime-node';
import { freshNames, pastNames } from '../network/block-dit.js';
import type { NetworkPass, NetworkSize } from '../network/network.js';
import { rotaryNames, RotaryTables } from '../network/rotary.js';
import { inputNames } from '../questions/graphs.js';
import { segmentsOf, segmentWidth } from '../questions/segments.js';
import type { Device, Program } from './device.js';

/** Keys and values of one transformer block, as views of arrays. */
export type KeyValueViews = Readonly<Record<'keys' | 'values', Tensor>>;

/** One forward on a device. Its `bias` is that of the new keys alone; `capacity` and `kept` are at least 1. */
export interface DevicePass extends Omit<NetworkPass, 'past' | 'logits' | 'reduction'> {
  /** [R, Q]; how many of the row's cached positions the query at each place sees. */
  readonly reach: Float32Array;
  /** [A], above 0. */
  readonly inverseTemperatures: Float32Array;
  /** For every transformer block keys [R, heads, width, C] and values [R, heads, C, width]. */
  readonly past: readonly KeyValueViews[];
  /** For every transformer block where those of the kept tokens go, [M, heads, width]. */
  readonly fresh: readonly KeyValueViews[];
  /** [A * S, segmentWidth]; where the logits go. */
  readonly logits: Tensor;
}

/** What of a pass comes back to the host; of its answers, row-major. */
export interface DeviceSummary {
  /** [A, S] each; see `SegmentTotals`. */
  readonly maxima: Float32Array;
  readonly sums: Float32Array;
  readonly moments: Float32Array;
  /** [A, segmentWidth]; the logits of the segment with the most probable token. */
  readonly tops: Float32Array;
  /** [A]; the sum of a row's logits, which is finite only where they all are. */
  readonly totals: Float32Array;
  /** [M]; the same of the keys and values of each kept token. */
  readonly kept: Float32Array;
}

/** A network whose keys, values and logits stay on a device. */
export class DeviceNetwork {
  readonly size: NetworkSize;
  readonly #device: Device;
  readonly #program: Program;
  readonly #rotary: RotaryTables;

  /** `program` is that of `writeDeviceNetwork`. */
  constructor(device: Device, program: Program, size: NetworkSize) {
    this.#device = device;
    this.#program = program;
    this.#rotary = new RotaryTables(size.width);
    this.size = size;
  }

  async run(pass: DevicePass): Promise<DeviceSummary> {
    const { floats, integers, wide } = this.#feeders();
    const { rows, queries, keys, capacity } = pass;
    const { heads, width } = this.size;
    const rotary = this.#rotary.of(pass.positions);
    const packed = pass.tokens.length;
    const kept = pass.kept.length;
    const asked = pass.answers.length;
    const segments = segmentsOf(this.size.vocabularySize);
    const inputs: Record<string, Tensor> = {
      tokens: integers(pass.tokens, [packed]),
      positions: wide(pass.positions, [packed, 1]),
      [rotaryNames.cosines]: floats(rotary.cosines, [rotary.rows, width / 2]),
      [rotaryNames.sines]: floats(rotary.sines, [rotary.rows, width / 2]),
      answers: integers(pass.answers, [asked]),
      queries: integers(atPlaces(pass.queryTokens, { rows, heads, apart: 2 * heads, from: 0 }), [rows, heads, queries]),
      keys: integers(atPlaces(pass.keyTokens, { rows, heads, apart: 2 * heads, from: heads }), [rows, heads, keys]),
      values: integers(atPlaces(pass.keyTokens, { rows, heads, apart: heads, from: 0 }), [rows, heads, keys]),
      'kept.keys': integers(ofTokens(pass.kept, { heads, apart: 2 * heads, from: heads }), [kept, heads]),
      'kept.values': integers(ofTokens(pass.kept, { heads, apart: heads, from: 0 }), [kept, heads]),
      back: integers(returning(pass.places, queries, heads), [packed, heads]),
      reach: floats(pass.reach, [rows, 1, queries, 1]),
      pastPlaces: floats(countUp(capacity, 1), [capacity]),
      bias: floats(pass.bias, [rows, 1, queries, keys]),
      split: wide([capacity, keys], [2]),
      [inputNames(0).inverseTemperatures]: floats(pass.inverseTemperatures, [asked, 1, 1]),
      firstSegments: floats(countUp(asked, segments), [asked, 1]),
    };
    const results: Record<string, Tensor> = { logits: pass.logits };
    pass.past.forEach((views, layer) => {
      for (const part of ['keys', 'values'] as const) inputs[pastNames(layer)[part]] = views[part];
    });
    pass.fresh.forEach((views, layer) => {
      for (const part of ['keys', 'values'] as const) results[freshNames(layer)[part]] = views[part];
    });
    const sizes = [segments, segments, segments, segmentWidth, 1].map((each) => each * asked);
    const summary = new Float32Array(sizes.reduce((sum, size) => sum + size, kept));
    await this.#program.run(inputs, results, { summary: floats(summary, [summary.length]) });
    let from = 0;
    const next = (): Float32Array => {
      const size = sizes.shift() ?? kept;
      from += size;
      return summary.subarray(from - size, from);
    };
    return { maxima: next(), sums: next(), moments: next(), tops: next(), totals: next(), kept: next() };
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }

  #feeders() {
    const device = this.#device;
    return {
      floats: (data: Float32Array, shape: readonly number[]) => device.floats(data, shape),
      integers: (data: Int32Array, shape: readonly number[]) => device.integers(data, shape),
      wide: (data: ArrayLike<number>, shape: readonly number[]) => device.wide(data, shape),
    };
  }
}

/** Where the pieces of a token's heads are: tokens are so many pieces `apart`, and the first head's is at `from`. */
interface HeadPieces {
  readonly heads: number;
  readonly apart: number;
  readonly from: number;
}

/** [R, heads, n] for tokens [R, n]. */
function atPlaces(
  tokens: Int32Array,
  { rows, heads, apart, from }: HeadPieces & { readonly rows: number },
): Int32Array {
  const each = tokens.length / rows;
  const pieces = new Int32Array(tokens.length * heads);
  let to = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let head = 0; head < heads; head += 1) {
      for (let place = 0; place < each; place += 1) {
        pieces[to] = (tokens[row * each + place] ?? 0) * apart + from + head;
        to += 1;
      }
    }
  }
  return pieces;
}

/** [n, heads] for tokens [n]. */
const ofTokens = (tokens: Int32Array, { heads, apart, from }: HeadPieces): Int32Array =>
  Int32Array.from({ length: tokens.length * heads }, (_, index) => {
    const head = index % heads;
    return (tokens[(index - head) / heads] ?? 0) * apart + from + head;
  });

/** [N, heads]; of the pieces [R * heads * Q] of an attention's result those of tokens at query places [N]. */
const returning = (places: Int32Array, queries: number, heads: number): Int32Array =>
  Int32Array.from({ length: places.length * heads }, (_, index) => {
    const head = index % heads;
    const place = places[(index - head) / heads] ?? 0;
    const inRow = place % queries;
    return ((place - inRow) / queries) * heads * queries + head * queries + inRow;
  });

/** 0, step, 2 step, ... */
const countUp = (count: number, step: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i * step);
