import type { Row, RowInput } from './batches.js';
import { certainDivergence, openDivergence, pairGraphs, segmentFactors } from './divergence.js';
import type { RowLogits } from './logits.js';
import { OpenPosition } from './open-position.js';
import type { RawPair } from './plan.js';
import type { RawPositions } from './raw-positions.js';
import type { Reducer } from './reducer.js';

/** Two open rows that a graph compares. */
interface OpenPair extends Row<RowLogits> {
  readonly p: OpenPosition;
  readonly q: OpenPosition;
}

/** What gives the divergence of each pair at each of its positions; the positions of all pairs have to be known. */
export async function comparePairs(
  reducer: Reducer,
  positions: RawPositions,
  pairs: readonly RawPair[],
): Promise<Map<RawPair, () => readonly number[]>> {
  const answers = new Map<RawPair, () => readonly number[]>();
  for (const measure of ['kullback-leibler', 'total-variation'] as const) {
    const found = pairs
      .filter((pair) => pair.measure === measure)
      .map((pair) => ({ pair, values: valuesOf(pair, positions) }));
    const open = found.flatMap(({ values }) => values.filter((value) => 'inputs' in value));
    const reduced = await reducer.reduce(pairGraphs[measure], open);
    for (const { pair, values } of found) {
      answers.set(pair, () =>
        values.map((value) => {
          if (!('inputs' in value)) return value();
          const given = reduced.get(value);
          if (given === undefined) throw new Error('a pair was left out of a run');
          return openDivergence(value.p, value.q, measure, given(pairGraphs[measure]));
        }),
      );
    }
  }
  return answers;
}

/** What gives the number where one is certain, else what a graph has to compare. */
function valuesOf({ p, q, measure }: RawPair, positions: RawPositions): ((() => number) | OpenPair)[] {
  const others = positions.of(q);
  return positions.of(p).map((own, index) => {
    const other = others[index];
    if (own instanceof OpenPosition && other instanceof OpenPosition) {
      return { p: own, q: other, inputs: [inputOf(own), inputOf(other)] };
    }
    if (other === undefined) throw new Error('two predictions of different lengths');
    return () => certainDivergence(own, other, measure);
  });
}

function inputOf(position: OpenPosition): RowInput<RowLogits> {
  const { logits, temperature } = position.row;
  return { logits, temperature, factors: segmentFactors(position) };
}
