import type { Cell } from './cells.js';

/**
 * Breaks cells into lines of at most `columns`, at spaces where there are any, and at line ends. Spaces that would
 * begin a wrapped line or hang over its end are left out; nothing else is.
 */
export function wrap(cells: readonly Cell[], columns: number): readonly (readonly Cell[])[] {
  const wrapping = new Wrapping(columns);
  for (const cell of cells) wrapping.add(cell.width > columns ? { ...cell, text: '\u2026', width: 1 } : cell);
  return wrapping.lines;
}

class Wrapping {
  private readonly columns: number;
  private readonly ended: Cell[][] = [];
  private line: Cell[] = [];
  private width = 0;
  /** How many cells of the line may stay when the next one does not fit; 0 where it must be cut. */
  private breakAt = 0;
  /** Whether the line goes on from the one before. */
  private continued = false;

  constructor(columns: number) {
    this.columns = columns;
  }

  get lines(): readonly (readonly Cell[])[] {
    return [...this.ended, this.line];
  }

  add(cell: Cell): void {
    const fits = this.width + cell.width <= this.columns;
    if (cell.kind === 'space') this.addSpace(cell, fits);
    else {
      while (this.width + cell.width > this.columns) this.breakBefore(cell);
      if (cell.loose) this.breakAt = this.line.length;
      if (cell.width > 0) this.push(cell);
      if (cell.kind === 'line') this.endLine([], false);
      else if (cell.loose) this.breakAt = this.line.length;
    }
  }

  private addSpace(cell: Cell, fits: boolean): void {
    if (!fits) this.endLine([], true);
    else if (!this.continued || this.line.length > 0) {
      this.push(cell);
      this.breakAt = this.line.length;
    }
  }

  private breakBefore(cell: Cell): void {
    const keep = cell.loose || this.breakAt === 0 ? this.line.length : this.breakAt;
    this.endLine(this.line.splice(keep), true);
  }

  private push(cell: Cell): void {
    this.line.push(cell);
    this.width += cell.width;
  }

  private endLine(rest: Cell[], continued: boolean): void {
    this.ended.push(this.line);
    this.line = rest;
    this.width = rest.reduce((sum, { width }) => sum + width, 0);
    this.breakAt = 0;
    this.continued = continued;
  }
}
