import stringWidth from 'string-width';
import type { Comparison } from '../../evaluation/comparison.js';
import { captionOf, chosenTexts, groupTitle, textOf } from '../../evaluation/report/chosen-texts.js';
import { wrap } from '../live/wrap.js';
import { glyphsOf } from '../terminal/printable.js';

const narrowest = 36;
const gap = '   ';

/** The texts of `count` seeds and prompts, as many side by side as fit into `width`. */
export function textLines(comparison: Comparison, count: number, width: number): readonly string[] {
  return chosenTexts(comparison, count).flatMap((group) => {
    const abreast = Math.max(1, Math.floor((width + gap.length) / (narrowest + gap.length)));
    const each = Math.floor((width + gap.length) / Math.min(abreast, group.texts.length)) - gap.length;
    const blocks = group.texts.map(({ setting, sample }) => [
      ...wrapped(captionOf(setting, sample), each),
      '-'.repeat(each),
      ...wrapped(textOf(sample), each),
    ]);
    const shelves = Array.from({ length: Math.ceil(blocks.length / abreast) }, (_, i) =>
      sideBySide(blocks.slice(i * abreast, (i + 1) * abreast), each),
    );
    return ['', `== ${groupTitle(group, comparison)} ==`, ...shelves.flatMap((shelf) => ['', ...shelf])];
  });
}

function sideBySide(blocks: readonly (readonly string[])[], width: number): readonly string[] {
  const height = Math.max(...blocks.map((block) => block.length));
  return Array.from({ length: height }, (_, i) =>
    blocks
      .map((block) => {
        const line = block[i] ?? '';
        return line + ' '.repeat(Math.max(0, width - stringWidth(line)));
      })
      .join(gap)
      .trimEnd(),
  );
}

const wrapped = (text: string, width: number): readonly string[] =>
  wrap(
    glyphsOf(text).map((glyph) => ({ ...glyph, look: { type: 'committed' }, loose: false })),
    width,
  ).map((cells) => cells.map((cell) => cell.text).join(''));
