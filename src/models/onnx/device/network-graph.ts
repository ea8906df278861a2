import { blocked } from '../../attention-masks.js';
import type { GraphBuilder, Value } from '../graph/builder.js';
import type { Pieces } from '../network/attention.js';
import { freshNames, pastNames } from '../network/block-dit.js';
import { writeBlocks, type BlocksPlan } from '../network/blocks.js';
import { writeSegmentGraph, writeWholeSegments } from '../questions/graphs.js';
import { segmentsOf, segmentWidth } from '../questions/segments.js';
import { writeWithoutMask } from './segment-values.js';

export interface DeviceNetworkPlan extends BlocksPlan {
  /** A token that is never predicted, or `null`. */
  readonly maskId: number | null;
}

/** What tells a device where tokens go, and what they see. */
interface Places {
  readonly queries: Value;
  readonly keys: Value;
  readonly values: Value;
  readonly kept: { readonly keys: Value; readonly values: Value };
  /** [R, 1, Q, C] and [R, 1, Q, K] */
  readonly pastBias: Value;
  readonly bias: Value;
  readonly split: Value;
}

/**
 * A network whose inputs are those of a `DevicePass`. Nothing in it is left to the processor: indices come as 32-bit numbers that are
 * worked out beforehand, products are written with operators that WebGPU has, and cached keys lie turned, [R, heads, width, C], so
 * that no product turns them. Logits stay where they are; all that leaves is one array, `summary`.
 */
export function writeDeviceNetwork(g: GraphBuilder, { maskId, ...plan }: DeviceNetworkPlan): void {
  const { layers, heads, width, vocabularySize } = plan.size;
  const tokens = g.input('tokens', 'int32', ['N']);
  const positions = g.input('positions', 'int64', ['N', 1]);
  const back = g.input('back', 'int32', ['N', heads]);
  const answers = g.input('answers', 'int32', ['A']);
  const places = writePlaces(g, heads);
  const past = Array.from({ length: layers }, (_, layer) => {
    const names = pastNames(layer);
    return {
      keys: g.input(names.keys, 'float32', ['R', heads, width, 'C']),
      values: g.input(names.values, 'float32', ['R', heads, 'C', width]),
    };
  });
  const fresh: Value[] = [];
  const logits = writeBlocks(g, plan, {
    tokens,
    positions,
    answers,
    back,
    attend: (pieces, layer) => {
      const cached = past[layer];
      if (cached === undefined) throw new Error(`a network of ${layers} blocks has weights of ${layer + 1}`);
      const keys = g.add('Gather', [pieces.queriesAndKeys, places.kept.keys]);
      const values = g.add('Gather', [pieces.values, places.kept.values]);
      const names = freshNames(layer);
      g.output(names.keys, keys, 'float32', ['M', heads, width]);
      g.output(names.values, values, 'float32', ['M', heads, width]);
      fresh.push(keys, values);
      return writeAttention(g, pieces, cached, places, width);
    },
  });
  const keptSums = g.add('ReduceSum', [g.add('Concat', fresh, { axis: 2n }), g.integers([1, 2])], { keepdims: 0n });
  const segments = g.add('Reshape', [writeWholeSegments(g, logits, vocabularySize), g.integers([-1, segmentWidth])]);
  g.output('logits', segments, 'float32', ['segments', segmentWidth]);
  const flat = (value: Value): Value => g.add('Reshape', [value, g.integers([-1])]);
  const parts = writeSummary(g, { logits, segments, vocabularySize, maskId });
  g.output('summary', g.add('Concat', [...parts, keptSums].map(flat), { axis: 0n }), 'float32', ['numbers']);
}

function writePlaces(g: GraphBuilder, heads: number): Places {
  const reach = g.input('reach', 'float32', ['R', 1, 'Q', 1]);
  const seen = g.add('Less', [g.input('pastPlaces', 'float32', ['C']), reach]);
  return {
    queries: g.input('queries', 'int32', ['R', heads, 'Q']),
    keys: g.input('keys', 'int32', ['R', heads, 'K']),
    values: g.input('values', 'int32', ['R', heads, 'K']),
    kept: { keys: g.input('kept.keys', 'int32', ['M', heads]), values: g.input('kept.values', 'int32', ['M', heads]) },
    pastBias: g.add('Where', [seen, g.floats([0]), g.floats([blocked])]),
    bias: g.input('bias', 'float32', ['R', 1, 'Q', 'K']),
    split: g.input('split', 'int64', [2]),
  };
}

/** softmax(q k^T / sqrt(width) + bias) v over [cached | new] keys, [R * heads * Q, width]. */
function writeAttention(
  g: GraphBuilder,
  pieces: Pieces,
  past: { readonly keys: Value; readonly values: Value },
  places: Places,
  width: number,
): Value {
  const scale = g.floats([1 / Math.sqrt(width)]);
  const queries = g.add('Mul', [g.add('Gather', [pieces.queriesAndKeys, places.queries]), scale]);
  const turned = g.add('Transpose', [g.add('Gather', [pieces.queriesAndKeys, places.keys])], {
    perm: [0n, 1n, 3n, 2n],
  });
  const values = g.add('Gather', [pieces.values, places.values]);
  const cachedScores = g.add('Add', [g.add('MatMul', [queries, past.keys]), places.pastBias]);
  const freshScores = g.add('Add', [g.add('MatMul', [queries, turned]), places.bias]);
  const weights = g.add('Softmax', [g.add('Concat', [cachedScores, freshScores], { axis: 3n })], { axis: -1n });
  const [cached = '', fresh = ''] = g.addMany('Split', [weights, places.split], 2, { axis: 3n });
  const result = g.add('Add', [g.add('MatMul', [cached, past.values]), g.add('MatMul', [fresh, values])]);
  return g.add('Reshape', [result, g.integers([-1, width])]);
}

interface Answered {
  /** [A, V] */
  readonly logits: Value;
  /** [A * S, segmentWidth] */
  readonly segments: Value;
  readonly vocabularySize: number;
  readonly maskId: number | null;
}

/**
 * Of each row of logits: maxima, sums and moments of its segments without the mask, the logits of the segment with the largest of all
 * (of several, the first), and the sum of all.
 */
function writeSummary(g: GraphBuilder, { logits, segments, vocabularySize, maskId }: Answered): Value[] {
  const count = segmentsOf(vocabularySize);
  const firsts = g.input('firstSegments', 'float32', ['A', 1]);
  const rows = g.add('Reshape', [segments, g.integers([-1, count, segmentWidth])]);
  const moments = writeSegmentGraph(g, 'entropies', count, () => writeWithoutMask(g, rows, { vocabularySize, maskId }));
  const [maxima = ''] = moments;
  const each = g.add('Reshape', [maxima, g.integers([-1, count])]);
  const largest = g.add('ReduceMax', [each, g.integers([1])], { keepdims: 1n });
  const indices = g.floats(
    Array.from({ length: count }, (_, index) => index),
    [count],
  );
  // Every index there is lies inside, also where nothing equals the largest because that is no number.
  const candidates = g.add('Where', [g.add('Equal', [each, largest]), indices, g.floats([count - 1])]);
  const top = g.add('Add', [g.add('ReduceMin', [candidates, g.integers([1])], { keepdims: 1n }), firsts]);
  const index = g.cast(g.add('Reshape', [top, g.integers([-1])]), 'int32');
  const total = g.add('ReduceSum', [logits, g.integers([1])], { keepdims: 0n });
  return [...moments, g.add('Gather', [segments, index]), total];
}
