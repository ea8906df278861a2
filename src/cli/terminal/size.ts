import type { Output } from '../session.js';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Of a terminal; that of a classic one where it does not know, as in containers and recordings, which say 0. */
export const sizeOfTerminal = ({ columns, rows }: Pick<Output, 'columns' | 'rows'>): TerminalSize => ({
  columns: atLeastOne(columns, 80),
  rows: atLeastOne(rows, 24),
});

const atLeastOne = (size: number | undefined, usual: number): number => (size === undefined || size < 1 ? usual : size);
