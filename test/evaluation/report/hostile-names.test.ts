import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableLines } from '../../../src/cli/compare/table.js';
import { shownComparison } from '../../../src/cli/compare/show.js';
import { comparisonFigure } from '../../../src/evaluation/report/figure.js';
import { comparisonMarkdown } from '../../../src/evaluation/report/markdown.js';
import { visibleJson } from '../../../src/graph/visible.js';
import { titleLine } from '../../../src/cli/live/figures.js';
import { initialView } from '../../../src/cli/live/view.js';
import { plain } from '../../cli/live/support.js';
import { sampleComparison } from './sample-comparison.js';

const name = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  fc
    .array(
      fc.constantFrom('\u001b[31m', '\u009b', '\u202e', '\ud800', '\n', '\r', '|', '`', '<b>', '\uffff', '# ', 'a'),
      {
        minLength: 1,
        maxLength: 6,
      },
    )
    .map((parts) => parts.join('')),
);
/** Controls but line breaks and tabs, what turns text around, halves of characters, and what XML has not. */
const steering = /(?![\n\t])[\p{Cc}\p{Cs}\p{Bidi_Control}\ufffe\uffff]/u;

const named = (text: string) => {
  const base = sampleComparison();
  return sampleComparison({
    model: { ...base.model, name: text },
    judge: { ...base.judge, name: `${text}j` },
    settings: base.settings.map((setting) => ({ ...setting, sampler: text })),
    failures: [{ setting: 0, seed: 0, prompt: 0, message: text }],
    notes: [text],
  });
};

describe('names from outside', () => {
  it('keep the report a page with one table, and its lists lists', () => {
    const lines = (page: string) => page.split('\n').filter((line) => !line.startsWith('<tr>')).length;
    const usual = lines(comparisonMarkdown(named('a'), { texts: 0, figure: null, details: ['a'] }));
    fc.assert(
      fc.property(name, (text) => {
        const page = comparisonMarkdown(named(text), { texts: 0, figure: null, details: [text] });
        expect(page).not.toMatch(steering);
        expect(lines(page)).toBe(usual);
        const rows = page.split('\n').filter((line) => line.startsWith('| '));
        expect(new Set(rows.map((row) => row.replaceAll(/\\./gsu, '').split('|').length))).toEqual(new Set([11]));
        expect(page.replaceAll(/\\./gsu, '')).not.toMatch(/[<`]/);
      }),
    );
  });

  it('steer neither tables nor the live view', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(tableLines(named(text), 80).join('')).not.toMatch(steering);
        expect(shownComparison(named(text), { texts: 1, width: 80 })).not.toMatch(steering);
        const run = { ...initialView.run, pipeline: text, model: text };
        const title = titleLine({ ...initialView, run, params: { a: text } }, 200, plain, {});
        expect(title).not.toMatch(steering);
        expect(title).not.toContain('\n');
      }),
    );
  });

  it('are the same in JSON, which is without them', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(visibleJson({ text })).not.toMatch(steering);
        expect(JSON.parse(visibleJson({ text }))).toEqual({ text });
      }),
    );
  });

  it('leave the figure a document that XML allows', async () => {
    await fc.assert(
      fc.asyncProperty(name, async (text) => {
        const svg = (await comparisonFigure(named(text))) ?? '';
        expect(svg).not.toMatch(steering);
        expect(svg.replaceAll(/<\/?[a-z][^<>]*>|&(amp|lt|gt|quot|#\d+);/gi, '')).not.toMatch(/[<&]/);
      }),
      { numRuns: 20 },
    );
  });
});
