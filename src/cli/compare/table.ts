import stringWidth from 'string-width';
import { visible } from '../../graph/visible.js';
import type { Comparison } from '../../evaluation/comparison.js';
import { columns as allColumns } from '../../evaluation/report/columns.js';

const gap = '  ';
const heading = 'sampler';

/**
 * The settings as a table of at most `width` characters a line. Columns that it can do without are left out where
 * they do not fit, and a label that is too long stands above its figures.
 */
export function tableLines(comparison: Pick<Comparison, 'settings'>, width: number): readonly string[] {
  const settings = comparison.settings.map((setting) => ({ ...setting, sampler: visible(setting.sampler) }));
  const measured = allColumns.map((column) => {
    const cells = settings.map((setting) => column.cell(setting));
    return { ...column, cells, width: Math.max(column.title.length, ...cells.map((cell) => cell.length)) };
  });
  const longest = Math.max(heading.length, ...settings.map(({ sampler }) => stringWidth(sampler)));
  const widthOf = (columns: typeof measured): number =>
    columns.reduce((sum, column) => sum + gap.length + column.width, 0);
  const columns = longest + widthOf(measured) <= width ? measured : measured.filter(({ optional }) => !optional);
  const labelWidth = Math.min(longest, Math.max(heading.length, width - widthOf(columns)));
  const line = (label: string, cells: readonly string[]): string =>
    [padEnd(label, labelWidth), ...columns.map((column, i) => (cells[i] ?? '').padStart(column.width))].join(gap);
  const head = line(
    heading,
    columns.map(({ title }) => title),
  );
  return [
    head,
    '-'.repeat(stringWidth(head)),
    ...settings.flatMap(({ sampler }, row) => {
      const label = settings[row - 1]?.sampler === sampler ? '' : sampler;
      const cells = columns.map((column) => column.cells[row] ?? '');
      return stringWidth(label) > labelWidth ? [label, line('', cells)] : [line(label, cells)];
    }),
  ];
}

const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - stringWidth(text)));
