import { InputError } from './input-error.js';
import type { JsonPath } from './json-path.js';

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
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  return `${formatPlace(path, line, column)}: ${message}; expected ${expected}, found ${found}${hint}`;
}

/** The place of a fault: `$.nodes.a.in.cache (line 3, column 9)`, or its path alone where there is no text. */
export function formatPlace(path: JsonPath, line: number | undefined, column: number | undefined): string {
  return line === undefined || column === undefined ? path : `${path} (line ${line}, column ${column})`;
}

/** All faults of a document as one error. `name` says which document: a file or a pipeline's name. */
export function faultsError(name: string, faults: readonly Fault[]): InputError {
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  return new InputError([`${name} has ${count}:`, ...faults.map((fault) => `  ${formatFault(fault)}`)].join('\n'));
}
