/**
 * Exact distributions of samplers on tiny models, by enumerating every state of a block and every transition.
 * Written from the papers' formulas on its own, so that it shares no code with what it judges.
 */

/** Probabilities of x_0 at each position of a block [m][V], given the text before it and the noisy block. */
export type TinyModel = (prefix: readonly number[], noisy: readonly number[]) => readonly (readonly number[])[];

export interface OracleSampler {
  readonly vocabulary: number;
  readonly maskId: number | null;
  readonly steps: number;
  readonly blockSize: number;
  readonly length: number;
  readonly model: TinyModel;
  /** alpha at t = 1. */
  readonly eps: number;
  readonly finalStep?: 'sample' | 'greedy';
  /** Text that stands before the rows. */
  readonly prefix?: readonly number[];
  /** Tokens that the rows hold, by position behind the prefix; null and what is behind the list is open. */
  readonly template?: readonly (number | null)[];
  /** What each position of a block is when its steps begin; pure noise when left out. */
  readonly begin?: (block: {
    readonly prefix: readonly number[];
    /** Position of the block behind the sampler's own prefix. */
    readonly start: number;
    readonly size: number;
  }) => readonly (readonly number[])[];
  /** The time that the steps start at; 1 when left out. */
  readonly startTime?: number;
  /** Sets of positions to put noise on, one of which is taken, each as likely; null where the step is not guided. */
  readonly corrector?: (guided: {
    readonly prefix: readonly number[];
    readonly draft: readonly number[];
    readonly noisy: readonly number[];
    readonly alphaS: number;
    readonly step: number;
  }) => readonly (readonly number[])[] | null;
}

type Distribution = Map<string, number>;

const add = (into: Distribution, key: string, p: number): void => {
  if (p > 0) into.set(key, (into.get(key) ?? 0) + p);
};
const keyOf = (tokens: readonly number[]): string => tokens.join(' ');
const tokensOf = (key: string): number[] => (key === '' ? [] : key.split(' ').map(Number));

/** q(x_s | x_t = noisy, x_0 ~ p) at one position; every token gets its probability. */
export function posterior(
  p: readonly number[],
  noisy: number,
  alphaT: number,
  alphaS: number,
  vocabulary: number,
  maskId: number | null,
): number[] {
  const tokens = Array.from({ length: vocabulary }, (_, v) => v);
  if (maskId !== null) {
    if (noisy !== maskId) return tokens.map((v) => (v === noisy ? 1 : 0));
    const stay = (1 - alphaS) / (1 - alphaT);
    return tokens.map((v) => (v === maskId ? stay : (1 - stay) * (p[v] ?? 0)));
  }
  const ratio = alphaT / alphaS;
  const below = alphaT * vocabulary * (p[noisy] ?? 0) + 1 - alphaT;
  return tokens.map((v) => {
    const here = v === noisy ? 1 : 0;
    const above =
      alphaT * vocabulary * (p[v] ?? 0) * here +
      (ratio - alphaT) * here +
      (alphaS - alphaT) * (p[v] ?? 0) +
      ((1 - ratio) * (1 - alphaS)) / vocabulary;
    return above / below;
  });
}

/** Every combination of one token a position, with the product of their probabilities. */
export function product(rows: readonly (readonly number[])[]): { tokens: number[]; p: number }[] {
  return rows.reduce<{ tokens: number[]; p: number }[]>(
    (all, row) =>
      all.flatMap(({ tokens, p }) =>
        row.flatMap((q, token) => (q > 0 ? [{ tokens: [...tokens, token], p: p * q }] : [])),
      ),
    [{ tokens: [], p: 1 }],
  );
}

/** Prior noise at one position. */
export const noiseOf = ({ vocabulary, maskId }: Pick<OracleSampler, 'vocabulary' | 'maskId'>): number[] =>
  Array.from({ length: vocabulary }, (_, v) => (maskId === null ? 1 / vocabulary : v === maskId ? 1 : 0));

/** A position that is known. */
export const certainly = (token: number, vocabulary: number): number[] =>
  Array.from({ length: vocabulary }, (_, v) => (v === token ? 1 : 0));

/** The exact distribution of finished rows. */
export function enumerateRows(sampler: OracleSampler): Distribution {
  const given = Array.from({ length: sampler.length }, (_, i) => sampler.template?.[i] ?? null);
  let rows: Distribution = new Map([['', 1]]);
  for (let start = 0; start < sampler.length;) {
    const token = given[start] ?? null;
    const block = given.slice(start, token === null ? start + sampler.blockSize : start + 1);
    const grown: Distribution = new Map();
    for (const [prefix, p] of rows) {
      const blocks =
        token === null
          ? enumerateBlock(sampler, [...(sampler.prefix ?? []), ...tokensOf(prefix)], start, block)
          : [[keyOf([token]), 1] as const];
      for (const [written, q] of blocks) add(grown, prefix === '' ? written : `${prefix} ${written}`, p * q);
    }
    rows = grown;
    start += block.length;
  }
  return rows;
}

function enumerateBlock(
  sampler: OracleSampler,
  prefix: readonly number[],
  start: number,
  given: readonly (number | null)[],
): Distribution {
  const { vocabulary, maskId, steps, eps, startTime = 1 } = sampler;
  const noise = noiseOf(sampler);
  const alpha = (i: number): number => eps + (1 - eps) * (1 - startTime + (i * (startTime - 1e-5)) / steps);
  const certain = (token: number): number[] => certainly(token, vocabulary);
  /** What a position becomes: a given one stays. */
  const kept = (at: readonly (readonly number[])[]): (readonly number[])[] =>
    at.map((row, i) => (typeof given[i] === 'number' ? certain(given[i]) : row));
  const begun = sampler.begin?.({ prefix, start, size: given.length }) ?? given.map(() => noise);
  let states: Distribution = new Map();
  for (const { tokens, p } of product(kept(begun))) add(states, keyOf(tokens), p);
  for (let step = 0; step < steps; step++) {
    const last = step === steps - 1;
    const next: Distribution = new Map();
    for (const [key, p] of states) {
      const noisy = tokensOf(key);
      const prediction = sampler.model(prefix, noisy).map((row, i) => clean(row, noisy[i] ?? 0, maskId));
      if (last && sampler.finalStep === 'greedy') {
        add(next, keyOf(kept(prediction).map((row) => row.indexOf(Math.max(...row)))), p);
        continue;
      }
      const alphaS = last ? 1 : alpha(step + 1);
      const drawAt = (level: number) =>
        product(
          kept(prediction.map((row, i) => posterior(row, noisy[i] ?? 0, alpha(step), level, vocabulary, maskId))),
        );
      // Whether a step is guided does not depend on the draft.
      const guided = !last && (sampler.corrector?.({ prefix, draft: noisy, noisy, alphaS, step }) ?? null) !== null;
      for (const { tokens, p: q } of drawAt(guided ? 1 : alphaS)) {
        if (!guided) {
          add(next, keyOf(tokens), p * q);
          continue;
        }
        const choices = sampler.corrector?.({ prefix, draft: tokens, noisy, alphaS, step }) ?? [];
        for (const again of choices) {
          const renoised = product(tokens.map((token, i) => (again.includes(i) ? noise : certain(token))));
          for (const { tokens: after, p: r } of renoised) add(next, keyOf(after), (p * q * r) / choices.length);
        }
      }
    }
    states = next;
  }
  return states;
}

/** Absorbing: no mass on the mask, and a revealed token is certain. */
function clean(row: readonly number[], noisy: number, maskId: number | null): number[] {
  if (maskId === null) return [...row];
  if (noisy !== maskId) return row.map((_, v) => (v === noisy ? 1 : 0));
  const rest = 1 - (row[maskId] ?? 0);
  return row.map((p, v) => (v === maskId ? 0 : p / rest));
}
