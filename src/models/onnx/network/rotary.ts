import type { GraphBuilder, Value } from '../graph/builder.js';

const base = 10_000;

/** Inputs of a graph with rotary positions: the tables [T, width / 2] of the positions below T. */
export const rotaryNames = { cosines: 'cosines', sines: 'sines' } as const;

/**
 * Rotary positions, the two halves of a head turned against each other. `x` is [N, heads * width] and comes back as
 * [N * heads, width]; `positions` [N, 1], integers below T. (Tokens go as N sequences of one, since the operator takes no
 * sequence that is longer than its tables.)
 */
export function createRotary(g: GraphBuilder, width: number): (x: Value, positions: Value, heads: number) => Value {
  const half = width / 2;
  const cosines = g.input(rotaryNames.cosines, 'float32', ['T', half]);
  const sines = g.input(rotaryNames.sines, 'float32', ['T', half]);
  return (x, positions, heads) => {
    const row = g.add('Unsqueeze', [x, g.integers([1])]);
    const turned = g.add(
      'RotaryEmbedding',
      [row, positions, cosines, sines],
      { num_heads: BigInt(heads) },
      'com.microsoft',
    );
    return g.add('Reshape', [turned, g.integers([-1, width])]);
  };
}

/** [T, width / 2] each, row-major. */
export interface Tables {
  readonly rows: number;
  readonly cosines: Float32Array;
  readonly sines: Float32Array;
}

/** The least positions of tables. */
const fewestRows = 64;

/** The tables that passes need, which grow by doubling: what a model's length allows is mostly far more than its texts have. */
export class RotaryTables {
  readonly #half: number;
  #tables: Tables = { rows: 0, cosines: new Float32Array(), sines: new Float32Array() };

  constructor(width: number) {
    this.#half = width / 2;
  }

  /** Tables with these positions. */
  of(positions: Int32Array): Tables {
    const needed = positions.reduce((most, position) => Math.max(most, position), 0) + 1;
    if (needed > this.#tables.rows)
      this.#tables = this.#longer(2 ** Math.ceil(Math.log2(Math.max(needed, fewestRows))));
    return this.#tables;
  }

  #longer(rows: number): Tables {
    const half = this.#half;
    const { rows: known, cosines, sines } = this.#tables;
    const longer = { rows, cosines: new Float32Array(rows * half), sines: new Float32Array(rows * half) };
    longer.cosines.set(cosines);
    longer.sines.set(sines);
    const frequencies = Float64Array.from({ length: half }, (_, i) => base ** (-(2 * i) / (2 * half)));
    for (let position = known; position < rows; position += 1) {
      frequencies.forEach((frequency, i) => {
        longer.cosines[position * half + i] = Math.cos(position * frequency);
        longer.sines[position * half + i] = Math.sin(position * frequency);
      });
    }
    return longer;
  }
}
