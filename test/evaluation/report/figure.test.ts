import { describe, expect, it } from 'vitest';
import { comparisonFigure } from '../../../src/evaluation/report/figure.js';
import { sampleComparison } from './sample-comparison.js';

/** The text of a document whose tags are balanced and whose characters are escaped; throws otherwise. */
function textOf(xml: string): string {
  const open: string[] = [];
  const markup = /<(\/?)([a-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/gi;
  const text = xml.replaceAll(markup, (_, closing: string, name: string, __, empty: string) => {
    if (closing === '' && empty === '') open.push(name);
    else if (closing !== '' && open.pop() !== name) throw new Error(`</${name}> closes another element`);
    return '\n';
  });
  if (open.length > 0) throw new Error(`not closed: ${open.join(', ')}`);
  if (/[<>]|&(?!(?:amp|lt|gt|quot|apos|#\d+);)/.test(text)) throw new Error(`not escaped: ${text}`);
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

describe('the figure of a comparison', () => {
  it('is well-formed SVG that shows every sampler, the axes with units and the model', async () => {
    const svg = (await comparisonFigure(sampleComparison())) ?? '';
    const text = textOf(svg);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    for (const word of [
      'arpc',
      'a[b=*c*] <x>',
      'ar',
      'AR score (nats per token)',
      'entropy (nats)',
      'NFE a row (log scale)',
      'tiny-*model*',
      '2 rows of 4 tokens a point, bars: 1 standard error',
      '8',
      '16',
      '32',
      '64',
    ]) {
      expect(text.split('\n')).toContain(word);
    }
    // Once in the legend, and two settings in each of two panels; what no budget steers is hollow.
    expect(count(svg, /fill="#0072B2"/g)).toBe(1 + 2 * 2);
    expect(count(svg, /fill="#009E73"/g)).toBe(0);
    expect(count(svg, /fill="white" stroke="#009E73"/g)).toBe(1 + 2);
  });

  it('leaves nothing to chance or time', async () => {
    const first = await comparisonFigure(sampleComparison());
    expect(await comparisonFigure(sampleComparison())).toBe(first);
    const { samples, settings } = sampleComparison();
    const slower = {
      samples,
      settings: settings.map((setting) => ({ ...setting, milliseconds: 1, tokensPerSecond: 2 })),
    };
    expect(await comparisonFigure(sampleComparison(slower))).toBe(first);
    const [one, ...others] = settings;
    const worse = one === undefined ? [] : [{ ...one, arScore: { mean: 9, standardError: 1 } }, ...others];
    expect(await comparisonFigure(sampleComparison({ settings: worse }))).not.toBe(first);
  });

  it('names another judge, and says that it was stopped', async () => {
    const judge = { name: 'other', process: 'uniform' as const, vocabularySize: 4 };
    const text = textOf((await comparisonFigure(sampleComparison({ judge, complete: false }))) ?? '');
    expect(text).toContain('AR score of other (nats per token)');
    expect(text).toContain('stopped before the end');
  });

  it('draws one point, and as many samplers as there may be', async () => {
    const { settings, samplers } = sampleComparison();
    const one = await comparisonFigure(sampleComparison({ settings: settings.slice(0, 1) }));
    expect(textOf(one ?? '')).toContain('NFE a row');
    const many = Array.from({ length: 40 }, (_, i) => ({ ...settings[i % 5], sampler: `sampler-${String(i)}` }));
    const [setting] = settings;
    const text = textOf(
      (await comparisonFigure(
        sampleComparison({
          samplers,
          settings: setting === undefined ? [] : many.map((each) => ({ ...setting, ...each })),
        }),
      )) ?? '',
    );
    for (const { sampler } of many) expect(text.split('\n')).toContain(sampler);
  });

  it('is not drawn where nothing was scored', async () => {
    const { settings } = sampleComparison();
    const unscored = settings.map((setting) => ({ ...setting, arScore: null }));
    expect(await comparisonFigure(sampleComparison({ settings: unscored }))).toBeNull();
    expect(await comparisonFigure(sampleComparison({ settings: [] }))).toBeNull();
  });
});
