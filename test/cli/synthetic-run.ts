import type { RunEvent, RunEventBody } from '../../src/runtime/events.js';

export interface SyntheticOptions {
  /** Finished rows as tokens. */
  readonly rows: readonly (readonly number[])[];
  readonly promptLength?: number;
  readonly blockSize: number;
  readonly steps: number;
  readonly maskId: number | null;
  readonly vocabularySize: number;
  readonly decode?: (tokens: readonly number[]) => string;
  readonly seed?: number;
}

/** Events like those of an ARPC run that ends with the given rows: drafts, remasking of as many as alpha_s asks for. */
export function syntheticRun(options: SyntheticOptions): RunEvent[] {
  const { rows, promptLength = 0, blockSize, steps, maskId, vocabularySize, decode } = options;
  const random = uniforms(options.seed ?? 1);
  const bodies: RunEventBody[] = [
    {
      type: 'started',
      pipeline: 'arpc',
      model: 'synthetic',
      params: { steps, blockSize },
      seed: 0,
      rows: rows.map((tokens) => ({ prompt: tokens.slice(0, promptLength), length: tokens.length })),
      maskId,
      warnings: [],
    },
  ];
  const nfe = { diffusion: 0, ar: 0 };
  const forward = (call: 'diffusion' | 'ar'): void => {
    nfe[call]++;
    const total = nfe.diffusion + nfe.ar;
    bodies.push({
      type: 'forward',
      call,
      rows: rows.map((_, i) => i),
      batch: rows.length,
      nfe: { total, ...nfe },
      milliseconds: 1,
    });
  };
  const longest = Math.max(...rows.map((tokens) => tokens.length));
  for (let start = promptLength; start < longest; start += blockSize) {
    for (let step = 0; step < steps; step++) {
      const last = step === steps - 1;
      forward('diffusion');
      for (const [row, tokens] of rows.entries()) {
        const target = tokens.slice(start, start + blockSize);
        if (target.length === 0) continue;
        const drafted = target.map((token) =>
          last || random() < 0.7 ? token : Math.floor(random() * (maskId ?? vocabularySize)),
        );
        const confidence = target.map(() => random());
        bodies.push({ type: 'step', row, node: 'blocks/steps/draft', start, tokens: drafted, confidence, step, steps });
        if (last) {
          bodies.push({
            type: 'committed',
            row,
            node: 'blocks/advance',
            start,
            tokens: target,
            text: decode?.(target) ?? null,
          });
          continue;
        }
        const count = Math.max(1, Math.round((1 - (step + 1) / steps) * target.length));
        const positions = target
          .map((_, i) => ({ i, key: random() }))
          .sort((a, b) => a.key - b.key)
          .slice(0, count)
          .map(({ i }) => i);
        const noisy = drafted.map((token, i) =>
          positions.includes(i) ? (maskId ?? Math.floor(random() * vocabularySize)) : token,
        );
        bodies.push({ type: 'remasked', row, node: 'blocks/steps/corrected', start, tokens: noisy, positions });
      }
      if (!last) forward('ar');
    }
  }
  const total = { total: nfe.diffusion + nfe.ar, ...nfe };
  const generated = rows.reduce((sum, tokens) => sum + tokens.length - promptLength, 0);
  bodies.push({
    type: 'finished',
    rows: rows.map((tokens, row) => ({
      row,
      tokens,
      promptLength,
      given: [],
      text: decode?.(tokens) ?? null,
      ended: false,
      nfe: total,
    })),
    statistics: { milliseconds: 800, tokens: generated, tokensPerSecond: generated / 0.8, nfe: total },
  });
  return bodies.map((body, seq) => ({ run: 'run-1', seq, ...body }));
}

/** A small generator of uniforms in [0, 1), so that tests repeat. */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
