import type { Nfe } from './events.js';

/** The forwards of the rows of one run, counted as `Nfe` defines them. */
export class ForwardCounts {
  private readonly rows: Readonly<Record<'diffusion' | 'ar', Uint32Array>>;
  private readonly sums = { diffusion: 0, ar: 0 };

  constructor(rows: number) {
    this.rows = { diffusion: new Uint32Array(rows), ar: new Uint32Array(rows) };
  }

  /** Counts one call for each row that is named; a row may be named several times. */
  add(call: 'diffusion' | 'ar', rows: readonly number[]): void {
    const counts = this.rows[call];
    for (const row of rows) counts[row] = (counts[row] ?? 0) + 1;
    this.sums[call] += rows.length;
  }

  /** NFE of a row so far. */
  of(row: number): Nfe {
    const diffusion = this.rows.diffusion[row] ?? 0;
    const ar = this.rows.ar[row] ?? 0;
    return { total: diffusion + ar, diffusion, ar };
  }

  /** NFE a row so far, the mean over all rows of the run. */
  mean(): Nfe {
    const { diffusion, ar } = this.sums;
    const count = this.rows.diffusion.length;
    return { total: (diffusion + ar) / count, diffusion: diffusion / count, ar: ar / count };
  }
}
