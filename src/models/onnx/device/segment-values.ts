import { GraphBuilder, type Value } from '../graph/builder.js';
import { inputNames, padding, writeSegmentGraph, type SegmentGraph } from '../questions/graphs.js';
import { segmentsOf, segmentWidth } from '../questions/segments.js';

export interface Vocabulary {
  readonly vocabularySize: number;
  /** A token that is never predicted, or `null`. */
  readonly maskId: number | null;
}

/** Rows [rows, S, segmentWidth] in which the mask weighs nothing. */
export function writeWithoutMask(g: GraphBuilder, rows: Value, { vocabularySize, maskId }: Vocabulary): Value {
  if (maskId === null) return rows;
  const segments = segmentsOf(vocabularySize);
  const bias = new Float32Array(segments * segmentWidth);
  bias[maskId] = padding;
  return g.add('Add', [rows, g.floats(bias, [segments, segmentWidth])]);
}

/** The name under which the outputs of a graph come, one behind the other, [outputs * rows, S, 1]. */
export const results = 'results';
/** Names of the indices [rows, S] of a row's segments among the logits [segments, segmentWidth] that are the first or second of a pair. */
export const indicesName = (index: number): string => `indices.${index}`;

/** A graph for questions whose rows are taken from where passes have left them, without the mask. The model's bytes. */
export function deviceSegmentGraph(graph: SegmentGraph, vocabulary: Vocabulary): Uint8Array {
  const g = new GraphBuilder();
  const segments = segmentsOf(vocabulary.vocabularySize);
  const values = writeSegmentGraph(g, graph, segments, (index) => {
    const logits = g.input(inputNames(index).logits, 'float32', [`segments.${index}`, segmentWidth]);
    const rows = g.add('Gather', [logits, g.input(indicesName(index), 'int32', ['rows', segments])]);
    return writeWithoutMask(g, rows, vocabulary);
  });
  const [only = ''] = values;
  g.output(results, values.length === 1 ? only : g.add('Concat', values, { axis: 0n }), 'float32', [
    'all',
    segments,
    1,
  ]);
  return g.encode();
}
