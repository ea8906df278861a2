import type { Comparison, Sample } from '../../../src/evaluation/comparison.js';
import { summarize } from '../../../src/evaluation/summary.js';

/** A comparison with made-up figures: two samplers at budgets, one without, one row of it with markup in its text. */
export function sampleComparison(change: Partial<Comparison> = {}): Comparison {
  const settings = [
    { sampler: 'arpc', budget: 8, params: { steps: 1 } },
    { sampler: 'arpc', budget: 32, params: { steps: 3 } },
    { sampler: 'a[b=*c*] <x>', budget: 8, params: { steps: 2 } },
    { sampler: 'a[b=*c*] <x>', budget: 32, params: { steps: 4 } },
    { sampler: 'ar', budget: null, params: {} },
  ];
  const nfes = [6, 30, 8, 32, 64];
  const samples = settings.flatMap((_, setting) =>
    [0, 1].map((seed): Sample => {
      const total = nfes[setting] ?? 0;
      return {
        setting,
        seed,
        prompt: 0,
        tokens: [1, 2, 3, 1],
        promptLength: 1,
        text:
          setting === 2
            ? `<b>|*\n\n# seed ${String(seed)} \u001b[31m`
            : `setting ${String(setting)} seed ${String(seed)}`,
        nfe: { total, diffusion: total - setting, ar: setting },
        milliseconds: 100 + setting,
        arScore: 3 - setting / 2 + seed / 4,
        entropy: 1 + seed,
        distinct: 0.5,
      };
    }),
  );
  const model = { name: 'tiny-*model*', process: 'absorbing' as const, vocabularySize: 5 };
  return {
    complete: true,
    model,
    judge: model,
    unjudged: null,
    prompts: [{ tokens: [1], text: 'A' }],
    seeds: [0, 1],
    length: 4,
    budgets: [8, 32],
    budgetParam: 'steps',
    samplers: ['arpc', 'a[b=*c*] <x>', 'ar'].map((label, i) => ({
      label,
      pipeline: label,
      hash: '0',
      unsteered: i === 2 ? 'it has no parameter steps' : null,
    })),
    settings: settings.map((setting, index) =>
      summarize(
        setting,
        samples.filter((sample) => sample.setting === index),
      ),
    ),
    samples,
    failures: [],
    notes: ['ar runs as it is'],
    ...change,
  };
}
