import type { Row } from './batches.js';
import { CertainPosition } from './certain-position.js';
import type { SegmentGraph } from './graphs.js';
import type { RowLogits } from './logits.js';
import { mostProbableToken, OpenPosition } from './open-position.js';
import type { PositionDistribution } from './position.js';
import type { Reduced, Reducer } from './reducer.js';
import { segmentsOf } from './segments.js';
import type { SegmentedPrediction } from './segmented-prediction.js';

/** How much has to be known of a prediction: for entropies a graph computes more. */
export type Detail = 'probabilities' | 'entropies';

interface Known {
  readonly detail: Detail;
  readonly positions: readonly PositionDistribution[];
}

/** The positions of raw predictions, worked out once for each prediction. */
export class RawPositions {
  readonly #reducer: Reducer;
  readonly #known = new WeakMap<SegmentedPrediction, Known>();

  constructor(reducer: Reducer) {
    this.#reducer = reducer;
  }

  /** What `provide` has worked out. */
  of(raw: SegmentedPrediction): readonly PositionDistribution[] {
    const known = this.#known.get(raw);
    if (known === undefined) throw new Error('a prediction was asked before it was looked at');
    return known.positions;
  }

  /** Works out what is not known yet of some predictions, those that need the same graph together. */
  async provide(wanted: ReadonlyMap<SegmentedPrediction, Detail>): Promise<void> {
    const missing = [...wanted].filter(([raw, detail]) => !this.#has(raw, detail));
    for (const graph of ['maxima', 'sums', 'entropies'] as const) {
      const now = missing
        .filter(([raw, detail]) => graphFor(raw, detail) === graph)
        .map(([raw, detail]) => ({ raw, detail, rows: hasTotals(raw, graph) ? [] : rowsOf(raw) }));
      const reduced = await this.#reducer.reduce(
        graph,
        now.flatMap(({ rows }) => rows),
      );
      for (const { raw, detail, rows } of now) {
        if (this.#has(raw, detail)) continue;
        const open = new Map(rows.map((row) => [row.position, reduced.get(row)]));
        const positions = raw.revealed.map((token, position) => {
          if (token !== null) return new CertainPosition(token, raw.vocabularySize);
          const found = open.get(position) ?? totalsAt(raw, position);
          return openPosition(raw, position, detail, { found, withoutMask: this.#reducer.withoutMask });
        });
        this.#known.set(raw, { detail, positions });
      }
    }
  }

  #has(raw: SegmentedPrediction, detail: Detail): boolean {
    const known = this.#known.get(raw)?.detail;
    return known === 'entropies' || known === detail;
  }
}

function graphFor({ temperature }: SegmentedPrediction, detail: Detail): 'maxima' | 'sums' | 'entropies' {
  if (temperature === 0) return 'maxima';
  return detail === 'probabilities' ? 'sums' : 'entropies';
}

interface RowOfPosition extends Row<RowLogits> {
  readonly position: number;
}

/** The rows of the positions that are not revealed. */
const rowsOf = (raw: SegmentedPrediction): RowOfPosition[] =>
  raw.revealed.flatMap((token, position) =>
    token === null
      ? [{ position, inputs: [{ logits: raw.logits.row(position), temperature: raw.temperature || 1 }] as const }]
      : [],
  );

/** Whether the network itself has computed what a graph would. */
const hasTotals = ({ totals }: SegmentedPrediction, graph: SegmentGraph): boolean =>
  totals !== undefined && (graph !== 'entropies' || totals.moments !== undefined);

const totalNames = ['maxima', 'sums', 'moments'] as const;

/** What the network has computed of a position. */
function totalsAt({ totals, vocabularySize }: SegmentedPrediction, position: number): Reduced | undefined {
  if (totals === undefined) return undefined;
  const count = segmentsOf(vocabularySize);
  return (output) => {
    const name = totalNames.find((each) => each === output);
    const values = name === undefined ? undefined : totals[name];
    if (values === undefined) throw new Error(`the network has computed no ${output}`);
    return values.subarray(position * count, (position + 1) * count);
  };
}

function openPosition(
  raw: SegmentedPrediction,
  position: number,
  detail: Detail,
  { found, withoutMask }: { readonly found: Reduced | undefined; readonly withoutMask: boolean },
): PositionDistribution {
  if (found === undefined) throw new Error('a row was left out of a run');
  const { vocabularySize, temperature, maskId } = raw;
  const row = { logits: raw.logits.row(position), temperature, maskId };
  const maxima = found('maxima');
  if (temperature === 0) {
    return new CertainPosition(mostProbableToken(row, { maxima, withoutMask }), vocabularySize);
  }
  const moments = detail === 'entropies' ? found('moments') : null;
  return new OpenPosition(row, { maxima, sums: found('sums'), moments, withoutMask });
}
