/**
 * Exact distributions of samplers that decide positions for good, a few at a time, by enumerating every noise, every
 * draft and every choice. Shares no code with what it judges.
 */
import { product, type TinyModel } from '../../src/testing/oracle.js';

/** What a choice of positions may depend on. */
export interface Decision {
  /** p(x_0 | x_t) at each position, at temperature 1. */
  readonly prediction: readonly (readonly number[])[];
  /** A token drawn at each open position. */
  readonly draft: readonly number[];
  /** Positions that are not decided yet. */
  readonly open: readonly number[];
  /** Index of the step in its block. */
  readonly index: number;
}

export interface DecisionSampler {
  readonly vocabulary: number;
  readonly maskId: number | null;
  readonly blockSize: number;
  readonly length: number;
  readonly model: TinyModel;
  /** Of the tokens that are drawn; 1 when left out. */
  readonly temperature?: number;
  /** Given tokens, of rows that are one block. */
  readonly given?: readonly (number | null)[];
  /** Sets of open positions to decide now, one of which is taken, each as likely. */
  readonly choose: (decision: Decision) => readonly (readonly number[])[];
}

interface State {
  readonly tokens: readonly number[];
  readonly open: readonly number[];
  readonly p: number;
}

/** The exact distribution of finished rows together with their NFE: keys are `0 2 1 / 3`. */
export function enumerateDecisions(sampler: DecisionSampler): Map<string, number> {
  let rows = [{ tokens: new Array<number>(), nfe: 0, p: 1 }];
  for (let start = 0; start < sampler.length; start += sampler.blockSize) {
    const size = Math.min(sampler.blockSize, sampler.length - start);
    rows = rows.flatMap((row) =>
      decideBlock(sampler, row.tokens, size).map(({ tokens, nfe, p }) => ({
        tokens: [...row.tokens, ...tokens],
        nfe: row.nfe + nfe,
        p: row.p * p,
      })),
    );
  }
  const whole = new Map<string, number>();
  for (const { tokens, nfe, p } of rows) {
    const key = `${tokens.join(' ')} / ${String(nfe)}`;
    whole.set(key, (whole.get(key) ?? 0) + p);
  }
  return whole;
}

function decideBlock(
  { vocabulary, maskId, model, temperature = 1, given = [], choose }: DecisionSampler,
  prefix: readonly number[],
  size: number,
): { readonly tokens: readonly number[]; readonly nfe: number; readonly p: number }[] {
  const certain = (token: number): number[] => Array.from({ length: vocabulary }, (_, v) => (v === token ? 1 : 0));
  const noise = maskId === null ? new Array<number>(vocabulary).fill(1 / vocabulary) : certain(maskId);
  const positions = Array.from({ length: size }, (_, i) => i);
  const free = positions.filter((i) => (given[i] ?? null) === null);
  let states: State[] = product(positions.map((i) => (free.includes(i) ? noise : certain(given[i] ?? 0)))).map(
    (each) => ({ ...each, open: free }),
  );
  const finished: { tokens: readonly number[]; nfe: number; p: number }[] = [];
  for (let index = 0; states.length > 0; index++) {
    const next = new Map<string, State>();
    for (const { tokens, open, p } of states) {
      const prediction = model(prefix, tokens).map((row, i) => clean(row, tokens[i] ?? 0, maskId));
      const drafts = prediction.map((row, i) =>
        open.includes(i) ? tempered(row, temperature) : certain(tokens[i] ?? 0),
      );
      for (const { tokens: draft, p: q } of product(drafts)) {
        const choices = choose({ prediction, draft, open, index });
        for (const chosen of choices) {
          const after = {
            tokens: tokens.map((token, i) => (chosen.includes(i) ? (draft[i] ?? token) : token)),
            open: open.filter((i) => !chosen.includes(i)),
            p: (p * q) / choices.length,
          };
          const key = JSON.stringify([after.tokens, after.open]);
          next.set(key, { ...after, p: after.p + (next.get(key)?.p ?? 0) });
        }
      }
    }
    states = [];
    for (const state of next.values()) {
      if (state.open.length > 0) states.push(state);
      else finished.push({ tokens: state.tokens, nfe: index + 1, p: state.p });
    }
  }
  return finished;
}

/** p^(1 / temperature), normalised; at 0 all of it on the first of the most probable tokens. */
function tempered(row: readonly number[], temperature: number): number[] {
  if (temperature === 0) return row.map((_, v) => (v === row.indexOf(Math.max(...row)) ? 1 : 0));
  const powers = row.map((p) => p ** (1 / temperature));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
}

/** Absorbing: no mass on the mask, and a revealed token is certain. */
function clean(row: readonly number[], noisy: number, maskId: number | null): number[] {
  if (maskId === null) return [...row];
  if (noisy !== maskId) return row.map((_, v) => (v === noisy ? 1 : 0));
  const rest = 1 - (row[maskId] ?? 0);
  return row.map((p, v) => (v === maskId ? 0 : p / rest));
}
