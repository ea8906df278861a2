import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { shownComparison } from '../../../src/cli/compare/show.js';
import { tableLines } from '../../../src/cli/compare/table.js';
import { sampleComparison } from '../../evaluation/report/sample-comparison.js';

const lines = (width: number, texts = 1, change = {}): readonly string[] =>
  shownComparison(sampleComparison(change), { texts, width }).split('\n');

describe('a comparison in a terminal', () => {
  it('has a line for each setting, its sampler named once', () => {
    expect(tableLines(sampleComparison(), 100)).toEqual([
      'sampler       budget  NFE  of it AR   ms  tokens/s       AR score  entropy  distinct',
      '-'.repeat(84),
      'arpc               8    6         0  100        30  3.125 ± 0.125     1.50      0.50',
      '                  32   30         1  101        30  2.625 ± 0.125     1.50      0.50',
      'a[b=*c*] <x>       8    8         2  102        29  2.125 ± 0.125     1.50      0.50',
      '                  32   32         3  103        29  1.625 ± 0.125     1.50      0.50',
      'ar                 -   64         4  104        29  1.125 ± 0.125     1.50      0.50',
    ]);
  });

  it('keeps to the width: some columns go, then long labels stand alone', () => {
    expect(tableLines(sampleComparison(), 80)[0]).toBe(
      'sampler       budget  NFE  of it AR   ms       AR score  entropy',
    );
    const { settings } = sampleComparison();
    const renamed = settings.map((setting) => ({
      ...setting,
      sampler: setting.sampler.replace('a[', 'a long name for one ['),
    }));
    const narrow = tableLines({ settings: renamed }, 70);
    expect(narrow).toContain('a long name for one [b=*c*] <x>');
    expect(narrow.every((line) => stringWidth(line) <= 70)).toBe(true);
    expect(narrow).toHaveLength(8);
  });

  it('fits its width, texts, legend and all, and cannot steer the terminal', () => {
    const failures = [{ setting: 1, seed: 3, prompt: 0, message: 'no' }];
    for (const width of [80, 120, 200]) {
      const shown = lines(width, 2, { complete: false, failures });
      expect(shown.filter((line) => stringWidth(line) > width)).toEqual([]);
      const text = shown.join('\n');
      expect(text).not.toContain('\u001b');
      expect(text).toContain('\u241b[31m');
      expect(text).toContain('stopped before the end');
      expect(text).toContain('note: ar runs as it is');
      expect(text).toContain('failed: arpc, budget 32, seed 3, prompt 0: no');
      expect(text).toContain('repetition');
    }
  });

  it('shows texts of one budget side by side', () => {
    const at = (width: number): string | undefined => lines(width).find((line) => line.includes('setting 1 seed 0'));
    expect(at(80)).toMatch(/^setting 1 seed 0 +setting 3 seed 0$/);
    expect(at(60)).toBe('setting 1 seed 0');
    expect(lines(80, 0).join('\n')).not.toContain('seed 0');
    expect(lines(80, 1).join('\n')).not.toContain('seed 1');
    expect(lines(80, 2).join('\n')).toContain('== seed 1, prompt "A", no budget ==');
  });
});
