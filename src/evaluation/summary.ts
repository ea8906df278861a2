import type { Nfe } from '../runtime/events.js';
import type { Sample, Setting, SettingResult } from './comparison.js';
import { mean, meanOverTokens, median } from './statistics.js';

const present = <T>(values: readonly (T | null)[]): readonly T[] => values.filter((value) => value !== null);

export const generated = ({ tokens, promptLength }: Pick<Sample, 'tokens' | 'promptLength'>): number =>
  tokens.length - promptLength;

/** What the rows of a setting come to. */
export function summarize(setting: Setting, samples: readonly Sample[]): SettingResult {
  const scored = samples.flatMap(({ arScore, ...sample }) => {
    const count = generated(sample);
    return arScore === null ? [] : [{ total: arScore * count, count }];
  });
  return {
    ...setting,
    rows: samples.length,
    nfe: meanNfe(samples),
    milliseconds: median(samples.map(({ milliseconds }) => milliseconds)),
    tokensPerSecond: median(samples.map((sample) => (generated(sample) * 1000) / sample.milliseconds)),
    arScore: meanOverTokens(scored),
    entropy: mean(present(samples.map(({ entropy }) => entropy))),
    distinct: mean(present(samples.map(({ distinct }) => distinct))),
  };
}

function meanNfe(samples: readonly Sample[]): Nfe | null {
  const meanOf = (count: (nfe: Nfe) => number): number => mean(samples.map(({ nfe }) => count(nfe))) ?? 0;
  if (samples.length === 0) return null;
  return {
    total: meanOf(({ total }) => total),
    diffusion: meanOf(({ diffusion }) => diffusion),
    ar: meanOf(({ ar }) => ar),
  };
}
