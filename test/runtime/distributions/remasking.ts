import { lastValueFrom, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ModelManifest } from '../../../src/graph/manifest.js';
import { run } from '../../../src/runtime/run.js';
import { chiSquareDeviate } from '../../support/chi-square.js';
import { withoutMask } from '../../support/distributions.js';
import { posterior, product, type TinyModel } from '../../support/oracle.js';
import { pipeline } from '../../support/pipelines.js';
import { lumpyDenoiser, TableDenoiser } from '../../support/table-denoiser.js';
import { onEngine, withTable } from '../../support/under-test.js';

/** A step of a schedule, with the sigma of each position given the state that it starts from. */
interface Step {
  readonly alphaT: number;
  readonly alphaS: number;
  readonly sigma: (state: State, noise: readonly number[]) => readonly number[];
}

interface State {
  readonly tokens: readonly number[];
  /** p of each token when it was last drawn; 0 for noise that stands since the beginning. */
  readonly confidence: readonly number[];
}

const alpha = (t: number): number => 1e-3 + (1 - 1e-3) * (1 - t);

/** The steps from one time to another, both log-linear; only time 0 is clean text. */
function phase(
  from: number,
  to: number,
  steps: number,
  sigma: (alphaT: number, alphaS: number) => Step['sigma'],
): Step[] {
  const time = (i: number): number => from - (i * (from - (to === 0 ? 1e-5 : to))) / steps;
  return Array.from({ length: steps }, (_, i) => {
    const [alphaT, alphaS] = [alpha(time(i)), to === 0 && i === steps - 1 ? 1 : alpha(time(i + 1))];
    return { alphaT, alphaS, sigma: sigma(alphaT, alphaS) };
  });
}

const most = (alphaT: number, alphaS: number): number => Math.min(1, (1 - alphaS) / alphaT);
const everywhere =
  (sigma: number): Step['sigma'] =>
  ({ tokens }) =>
    tokens.map(() => sigma);

const schedules = {
  'remdm-cap': (steps: number, eta: number) => phase(1, 0, steps, (t, s) => everywhere(Math.min(eta, most(t, s)))),
  'remdm-rescale': (steps: number, eta: number) => phase(1, 0, steps, (t, s) => everywhere(eta * most(t, s))),
  psi: (steps: number, kappa: number) => phase(1, 0, steps, (_, s) => everywhere((1 - kappa) * (1 - s))),
  'remdm-loop': (steps: number, eta: number, loopSteps: number, lastSteps: number, time: number) => [
    ...phase(1, time, steps, () => everywhere(0)),
    ...phase(time, time, loopSteps, (t, s) => everywhere(Math.min(eta, most(t, s)))),
    ...phase(time, 0, lastSteps, () => everywhere(0)),
  ],
  'remdm-conf': (steps: number, eta: number) =>
    phase(1, 0, steps, (t, s) => ({ tokens, confidence }, noise) => {
      const weights = tokens.map((token, i) => (token === noise[i] ? 0 : Math.exp(-(confidence[i] ?? 0))));
      const sum = weights.reduce((a, b) => a + b, 0);
      return weights.map((weight) => (sum > 0 ? (eta * most(t, s) * weight) / sum : 0));
    }),
};

/** Which state of a block each step led from and to, by their tokens; no state before the first step. */
type Transitions = Map<string, number>[];
const transition = (from: readonly number[] | undefined, to: readonly number[]): string =>
  `${from?.join(' ') ?? ''} > ${to.join(' ')}`;
const add = (transitions: Transitions, step: number, key: string, p: number): void => {
  const counts = (transitions[step] ??= new Map<string, number>());
  counts.set(key, (counts.get(key) ?? 0) + p);
};

/** The exact distribution of every step's transition, over all states and what their tokens were drawn with. */
function enumerate(manifest: ModelManifest, steps: readonly Step[], size: number, model: TinyModel): Transitions {
  const { vocabularySize: vocabulary, maskId } = manifest;
  const all = Array.from({ length: vocabulary }, (_, v) => v);
  const prior = all.map((v) => (maskId === null ? 1 / vocabulary : v === maskId ? 1 : 0));
  const transitions: Transitions = [];
  for (const { tokens: noise, p: chance } of product(new Array<readonly number[]>(size).fill(prior))) {
    let states = new Map([['', { state: { tokens: noise, confidence: noise.map(() => 0) }, p: chance }]]);
    steps.forEach(({ alphaT, alphaS, sigma }, step) => {
      const next: typeof states = new Map();
      for (const { state, p } of states.values()) {
        const sigmas = sigma(state, noise);
        const clean = model([], state.tokens).map((row, i) =>
          maskId !== null && state.tokens[i] !== maskId
            ? all.map((v) => (v === state.tokens[i] ? 1 : 0))
            : withoutMask(row, manifest),
        );
        const drawn = clean.map((row, i) => {
          const ancestral = posterior(row, state.tokens[i] ?? 0, alphaT, alphaS, vocabulary, maskId);
          if (sigmas[i] === 0 || alphaS === 1) return ancestral;
          const exact = 1 - (sigmas[i] ?? 0) / (1 - alphaS);
          const kappa = maskId === null ? Math.max(0, exact) : exact;
          return ancestral.map((q, v) => {
            const again = alphaS * (row[v] ?? 0) + (1 - alphaS) * (prior[v] ?? 0);
            return Math.max(0, kappa * q + (1 - kappa) * again);
          });
        });
        for (const { tokens, p: q } of product(drawn)) {
          add(transitions, step, transition(step === 0 ? undefined : state.tokens, tokens), p * q);
          const confidence = tokens.map((token, i) =>
            token === state.tokens[i] ? (state.confidence[i] ?? 0) : (clean[i]?.[token] ?? 0),
          );
          const key = [...tokens, ...confidence].join(' ');
          next.set(key, { state: { tokens, confidence }, p: (next.get(key)?.p ?? 0) + p * q });
        }
      }
      states = next;
    });
  }
  return transitions;
}

interface Case {
  readonly name: string;
  readonly params: Record<string, number>;
  readonly steps: readonly Step[];
}
/** `share` of the largest sigma that a step allows, small enough that no kappa is cut off at 0. */
const casesWith = (share: number): readonly Case[] => [
  { name: 'remdm-cap', params: { steps: 4, eta: 0.3 }, steps: schedules['remdm-cap'](4, 0.3) },
  { name: 'remdm-rescale', params: { steps: 4, eta: share }, steps: schedules['remdm-rescale'](4, share) },
  { name: 'psi', params: { steps: 4, kappa: 0.2 }, steps: schedules.psi(4, 0.2) },
  {
    name: 'remdm-loop',
    params: { steps: 2, loopSteps: 3, lastSteps: 1, loopTime: 0.3, eta: 0.25 },
    steps: schedules['remdm-loop'](2, 0.25, 3, 1, 0.3),
  },
  { name: 'remdm-conf', params: { steps: 4, eta: share }, steps: schedules['remdm-conf'](4, share) },
];

const { rows, seeds } = onEngine ? { rows: 1000, seeds: 1 } : { rows: 2000, seeds: 5 };

/** How often each transition came, in the order of steps, by the events of rows of one block. */
async function observe(
  name: string,
  manifest: ModelManifest,
  params: Record<string, unknown>,
  model: TinyModel,
): Promise<Transitions> {
  const table = new TableDenoiser(manifest, model, () => []);
  return withTable(table, async (denoiser) => {
    const transitions: Transitions = [];
    for (let seed = 0; seed < seeds; seed++) {
      const states: (readonly number[])[][] = [];
      const request = { model: { denoiser, tokenizer: null }, params, rows, length: 2, seed };
      const events = run(pipeline(name), request).pipe(
        tap((event) => {
          if (event.type !== 'step') return;
          const row = (states[event.row] ??= []);
          add(transitions, row.length, transition(row.at(-1), event.tokens), 1);
          row.push(event.tokens);
        }),
      );
      expect((await lastValueFrom(events)).type).toBe('finished');
    }
    return transitions;
  });
}

function expectAgreement(observed: Transitions, expected: Transitions): void {
  expect(observed).toHaveLength(expected.length);
  expected.forEach((step, i) => {
    const { deviate, degrees } = chiSquareDeviate(observed[i] ?? new Map(), step);
    expect(degrees).toBeGreaterThanOrEqual(2);
    expect(deviate).toBeLessThan(4.75);
  });
}

/** How often each state was reached, whatever came before. */
const reached = (transitions: Transitions): Transitions =>
  transitions.map((step) => {
    const states: Transitions = [new Map()];
    for (const [key, count] of step) add(states, 0, key.split('>')[1] ?? '', count);
    return states[0] ?? new Map<string, number>();
  });

/** The samplers that put noise on tokens with a probability sigma, on one kind of noise. */
export function describeRemasking(manifest: ModelManifest): void {
  const { vocabularySize: vocabulary, maskId } = manifest;
  const cases = casesWith(maskId === null ? 0.4 : 0.9);
  describe(`on ${manifest.process} noise`, () => {
    it.each(cases)('every step of $name is exact', async ({ name, params, steps }) => {
      const { tiny } = lumpyDenoiser(manifest);
      // Sure of the first token and unsure of the second.
      const model: TinyModel = (prefix, noisy) =>
        tiny(prefix, noisy).map((row, i) => {
          const sharp = row.map((p) => p ** (i === 0 ? 6 : 0.3));
          const sum = sharp.reduce((a, b) => a + b, 0);
          return sharp.map((p) => p / sum);
        });
      const observed = await observe(name, manifest, { ...params, blockSize: 2 }, model);
      expectAgreement(observed, enumerate(manifest, steps, 2, model));
    });

    // Where sigma differs between positions by what they hold, as by confidence, the marginals are not kept.
    it.each(cases.filter(({ name }) => name !== 'remdm-conf'))(
      'after each step of $name, x_s is alpha_s p + (1 - alpha_s) prior',
      async ({ name, params, steps }) => {
        // A model that knows p(x_0) and nothing more.
        const known = [
          [0.55, 0.3, 0.15],
          [0.1, 0.1, 0.8],
        ].map((row) => Array.from({ length: vocabulary }, (_, v) => row[v] ?? 0));
        const observed = await observe(name, manifest, { ...params, blockSize: 2 }, () => known);
        const expected = steps.map(({ alphaS }) => {
          const marginals = known.map((row) =>
            row.map((p, v) => alphaS * p + (1 - alphaS) * (maskId === null ? 1 / vocabulary : v === maskId ? 1 : 0)),
          );
          return new Map(product(marginals).map(({ tokens, p }) => [` ${tokens.join(' ')}`, p]));
        });
        expectAgreement(reached(observed), expected);
      },
    );
  });
}
