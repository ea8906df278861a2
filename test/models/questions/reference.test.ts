import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { divergences, tokenScores, uncertainties } from '../../../src/graph/effects.js';
import { divergence } from '../../../src/models/questions/divergence.js';
import { rowOf, type Distribution } from '../../../src/models/questions/distribution.js';
import { posterior } from '../../../src/models/questions/posterior.js';
import { tokenScore } from '../../../src/models/questions/token-score.js';
import { uncertainty } from '../../../src/models/questions/uncertainty.js';

const tensor = z.object({ shape: z.array(z.number()), data: z.array(z.number()) });
const { posterior: posteriors, arpcScores } = z
  .object({
    posterior: z.object({
      x0Probs: tensor,
      xt: tensor,
      maskIndex: z.number(),
      cases: z
        .array(z.object({ alphaT: z.number(), alphaS: z.number(), absorbing: tensor, uniform: tensor }))
        .nonempty(),
    }),
    arpcScores: z.object({
      arLogProbs: tensor,
      x0LogProbs: tensor,
      current: tensor,
      scores: z.record(z.string(), tensor),
    }),
  })
  .parse(JSON.parse(readFileSync(new URL('../../fixtures/parity/functions.json', import.meta.url), 'utf8')));

type Tensor = z.infer<typeof tensor>;
const sizeOf = ({ shape }: Tensor) => shape.at(-1) ?? 0;

function fromLogs(logs: Tensor): Distribution {
  const logProbabilities = Float64Array.from(logs.data);
  return {
    positions: logs.data.length / sizeOf(logs),
    vocabularySize: sizeOf(logs),
    logProbabilities,
    probabilities: logProbabilities.map(Math.exp),
  };
}

/** Without the mask's column where there is one. */
function fromProbabilities(given: Tensor, maskId: number | null): Distribution {
  const size = sizeOf(given);
  const probabilities = Float64Array.from(given.data);
  for (let position = 0; position * size < probabilities.length; position += 1) {
    const row = rowOf(probabilities, position, size);
    if (maskId !== null) row[maskId] = 0;
    const sum = row.reduce((a, b) => a + b);
    row.forEach((p, v) => (row[v] = p / sum));
  }
  return {
    positions: probabilities.length / size,
    vocabularySize: size,
    probabilities,
    logProbabilities: probabilities.map(Math.log),
  };
}

function expectClose(found: ArrayLike<number>, expected: Tensor) {
  expect(found.length).toBe(expected.data.length);
  expected.data.forEach((value, index) => expect(found[index]).toBeCloseTo(value, 5));
}

describe('the reference implementation', () => {
  it.each(posteriors.cases)('has the same posteriors from $alphaT to $alphaS', ({ absorbing, uniform, ...step }) => {
    const { x0Probs, xt, maskIndex } = posteriors;
    expectClose(posterior(fromProbabilities(x0Probs, maskIndex), xt.data, maskIndex, step), absorbing);
    expectClose(posterior(fromProbabilities(x0Probs, null), xt.data, null, step), uniform);
  });

  const ar = fromLogs(arpcScores.arLogProbs);
  const diffusion = fromLogs(arpcScores.x0LogProbs);
  const expected = (name: string): Tensor => {
    const found = arpcScores.scores[name];
    if (found === undefined) throw new Error(`no scores ${name}`);
    return found;
  };

  // The reference has no -p(token).
  it.each(tokenScores.filter((measure) => measure !== 'confidence'))('has the same AR %s', (measure) => {
    expectClose(tokenScore(ar, arpcScores.current.data, measure), expected(`ar_metric/${measure}`));
  });

  it.each(uncertainties)('has the same diffusion %s', (measure) => {
    expectClose(uncertainty(diffusion, measure), expected(`diffusion_metric/${measure}`));
  });

  it.each(divergences)('has the same %s', (measure) => {
    expectClose(divergence(ar, diffusion, measure), expected(`divergence/${measure}`));
  });
});
