import { cellsOf, type Cell } from './cells.js';
import type { FrameOptions } from './frame-options.js';
import type { ViewState } from './view.js';
import { wrap } from './wrap.js';

/** Below this many columns a row's number would take too much of the line. */
const narrowestWithNumbers = 24;

/** The rows' text in at most `room` lines: as many rows as fit, and of each as many of its last lines as there is room for. */
export function arrangeRows(view: ViewState, room: number, options: FrameOptions): readonly string[] {
  const { run, rows } = view;
  const { columns, now, text, paint } = options;
  const total = run.rows.length;
  const shown = total <= room ? total : Math.max(1, room - 1);
  const gutter = total > 1 && columns >= narrowestWithNumbers ? String(total - 1).length + 3 : 0;
  const wrapped = run.rows.slice(0, shown).map((row, i) => {
    const rowView = rows[i];
    return rowView === undefined ? [] : wrap(cellsOf(row, rowView, run, text, now), columns - gutter);
  });
  // An empty line between rows where every row could have two lines of text as well.
  const gap = total > 1 && room >= 3 * total ? 1 : 0;
  const shares = shareLines(
    wrapped.map(({ length }) => length),
    room - gap * (shown - 1) - (shown < total && room > 1 ? 1 : 0),
  );
  const number = (row: string): string => (gutter === 0 ? '' : paint.quiet(`${row.padStart(gutter - 3)} \u2502 `));
  const lines = wrapped.flatMap((own, i) => {
    const visible: readonly (readonly Cell[])[] = own.slice(own.length - (shares[i] ?? 0));
    const painted = visible.map((line, at) => number(at === 0 ? String(i) : '') + paint.cells(line));
    return gap === 1 && i > 0 ? ['', ...painted] : painted;
  });
  if (shown < total && room > 1)
    lines.push(paint.quiet(`\u2026 and ${String(total - shown)} more rows`.slice(0, columns)));
  return lines;
}

/** Divides lines among rows: nobody gets more than they need, and what is left over goes to those who need it. */
export function shareLines(needs: readonly number[], room: number): readonly number[] {
  const shares = needs.map(() => 0);
  let left = Math.min(
    room,
    needs.reduce((sum, need) => sum + need, 0),
  );
  while (left > 0) {
    for (const [i, need] of needs.entries()) {
      const share = shares[i] ?? 0;
      if (left === 0 || share >= need) continue;
      shares[i] = share + 1;
      left--;
    }
  }
  return shares;
}
