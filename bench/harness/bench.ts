import type { Findings } from './result.js';

/** What every benchmark is given. */
export interface BenchContext {
  /** For each contestant's matrix products. */
  readonly threads: number;
  /** The number of rounds that was asked for, else the benchmark's own; few where it should be quick. */
  readonly rounds: (usual: number) => number;
  /** For trying the benchmark out: smaller work, figures that mean little. */
  readonly quick: boolean;
  /** A Python with torch; `null` where none was named. */
  readonly python: string | null;
  /** The backend that is measured against the others. */
  readonly backend: string;
  /** A file to measure the loss of precision on, in place of text of the model's own. */
  readonly text: string | null;
  /** The samplers whose growth with the rows is measured; `null` for all. */
  readonly samplers: readonly string[] | null;
  /** How many rows they decode, ascending; `null` for the benchmark's own. */
  readonly rows: readonly number[] | null;
  readonly signal: AbortSignal;
  /** What is being done, for a person who waits. */
  readonly tell: (text: string) => void;
  /** Adds versions of what took part. */
  readonly versions: (more: Readonly<Record<string, string>>) => void;
}

export interface Bench {
  readonly name: string;
  readonly title: string;
  /** How it measures, for the readers of its results. */
  readonly method: string;
  readonly run: (context: BenchContext) => Promise<Findings>;
}
