import type { Comparison } from '../../evaluation/comparison.js';
import { legend } from '../../evaluation/report/columns.js';
import { counted } from '../../evaluation/report/counted.js';
import { failureText } from '../../evaluation/report/markdown.js';
import { visible } from '../../graph/visible.js';
import { tableLines } from './table.js';
import { textLines } from './texts.js';

/** A comparison for a terminal of `width` columns: table, notes, and the texts of `texts` seeds and prompts. */
export function shownComparison(
  comparison: Comparison,
  { texts, width }: { readonly texts: number; readonly width: number },
): string {
  const { model, seeds, prompts, length, judge, unjudged, notes, failures, complete } = comparison;
  const rows = seeds.length * prompts.length;
  const lines = [
    `${model.name}, ${complete ? '' : 'up to '}${counted(rows, 'row')} of ${counted(length, 'token')} for each line${complete ? '' : '; stopped before the end'}`,
    '',
    ...tableLines(comparison, width),
    '',
    ...legend(judge.name, unjudged).flatMap((line) => folded(line, width)),
    ...(notes.length === 0 ? [] : ['', ...notes.flatMap((line) => folded(`note: ${line}`, width))]),
    ...(failures.length === 0 ? [] : ['', ...failures.map((failure) => `failed: ${failureText(failure, comparison)}`)]),
    ...textLines(comparison, texts, width),
  ];
  return lines.map((line) => `${visible(line)}\n`).join('');
}

/** Words of a sentence in lines of at most `width` characters, indented from the second on. */
function folded(sentence: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of sentence.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width || line === '') line = longer;
    else {
      lines.push(line);
      line = `  ${word}`;
    }
  }
  return [...lines, line];
}
