import { match } from 'ts-pattern';
import { divergenceEpsilon } from '../../../graph/effects.js';
import { GraphBuilder, type Value } from '../graph/builder.js';
import { segmentsOf, segmentWidth } from './segments.js';

/**
 * What a graph computes of each segment of each row, with x its logits, m their maximum, y = (x - m) / temperature and
 * e = exp(y), and where there are two rows p = f e and q = f' e' with a factor f for each segment of each row:
 * - `maxima`: m
 * - `sums`: the maxima, and the sum of e
 * - `entropies`: the maxima and sums, and the sum of e y, called `moments`
 * - `relative-entropies`: the sum of p log((p + epsilon) / (q + epsilon)), epsilon being `divergenceEpsilon`
 * - `distances`: the sum of |p - q|
 * Each output, [rows, segments, 1], has the name that it has here.
 */
export type SegmentGraph = 'maxima' | 'sums' | 'entropies' | 'relative-entropies' | 'distances';

/** Names of the inputs for the row `index` of a pair: [rows, V], [rows, 1, 1] and [rows, segments, 1]. */
export const inputNames = (index: number) =>
  ({
    logits: `logits.${index}`,
    inverseTemperatures: `inverse-temperatures.${index}`,
    factors: `factors.${index}`,
  }) as const;

/**
 * What fills up the last segment: below all logits, so that it weighs nothing, and finite at every temperature that
 * graphs are used at.
 */
export const padding = -1e30;

/** The outputs of each graph, in order. */
export const outputsOf = {
  maxima: ['maxima'],
  sums: ['maxima', 'sums'],
  entropies: ['maxima', 'sums', 'moments'],
  'relative-entropies': ['relative-entropies'],
  distances: ['distances'],
} as const satisfies Record<SegmentGraph, readonly string[]>;

/** The model's bytes. */
export function segmentGraph(graph: SegmentGraph, vocabularySize: number): Uint8Array {
  const g = new GraphBuilder();
  const segments = segmentsOf(vocabularySize);
  const values = writeSegmentGraph(g, graph, segments, (index) =>
    writeRows(g, g.input(inputNames(index).logits, 'float32', ['rows', vocabularySize]), vocabularySize),
  );
  outputsOf[graph].forEach((name, index) => g.output(name, values[index] ?? '', 'float32', ['rows', segments, 1]));
  return g.encode();
}

/** The outputs of a graph, in order, from what `read` gives for each row of a pair, [rows, segments, segmentWidth]. */
export function writeSegmentGraph(
  g: GraphBuilder,
  graph: SegmentGraph,
  segments: number,
  read: (index: number) => Value,
): Value[] {
  const writer = new SegmentGraphWriter(g, segments, read);
  return match(graph)
    .returnType<Value[]>()
    .with('maxima', () => [writer.row(0).maxima])
    .with('sums', 'entropies', () => {
      const { maxima, shifted, exponentials } = writer.scaledRow(0);
      const sums = [maxima, writer.sum(exponentials)];
      return graph === 'sums' ? sums : [...sums, writer.sum(writer.apply('Mul', exponentials, shifted))];
    })
    .with('relative-entropies', () => {
      const [p, q] = [writer.probabilities(0), writer.probabilities(1)];
      const epsilon = g.floats([divergenceEpsilon]);
      const above = (values: Value): Value => writer.apply('Add', values, epsilon);
      const logRatios = writer.apply('Log', writer.apply('Div', above(p), above(q)));
      return [writer.sum(writer.apply('Mul', p, logRatios))];
    })
    .with('distances', () => {
      const [p, q] = [writer.probabilities(0), writer.probabilities(1)];
      return [writer.sum(writer.apply('Abs', writer.apply('Sub', p, q)))];
    })
    .exhaustive();
}

/** Rows of logits as matrices of segments, [rows, segments, segmentWidth], and the maxima of these. */
interface SegmentedRows {
  readonly segments: Value;
  readonly maxima: Value;
}

/** y and e of them. */
interface ScaledRows {
  readonly shifted: Value;
  readonly exponentials: Value;
}

const reduce = (g: GraphBuilder, operator: 'ReduceMax' | 'ReduceSum', values: Value): Value =>
  g.add(operator, [values, g.integers([2])], { keepdims: 1n });

/** Logits [rows, V] by segments, all whole, [rows, segments * segmentWidth]. */
export function writeWholeSegments(g: GraphBuilder, logits: Value, vocabularySize: number): Value {
  const missing = segmentsOf(vocabularySize) * segmentWidth - vocabularySize;
  return missing === 0 ? logits : g.add('Pad', [logits, g.integers([0, 0, 0, missing]), g.floats([padding])]);
}

/** Logits [rows, V] by segments, [rows, segments, segmentWidth]. */
const writeRows = (g: GraphBuilder, logits: Value, vocabularySize: number): Value => {
  const shape = g.integers([-1, segmentsOf(vocabularySize), segmentWidth]);
  return g.add('Reshape', [writeWholeSegments(g, logits, vocabularySize), shape]);
};

const withMaxima = (g: GraphBuilder, segments: Value): SegmentedRows => ({
  segments,
  maxima: reduce(g, 'ReduceMax', segments),
});

/** y and e (see `SegmentGraph`). The maximum goes first: logits over a low temperature would lose the digits that tell them apart. */
function scaled(g: GraphBuilder, { segments, maxima }: SegmentedRows, inverseTemperatures: Value): ScaledRows {
  const shifted = g.add('Mul', [g.add('Sub', [segments, maxima]), inverseTemperatures]);
  return { shifted, exponentials: g.add('Exp', [shifted]) };
}

/** `maxima` and `sums` of logits [rows, V] inside a graph, each [rows, segments, 1], for temperatures [rows, 1, 1]. */
export function writeSegmentSums(
  g: GraphBuilder,
  logits: Value,
  inverseTemperatures: Value,
  vocabularySize: number,
): { readonly maxima: Value; readonly sums: Value } {
  const rows = withMaxima(g, writeRows(g, logits, vocabularySize));
  const { exponentials } = scaled(g, rows, inverseTemperatures);
  return { maxima: rows.maxima, sums: reduce(g, 'ReduceSum', exponentials) };
}

/** Writes what graphs are made of; inputs other than rows as they are needed. */
class SegmentGraphWriter {
  readonly #graph: GraphBuilder;
  readonly #segments: number;
  readonly #read: (index: number) => Value;

  constructor(graph: GraphBuilder, segments: number, read: (index: number) => Value) {
    this.#graph = graph;
    this.#segments = segments;
    this.#read = read;
  }

  row(index: number): SegmentedRows {
    return withMaxima(this.#graph, this.#read(index));
  }

  scaledRow(index: number): SegmentedRows & ScaledRows {
    const row = this.row(index);
    const scales = this.#graph.input(inputNames(index).inverseTemperatures, 'float32', ['rows', 1, 1]);
    return { ...row, ...scaled(this.#graph, row, scales) };
  }

  probabilities(index: number): Value {
    const factors = this.#graph.input(inputNames(index).factors, 'float32', ['rows', this.#segments, 1]);
    return this.apply('Mul', this.scaledRow(index).exponentials, factors);
  }

  apply(operator: string, ...inputs: readonly Value[]): Value {
    return this.#graph.add(operator, inputs);
  }

  sum(values: Value): Value {
    return reduce(this.#graph, 'ReduceSum', values);
  }
}
