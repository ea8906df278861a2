import { blocked } from '../attention-masks.js';
import type { RawPass } from '../parity/subject.js';
import type { KeyValueData, NetworkSize, OnnxNetwork } from './network/network.js';
import { reductionFor } from './network/reduction.js';

/** Passes one after the other on the same rows, each attending to all tokens before; [R * answers, V] of each. */
export async function runRawPasses(network: OnnxNetwork, passes: readonly RawPass[]): Promise<Float32Array[]> {
  const { size } = network;
  const outputs: Float32Array[] = [];
  let past: Past = emptyPast(size, passes[0]?.rows.length ?? 0);
  for (const { rows, positions, mask, answers } of passes) {
    const queries = positions.length;
    const each = Int32Array.from({ length: rows.length * queries }, (_, token) => token);
    const logits = new Float32Array(rows.length * answers * size.vocabularySize);
    const fresh = await network.run({
      rows: rows.length,
      queries,
      keys: queries,
      capacity: past.capacity,
      tokens: Int32Array.from(rows.flat()),
      positions: Int32Array.from(rows.flatMap(() => positions)),
      queryTokens: each,
      keyTokens: each,
      places: each,
      kept: each,
      bias: biasOf(mask, queries, rows.length, past),
      past: past.layers,
      answers: each.filter((token) => token % queries >= queries - answers),
      logits,
      reduction: reductionFor(
        Array.from({ length: rows.length * answers }, () => 1),
        network.segments,
      ),
    });
    outputs.push(logits);
    past = longer(past, fresh, { added: queries, rows: rows.length, ...size });
  }
  return outputs;
}

/** The keys and values of the passes so far. */
interface Past {
  /** For every transformer block [R, heads, capacity, width]. */
  readonly layers: readonly KeyValueData[];
  readonly capacity: number;
  /** How much of `capacity` is used. */
  readonly length: number;
}

/** One place that nobody may attend to: not every execution provider takes arrays without numbers. */
function emptyPast({ layers, heads, width }: NetworkSize, rows: number): Past {
  const nothing = () => new Float32Array(rows * heads * width);
  return {
    layers: Array.from({ length: layers }, () => ({ keys: nothing(), values: nothing() })),
    capacity: 1,
    length: 0,
  };
}

/** [R, Q, C + Q]: the mask behind what is known of the past. */
function biasOf(mask: Float32Array, queries: number, rows: number, { capacity, length }: Past): Float32Array {
  const keys = capacity + queries;
  const bias = new Float32Array(rows * queries * keys);
  for (let row = 0; row < rows * queries; row += 1) {
    const query = row % queries;
    bias.fill(blocked, row * keys + length, row * keys + capacity);
    bias.set(mask.subarray(query * queries, (query + 1) * queries), row * keys + capacity);
  }
  return bias;
}

/** With the keys and values of `added` new tokens a row, [heads, R * added, width], behind those of the past. */
function longer(
  past: Past,
  fresh: readonly KeyValueData[],
  {
    added,
    rows,
    heads,
    width,
  }: { readonly added: number; readonly rows: number } & Pick<NetworkSize, 'heads' | 'width'>,
): Past {
  const length = past.length + added;
  const join = (before: Float32Array, after: Float32Array): Float32Array => {
    const joined = new Float32Array(rows * heads * length * width);
    for (let row = 0; row < rows; row += 1) {
      for (let head = 0; head < heads; head += 1) {
        const place = row * heads + head;
        const from = place * past.capacity * width;
        joined.set(before.subarray(from, from + past.length * width), place * length * width);
        const start = (head * rows + row) * added * width;
        joined.set(after.subarray(start, start + added * width), (place * length + past.length) * width);
      }
    }
    return joined;
  };
  const layers = past.layers.map(({ keys, values }, index) => {
    const now = fresh[index];
    if (now === undefined) throw new Error(`the network gave no keys and values for block ${index}`);
    return { keys: join(keys, now.keys), values: join(values, now.values) };
  });
  return { layers, capacity: length, length };
}
