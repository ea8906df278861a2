import type { Comparison } from '../comparison.js';
import { printable, visible } from '../../graph/visible.js';
import { captionOf, chosenTexts, groupTitle, textOf } from './chosen-texts.js';
import { columns, legend } from './columns.js';
import { counted } from './counted.js';

export interface MarkdownOptions {
  /** Of how many seeds and prompts to show the texts. */
  readonly texts: number;
  /** File of the figure, beside the report; `null` where there is none. */
  readonly figure: string | null;
  /** Facts for the first lines: where and when it was measured. */
  readonly details: readonly string[];
}

/** A comparison as a page of Markdown: table, figure, notes and texts side by side. */
export function comparisonMarkdown(comparison: Comparison, { texts, figure, details }: MarkdownOptions): string {
  const { model, judge, seeds, prompts, length, complete, notes, unjudged, failures } = comparison;
  const parts = [
    '# Samplers compared',
    ...(complete ? [] : ['**Stopped before the end: what follows is what was finished.**']),
    list([
      `Model: ${model.name} (${model.process} noise, ${model.vocabularySize} tokens)`,
      `Rows: ${counted(prompts.length, 'prompt')} x ${counted(seeds.length, 'seed')} (${seeds.join(', ')}), ${counted(length, 'token')} each`,
      ...details,
    ]),
    settingTable(comparison),
    list(legend(judge.name, unjudged)),
    ...(figure === null ? [] : [`![AR score against NFE](${figure})`]),
    ...(notes.length === 0 ? [] : ['## Notes', list(notes)]),
    ...(failures.length === 0 ? [] : ['## Failed runs', list(failures.map((each) => failureText(each, comparison)))]),
    ...(texts === 0 ? [] : ['## Texts', ...textTables(comparison, texts)]),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** `ar, budget 16, seed 3, prompt 0: the row would be too long` */
export function failureText(
  { setting, seed, prompt, message }: Comparison['failures'][number],
  { settings }: Pick<Comparison, 'settings'>,
): string {
  const { sampler = '', budget = null } = settings[setting] ?? {};
  return `${sampler}${budget === null ? '' : `, budget ${budget}`}, seed ${seed}, prompt ${prompt}: ${message}`;
}

const list = (items: readonly string[]): string => items.map((item) => `- ${escaped(item)}`).join('\n');

function settingTable({ settings }: Comparison): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['sampler', ...columns.map(({ title }) => title)]),
    line(['---', ...columns.map(() => '---:')]),
    ...settings.map((setting) => line([escaped(setting.sampler), ...columns.map((column) => column.cell(setting))])),
  ].join('\n');
}

/** Tables in HTML, since those of Markdown have no line breaks in cells. */
function textTables(comparison: Comparison, count: number): readonly string[] {
  return chosenTexts(comparison, count).flatMap((group) => {
    const row = (tag: string, cells: readonly string[]): string =>
      `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
    const heads = group.texts.map(({ setting, sample }) => html(captionOf(setting, sample)));
    const texts = group.texts.map(({ sample }) => html(textOf(sample)));
    return [
      `### ${escaped(groupTitle(group, comparison))}`,
      [
        '<table>',
        row('th', heads),
        row('td valign="top"', texts).replaceAll('</td valign="top">', '</td>'),
        '</table>',
      ].join('\n'),
    ];
  });
}

const html = (text: string): string =>
  printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\n', '<br>')
    // A run of HTML ends at an empty line, and Markdown would read on.
    .replaceAll(/[*_`[\]\\|#~$]/g, (character) => `&#${String(character.charCodeAt(0))};`);

/** What Markdown would take for markup, anywhere and at the beginning of a line, is text; it stays on its line. */
const escaped = (text: string): string =>
  visible(text)
    .replaceAll(/[*_`[\]\\|<>&~$]/g, (character) => `\\${character}`)
    .replace(/^\s*(\d*)(?=[-+#=.)])/, '$1\\');
