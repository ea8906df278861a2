import { InputError } from './input-error.js';

/** One thing that is wrong in a document. */
export interface Fault {
  /** JSON path of the place, for example `$.nodes.blocks.body.denoise.in.cache`. */
  readonly path: string;
  /** One sentence: what is wrong. */
  readonly message: string;
  readonly expected: string;
  readonly found: string;
  /** A name that was probably meant. */
  readonly suggestion?: string;
  /** Where that is in the text, where there is one: line and column from 1. */
  readonly line?: number;
  readonly column?: number;
}

/** A fault on one line: `$.nodes.a.in.cache (line 3, column 9): ...; expected cache, found block; did you mean ...?` */
export function formatFault(fault: Fault): string {
  const { path, message, expected, found, suggestion, line, column } = fault;
  const place = line === undefined || column === undefined ? '' : ` (line ${line}, column ${column})`;
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  return `${path}${place}: ${message}; expected ${expected}, found ${found}${hint}`;
}

/** All faults of a document as one error. `name` says which document: a file or a pipeline's name. */
export function faultsError(name: string, faults: readonly Fault[]): InputError {
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  return new InputError([`${name} has ${count}:`, ...faults.map((fault) => `  ${formatFault(fault)}`)].join('\n'));
}
