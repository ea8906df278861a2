import { describe, expect, it } from 'vitest';
import { comparisonMarkdown } from '../../../src/evaluation/report/markdown.js';
import { sampleComparison } from './sample-comparison.js';

const options = { texts: 1, figure: 'plot.svg', details: ['Measured on paper'] };

describe('the report of a comparison', () => {
  it('has a line for each setting, the figure and the notes', () => {
    const page = comparisonMarkdown(sampleComparison(), options);
    expect(page).toContain('| arpc | 32 | 30 | 1 | 101 | 30 | 2.625 ± 0.125 | 1.50 | 0.50 |');
    expect(page).toContain('| ar | - | 64 | 4 | 104 | 29 | 1.125 ± 0.125 | 1.50 | 0.50 |');
    expect(page.split('\n').filter((line) => line.startsWith('| '))).toHaveLength(2 + 5);
    expect(page).toContain('![AR score against NFE](plot.svg)');
    expect(page).toContain('- Measured on paper');
    expect(page).toMatch(/^- Rows: 1 prompt x 2 seeds \(0, 1\), \d+ tokens each$/m);
    expect(page).toContain('- ar runs as it is');
    expect(page).not.toContain('Stopped');
    expect(page).not.toContain('Failed');
  });

  it('lets no text become markup', () => {
    const page = comparisonMarkdown(sampleComparison(), options);
    expect(page).toContain('<td valign="top">&lt;b&gt;&#124;&#42;<br><br>&#35; seed 0');
    expect(page).toContain('tiny-\\*model\\*');
    expect(page).toContain('| a\\[b=\\*c\\*\\] \\<x\\> | 8 |');
    const cells = page.split('\n').filter((line) => line.startsWith('<tr>'));
    expect(cells.join('')).not.toMatch(/[*_|\\]/);
  });

  it('puts texts of one seed, prompt and budget side by side, as many groups as asked for', () => {
    const rows = (texts: number) =>
      comparisonMarkdown(sampleComparison(), { ...options, texts })
        .split('\n')
        .filter((line) => /^(###|<tr><td)/.test(line))
        .map((line) => (line.startsWith('#') ? line : line.split('<td valign="top">').length - 1));
    const titles = (seed: number): readonly (string | number)[] => [
      `### seed ${String(seed)}, prompt "A", budget 8`,
      2,
      `### seed ${String(seed)}, prompt "A", budget 32`,
      2,
      `### seed ${String(seed)}, prompt "A", no budget`,
      1,
    ];
    expect(rows(0)).toEqual([]);
    expect(rows(1)).toEqual(titles(0));
    expect(rows(9)).toEqual([...titles(0), ...titles(1)]);
  });

  it('says what is missing', () => {
    const page = comparisonMarkdown(
      sampleComparison({
        complete: false,
        unjudged: 'it has no AR mode',
        failures: [{ setting: 1, seed: 3, prompt: 0, message: 'NaN *here*' }],
      }),
      { ...options, figure: null },
    );
    expect(page).toContain('Stopped before the end');
    expect(page).toContain('AR score: none, since it has no AR mode');
    expect(page).toContain('arpc, budget 32, seed 3, prompt 0: NaN');
    expect(page).not.toContain('![');
  });
});
