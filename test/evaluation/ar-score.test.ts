import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arScore } from '../../src/evaluation/ar-score.js';
import { vocabularyProblem } from '../../src/evaluation/judge.js';
import type { ArScoreCall } from '../../src/graph/effects.js';
import type { Tokenizer } from '../../src/models/denoiser.js';
import { absorbingManifest, uniformManifest } from '../support/context.js';
import { lumpyDenoiser, TableDenoiser } from '../support/table-denoiser.js';

const long = { ...absorbingManifest, length: 300 };
const tokens = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 0, max: 3 }), { minLength: length, maxLength: length });

describe('the AR score', () => {
  it('is -log p of each token after those before it', async () => {
    // p(0) = 1/2, p(1) = 1/4, p(2) = p(3) = 1/8 after nothing or an even number of tokens; all alike otherwise.
    const ar = (prefix: readonly number[]): number[] =>
      prefix.length % 2 === 0 ? [0.5, 0.25, 0.125, 0.125, 0] : [0.25, 0.25, 0.25, 0.25, 0];
    const denoiser = new TableDenoiser(absorbingManifest, (_, noisy) => noisy.map(() => ar([])), ar);
    const scores = await arScore({ denoiser }, [0, 1, 1, 0, 3]);
    const bits = [1, 2, 2, 2, 3];
    scores.forEach((score, i) => expect(score).toBeCloseTo((bits[i] ?? NaN) * Math.log(2), 6));
    expect(scores).toHaveLength(5);
    const behind = await arScore({ denoiser }, [0, 1, 1, 0, 3], { promptLength: 3 });
    expect(behind).toHaveLength(2);
    expect(behind[0]).toBeCloseTo(2 * Math.log(2), 6);
    expect(behind[1]).toBeCloseTo(3 * Math.log(2), 6);
    expect(await arScore({ denoiser }, [0, 1], { promptLength: 2 })).toEqual([]);
    expect(denoiser.live).toBe(0);
  });

  it('obeys the chain rule over texts longer than one forward takes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }).chain(tokens), fc.nat(), async (text, cut) => {
        const denoiser = lumpyDenoiser(long);
        const scores = await arScore({ denoiser }, text);
        text.forEach((token, i) => {
          const p = denoiser.tinyAr(text.slice(0, i));
          const clean = (p[token] ?? NaN) / (1 - (p[4] ?? NaN));
          expect(scores[i]).toBeCloseTo(-Math.log(clean), 5);
        });
        const promptLength = cut % text.length;
        const rest = await arScore({ denoiser }, text, { promptLength });
        rest.forEach((score, i) => expect(score).toBeCloseTo(scores[promptLength + i] ?? NaN, 9));
        expect(rest).toHaveLength(text.length - promptLength);
        expect(denoiser.live).toBe(0);
      }),
      { numRuns: 15 },
    );
  });

  it('probes with noise: the mask, or several random tokens that depend on seed and position alone', async () => {
    const probesOf = async (manifest: typeof long, promptLength: number, seed: number): Promise<number[][]> => {
      const denoiser = lumpyDenoiser(manifest);
      const probes: number[][] = [];
      denoiser.beforePass = (calls) => {
        calls.forEach((call, i) => {
          expect(call.temperature).toBe(1);
          (probes[i] ??= []).push(...(call.call === 'ar-score' ? (call satisfies ArScoreCall).probe : []));
        });
      };
      await arScore({ denoiser }, new Array<number>(150).fill(1), { promptLength, seed, probes: 3 });
      return probes;
    };
    expect(await probesOf(long, 0, 0)).toEqual([new Array<number>(150).fill(4)]);
    const uniform = { ...uniformManifest, length: 300 };
    const all = await probesOf(uniform, 0, 0);
    expect(all.map(({ length }) => length)).toEqual([150, 150, 150]);
    expect(new Set(all.flat())).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(all[0]).not.toEqual(all[1]);
    expect(await probesOf(uniform, 7, 0)).toEqual(all.map((probe) => probe.slice(7)));
    expect(await probesOf(uniform, 0, 1)).not.toEqual(all);
  });

  it('is the mean over the probes, where what they are changes the scores', async () => {
    const manifest = { ...uniformManifest, vocabularySize: 3 };
    const ar = (_: readonly number[], probe = 0): number[] =>
      [
        [0.5, 0.25, 0.25],
        [0.25, 0.5, 0.25],
        [0.1, 0.1, 0.8],
      ][probe] ?? [];
    const denoiser = new TableDenoiser(manifest, (_, noisy) => noisy.map(() => ar([])), ar);
    const probes: (readonly number[])[] = [];
    denoiser.beforePass = (calls) => {
      for (const call of calls) if (call.call === 'ar-score') probes.push(call.probe);
    };
    const text = [0, 2, 1, 0, 2, 2];
    const scores = await arScore({ denoiser }, text, { probes: 5 });
    expect(probes).toHaveLength(5);
    text.forEach((token, i) => {
      const each = probes.map((probe) => -Math.log(ar([], probe[i])[token] ?? NaN));
      expect(scores[i]).toBeCloseTo(each.reduce((a, b) => a + b, 0) / 5, 6);
    });
    expect(new Set(probes.map((probe) => probe[0])).size).toBeGreaterThan(1);
  });

  it('says which models cannot score', async () => {
    const bidirectional = lumpyDenoiser({ ...absorbingManifest, causality: 'bidirectional' });
    await expect(arScore({ denoiser: bidirectional }, [1])).rejects.toThrow(/both directions and has no AR mode/);
    const next = lumpyDenoiser({ ...absorbingManifest, predicts: 'next-token' });
    await expect(arScore({ denoiser: next }, [1, 2])).rejects.toThrow(/first cannot be scored/);
    expect(await arScore({ denoiser: next }, [1, 2], { promptLength: 1 })).toHaveLength(1);
  });

  it('lets go of everything when a forward fails', async () => {
    const denoiser = lumpyDenoiser({ ...uniformManifest, length: 300 });
    let calls = 0;
    denoiser.faultOf = () => (++calls === 6 ? new Error('not a number') : null);
    await expect(arScore({ denoiser }, new Array<number>(150).fill(1))).rejects.toThrow('not a number');
    expect(denoiser.live).toBe(0);
  });
});

const spelling = (letters: string): Tokenizer => ({
  vocabularySize: letters.length,
  encode: (text) => [...text].map((letter) => letters.indexOf(letter)),
  decode: (ids) => ids.map((id) => letters[id] ?? '?').join(''),
});

describe('a judge', () => {
  const model = { denoiser: lumpyDenoiser(absorbingManifest), tokenizer: spelling('abcd') };

  it('has the same words, whatever its noise', () => {
    const judge = { denoiser: lumpyDenoiser({ ...uniformManifest, vocabularySize: 4 }), tokenizer: spelling('abcd') };
    expect(vocabularyProblem(model, judge)).toBeNull();
    expect(vocabularyProblem({ ...model, tokenizer: null }, { ...judge, tokenizer: null })).toBeNull();
  });

  it.each([
    [uniformManifest, spelling('abcd'), /different vocabularies, of 5 and 4 tokens/],
    [absorbingManifest, spelling('abdc'), /token 2 is "d" and "c"/],
    [absorbingManifest, null, /only one has a tokenizer/],
  ])('cannot be another', (manifest, tokenizer, problem) => {
    expect(vocabularyProblem(model, { denoiser: lumpyDenoiser(manifest), tokenizer })).toMatch(problem);
  });
});
