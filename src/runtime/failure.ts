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
  /** The row in which it happened; null where no row is to blame. */
  readonly row: number | null;
  /** The node's path in the document, and its kind; both empty where no node is to blame. */
  readonly node: string;
  readonly kind: string;
  /** The iteration of every loop that the firing was in, from the outermost in. */
  readonly tag: readonly LoopTag[];
  /** The limit of the request that ended the run, where one did. */
  readonly limit?: LimitReached;
}

/** A limit of a request, and what the run has come to. */
export interface LimitReached {
  /** Where it is set in the request. */
  readonly setting: 'limits.forwards' | 'limits.milliseconds';
  readonly most: number;
  readonly reached: number;
}

/** The failure of a run that has come to a limit of its request. */
export function limitFailure(limit: LimitReached, finished: number, rows: number): Failure {
  const [cost, flag] =
    limit.setting === 'limits.forwards'
      ? [`${limit.most.toString()} forwards`, '--max-forwards']
      : [`${limit.most.toString()} ms, after ${limit.reached.toString()} ms`, '--max-time'];
  const message =
    `the run was ended at its limit of ${cost}, with ${finished.toString()} of ${rows.toString()} rows finished; raise ` +
    `${limit.setting} (${flag} on the command line), or ask for fewer rows, tokens or steps`;
  return { message, row: null, node: '', kind: '', tag: [], limit };
}

/** A node's step, question or forward failed. Ends its own run and no other. */
export class NodeError extends Error {
  override readonly name = 'NodeError';
  readonly failure: Failure;

  constructor(where: Omit<Failure, 'message' | 'row' | 'limit'> & { readonly row: number }, cause: unknown) {
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
