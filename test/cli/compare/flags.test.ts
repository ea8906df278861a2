import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareOptions, seedsOf } from '../../../src/cli/compare/flags.js';

const folder = mkdtempSync(path.join(tmpdir(), 'samplewire-compare-'));
function fileWith(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}
const labels = async (...words: string[]) => (await compareOptions(words, {})).samplers.map(({ label }) => label);

describe('samplers of the command line', () => {
  it('have settings of their own, which their labels show', async () => {
    const { samplers } = await compareOptions(['arpc', 'arpc[ score=entropy, guideEvery=2 ]', 'ar'], {
      set: ['temperature=0.5', 'score=gap_to_top1'],
    });
    expect(samplers.map(({ label, params }) => [label, params])).toEqual([
      ['arpc', { temperature: 0.5, score: 'gap_to_top1' }],
      ['arpc[score=entropy,guideEvery=2]', { temperature: 0.5, score: 'entropy', guideEvery: 2 }],
      ['ar', { temperature: 0.5 }],
    ]);
  });

  it('go by their paths where two documents have one name', async () => {
    const shipped = path.join(import.meta.dirname, '../../../pipelines/ar.json');
    expect(await labels(shipped)).toEqual(['ar']);
    expect(await labels(shipped, 'arpc', 'ar')).toEqual([shipped, 'arpc', 'ar']);
  });
});

describe('seeds', () => {
  it.each([
    ['3', [0, 1, 2]],
    ['1', [0]],
    ['4..6', [4, 5, 6]],
    ['7..7', [7]],
    ['5,1,9', [5, 1, 9]],
    ['5,', [5]],
  ])('%s', (text, seeds) => {
    expect(seedsOf(text)).toEqual(seeds);
  });

  it.each(['', '0', '-1', 'x', '1.5', '6..4', '1..', '20000', '1,,2', '..'])('not "%s"', (text) => {
    expect(() => seedsOf(text)).toThrow(/^--seeds must/);
  });
});

describe('prompts', () => {
  const prompts = async (flags: Parameters<typeof compareOptions>[1]) =>
    (await compareOptions(['ar'], flags)).request.prompts;

  it('come from flags, lines of a file, or a list in JSON', async () => {
    expect(await prompts({})).toBeUndefined();
    expect(await prompts({ prompt: ['a', ' b,'] })).toEqual(['a', ' b,']);
    expect(await prompts({ prompts: fileWith('p.txt', 'one\r\n\n two \n') })).toEqual(['one', ' two ']);
    expect(await prompts({ prompts: fileWith('p.json', '["a\\nb", [1, 2]]') })).toEqual(['a\nb', [1, 2]]);
  });

  it.each([
    [{ prompts: 'nowhere.txt' }, /--prompts nowhere\.txt cannot be read/],
    [{ prompts: fileWith('empty.txt', '\n') }, /holds no prompt/],
    [{ prompts: fileWith('bad.json', '[') }, /is not JSON/],
    [{ prompts: fileWith('worse.json', '[{}]') }, /must hold a list of texts, or of lists of token ids/],
    [{ prompts: fileWith('p.txt', 'x'), prompt: ['y'] }, /give one of them/],
  ])('%#', async (flags, message) => {
    await expect(prompts(flags)).rejects.toThrow(message);
  });
});

describe('everything that is wrong with a command line', () => {
  it('is told at once', async () => {
    const words = ['apc', 'arpc[', 'arpc[scor=nll]', '[steps=3]'];
    const flags = { nfe: '16,x', seeds: 'few', length: '0', texts: '-1', prompts: 'nowhere', set: ['steps=3'] };
    const compared = compareOptions(words, flags);
    for (const message of [
      /no file apc.*did you mean "arpc"/,
      /"arpc\[" is no sampler/,
      /has no parameter "scor".*did you mean "score"/,
      /"\[steps=3\]" is no sampler/,
      /--nfe must be an integer, 1 or more, not "x"/,
      /--seeds must/,
      /--length must be an integer, 1 or more, not "0"/,
      /--texts must be an integer, 0 or more, not "-1"/,
      /--prompts nowhere cannot be read/,
      /--set steps=\.\.\. and --nfe both decide steps/,
    ]) {
      await expect(compared).rejects.toThrow(message);
    }
  });

  it('names what no sampler reads', async () => {
    const compared = compareOptions(['ar', 'arpc'], { set: ['temprature=1', 'steps'] });
    await expect(compared).rejects.toThrow(
      /--set temprature=1: no sampler here has a parameter "temprature".*did you mean "temperature"/,
    );
    await expect(compared).rejects.toThrow(/"steps" is not a setting/);
  });
});
