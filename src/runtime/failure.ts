import { messageOf } from '../graph/message-of.js';

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
  /** The node's path in the document, and its kind; both empty where no node is to blame. */
  readonly node: string;
  readonly kind: string;
  /** The iteration of every loop that the firing was in, from the outermost in. */
  readonly tag: readonly LoopTag[];
}

/** A node's step, question or forward failed. Ends its own run and no other. */
export class NodeError extends Error {
  override readonly name = 'NodeError';
  readonly failure: Failure;

  constructor(where: Omit<Failure, 'message'>, cause: unknown) {
    const message = messageOf(cause);
    const { node, kind, tag, row } = where;
    const blamed = node === '' ? '' : `node "${node}" (${kind})`;
    const at = tag.map(({ path, iteration }) => `${path}[${iteration.toString()}]`).join(' ');
    super(`${blamed}${at === '' ? '' : ` at ${at}`}${blamed === '' ? '' : ', '}row ${row.toString()}: ${message}`, {
      cause,
    });
    this.failure = { message, ...where };
  }
}
