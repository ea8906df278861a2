/** One iteration of a loop that a firing was in. */
export interface LoopTag {
  readonly path: string;
  /** From 0. */
  readonly iteration: number;
}

/** What went wrong in a run, and where. */
export interface Failure {
  readonly message: string;
  /** The row in which it happened. */
  readonly row: number;
  /** The node's path in the document, and its kind. */
  readonly node: string;
  readonly kind: string;
  /** The iteration of every loop that the firing was in, from the outermost in. */
  readonly tag: readonly LoopTag[];
}

/** A node's step, question or forward failed. Ends its own run and no other. */
export class NodeError extends Error {
  override readonly name = 'NodeError';
  readonly failure: Failure;

  constructor(failure: Failure, cause: unknown) {
    const where = failure.tag.map(({ path, iteration }) => `${path}[${iteration.toString()}]`).join(' ');
    super(
      `node "${failure.node}" (${failure.kind})${where === '' ? '' : ` at ${where}`}, row ${failure.row.toString()}: ${failure.message}`,
      { cause },
    );
    this.failure = failure;
  }
}
