import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { characterText, colourful, frameOf, plain, viewAfter, withoutColours } from './support.js';
import { syntheticRun } from '../synthetic-run.js';

/** Letters, spaces and line ends; wide, combining and joined characters; and what must never reach a terminal. */
const characters = [
  ...Array.from("abcdeXYZ.,' \n"),
  ' ',
  ' ',
  '\n',
  '\u6f22',
  '\u{1f600}',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  '\u0301',
  '\u200b',
  '\t',
  '\r',
  '\u001b',
  '\u0007',
  '\u0000',
  '\u007f',
  '\u009b',
  '\u202e',
  '\u2066',
  '\u2028',
  '\ufeff',
];
const visible = 11;

const runs = fc
  .record({
    rows: fc.array(fc.array(fc.nat(characters.length - 1), { minLength: 1, maxLength: 60 }), {
      minLength: 1,
      maxLength: 5,
    }),
    blockSize: fc.integer({ min: 1, max: 16 }),
    steps: fc.integer({ min: 1, max: 4 }),
    absorbing: fc.boolean(),
    promptLength: fc.nat(3),
    seed: fc.nat(1000),
    columns: fc.integer({ min: 4, max: 120 }),
    height: fc.integer({ min: 2, max: 40 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ absorbing, promptLength, rows, ...rest }) => {
    const options = {
      ...rest,
      rows,
      promptLength: Math.min(promptLength, ...rows.map((row) => row.length - 1)),
      maskId: absorbing ? characters.length : null,
      vocabularySize: characters.length + (absorbing ? 1 : 0),
    };
    const events = syntheticRun(options);
    return { ...options, events: events.slice(0, 1 + Math.floor(rest.share * (events.length - 1))) };
  });

const text = characterText(characters);

describe('renderFrame', () => {
  it('is never wider than the terminal, and lower by a line', () => {
    fc.assert(
      fc.property(runs, ({ events, columns, height }) => {
        const view = viewAfter(events);
        const { lines } = frameOf(view, { text, columns, rows: height, now: events.length * 10, paint: colourful });
        expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, height - 1));
      }),
    );
  });

  it('lets nothing through that steers a terminal', () => {
    fc.assert(
      fc.property(runs, ({ events, columns, height }) => {
        const view = viewAfter(events);
        const { lines } = frameOf(view, { text, columns, rows: height, paint: colourful });
        expect(withoutColours(lines.join(''))).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029\ufeff]/u);
        expect(frameOf(view, { text, columns, rows: height, paint: plain }).lines.join('')).not.toContain('\u001b');
      }),
    );
  });

  it('shows every committed character, in order', () => {
    fc.assert(
      fc.property(runs, ({ events, columns }) => {
        const view = viewAfter(events);
        const letters = (token: number): string => (token < visible ? (characters[token] ?? '').trim() : '');
        const [row] = view.run.rows;
        const expected = (row?.tokens ?? []).map(letters).join('');
        const single = { ...view, run: { ...view.run, rows: view.run.rows.slice(0, 1) } };
        const shown = frameOf(single, { text, columns, rows: Infinity }).lines.slice(2, -3).join('');
        const known = new Set(characters.slice(0, visible));
        const inBlock = (row?.block?.tokens ?? []).map(letters).join('');
        const found = [...shown].filter((character) => known.has(character) && character !== ' ').join('');
        expect(found.slice(0, expected.length)).toBe(expected);
        expect(found.length).toBeLessThanOrEqual(expected.length + inBlock.length);
      }),
    );
  });

  const alphabet = Array.from('abcdefghijklmnopqrstuvwxyz \n');
  const tokensOf = (line: string): number[] => [...line].map((character) => alphabet.indexOf(character));
  const poem = 'to be or not to be\nthat is the question';
  const poemRun = syntheticRun({
    rows: [tokensOf(poem)],
    blockSize: 8,
    steps: 4,
    maskId: alphabet.length,
    vocabularySize: alphabet.length + 1,
  });
  const letters = characterText(alphabet);

  it('breaks lines between words, and where the text does', () => {
    const { lines } = frameOf(viewAfter(poemRun), { text: letters, columns: 12 });
    expect(lines.slice(2, 6).map((line) => line.trimEnd())).toEqual([
      'to be or not',
      'to be',
      'that is the',
      'question',
    ]);
  });

  it('shows the end of a text that is higher than the terminal', () => {
    const { lines } = frameOf(viewAfter(poemRun), { text: letters, columns: 12, rows: 5 });
    expect(lines[0]?.trimEnd()).toBe('that is the');
    expect(lines[1]).toBe('question');
    expect(lines).toHaveLength(4);
  });

  it('shows masks where a block has them', () => {
    const upTo = poemRun.findIndex(({ type }) => type === 'remasked') + 1;
    const { lines } = frameOf(viewAfter(poemRun.slice(0, upTo)), { text: letters });
    expect([...(lines[2] ?? '')].filter((character) => character === '\u2591')).toHaveLength(6);
    expect(lines[2]).toHaveLength(8);
  });

  it('says how far the run is and what it cost', () => {
    const fifthStep = poemRun.map(({ type }, i) => (type === 'step' ? i : -1)).filter((i) => i >= 0)[5] ?? 0;
    const { lines } = frameOf(viewAfter(poemRun.slice(0, fifthStep + 1)), { text: letters, columns: 100 });
    expect(lines.at(-1)).toContain('block 2/5 \u00b7 step 2/4 \u00b7 NFE 10 = 6 diffusion + 4 AR');
  });

  it('keeps the figures in place when a block loses lines', () => {
    const view = viewAfter(poemRun.slice(0, 4));
    expect(frameOf(view, { text: letters, textLines: 5 }).lines).toHaveLength(
      frameOf(view, { text: letters }).lines.length + 4,
    );
  });

  it('shows as many rows as fit and says how many do not', () => {
    const rows = Array.from({ length: 30 }, () => tokensOf('abc def'));
    const events = syntheticRun({ rows, blockSize: 8, steps: 1, maskId: null, vocabularySize: alphabet.length });
    const { lines } = frameOf(viewAfter(events), { text: letters, rows: 24 });
    const numbered = lines.filter((line) => line.includes('\u2502 abc def'));
    expect(lines.length).toBeLessThanOrEqual(23);
    expect(lines.join('\n')).toContain(`and ${String(30 - numbered.length)} more rows`);
  });
});
