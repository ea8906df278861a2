import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindParams } from '../../src/graph/bind.js';
import { behaviours, countForwards } from '../../src/evaluation/counting.js';
import { steer } from '../../src/evaluation/steering.js';
import { standardNodes } from '../../src/nodes/standard.js';
import { readPipeline } from '../../src/runtime/pipeline-file.js';
import type { RunnablePipeline } from '../../src/runtime/run.js';
import { absorbingManifest, uniformManifest } from '../support/context.js';

const shipped = (name: string): RunnablePipeline =>
  readPipeline(new URL(`../../pipelines/${name}.json`, import.meta.url).pathname, standardNodes);
const pipelines = { arpc: shipped('arpc'), 'block-ancestral': shipped('block-ancestral') };

const formulas = {
  /** One diffusion forward a step, and an AR forward for each guided one, which the last never is. */
  arpc: (steps: number) => 2 * steps - 1,
  'block-ancestral': (steps: number) => steps,
} as const;

const request = (pipeline: RunnablePipeline, given: Record<string, unknown>, length: number) => ({
  manifest: { ...absorbingManifest, length: 64 },
  params: bindParams(pipeline.graph, given),
  promptLengths: [0],
  length,
});

describe('dry runs', () => {
  it.each([absorbingManifest, uniformManifest])('count as the formulas do, $process', async (manifest) => {
    for (const [name, formula] of Object.entries(formulas)) {
      const pipeline = shipped(name);
      const params = bindParams(pipeline.graph, { steps: 5, blockSize: 4 });
      for (const behaviour of behaviours) {
        const dryRun = { manifest, params, promptLengths: [0, 3], length: 10 };
        // Two whole blocks and a remainder; behind the prompt, one block less a token and one whole.
        expect(await countForwards(pipeline, dryRun, behaviour)).toBe(3 * formula(5));
      }
    }
  });

  it('give up above a limit', async () => {
    const dryRun = request(pipelines.arpc, { steps: 5, blockSize: 4 }, 12);
    expect(await countForwards(pipelines.arpc, dryRun, 'doubtful', 27)).toBe(27);
    expect(await countForwards(pipelines.arpc, dryRun, 'doubtful', 26)).toBe(Infinity);
  });
});

describe('steering by a budget', () => {
  it('takes the largest number of steps that the budget pays for', async () => {
    const names = fc.constantFrom('arpc' as const, 'block-ancestral' as const);
    await fc.assert(
      fc.asyncProperty(
        names,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 20 }),
        async (name, budget, blockSize, length) => {
          const pipeline = pipelines[name];
          const dryRun = request(pipeline, { blockSize }, length);
          const steering = await steer(pipeline, { ...dryRun, budgetParam: 'steps', budgets: [budget] });
          const blocks = Math.ceil(length / blockSize);
          const nfe = (steps: number): number => blocks * formulas[name](steps);
          let steps = 0;
          while (nfe(steps + 1) <= budget) steps++;
          expect(steering).toEqual({
            steered: true,
            least: { value: 1, nfe: blocks },
            values: [{ budget, found: steps === 0 ? null : { value: steps, nfe: nfe(steps) } }],
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('lets no row go above the budget, whatever its prompt', async () => {
    const dryRun = { ...request(pipelines.arpc, { blockSize: 4 }, 16), promptLengths: [12, 2] };
    const steering = await steer(pipelines.arpc, { ...dryRun, budgetParam: 'steps', budgets: [20] });
    // The short prompt leaves four blocks: 4 (2 * 3 - 1) = 20.
    expect(steering).toMatchObject({ values: [{ found: { value: 3, nfe: 20 } }] });
  });

  it.each([
    ['ar', 'steps', /has no parameter steps/],
    ['ar', 'temperature', /has no parameter temperature/],
    ['block-ancestral', 'blockSize', /falls as blockSize grows/],
    ['threshold', 'blockSize', /what the model predicts decides/],
  ])('tells why %s is not steered by %s', async (name, budgetParam, reason) => {
    const pipeline = shipped(name);
    const steering = await steer(pipeline, { ...request(pipeline, {}, 16), budgetParam, budgets: [8] });
    expect(steering).toMatchObject({ steered: false, reason: expect.stringMatching(reason) });
  });

  it('does not steer by what changes nothing', async () => {
    const pipeline = shipped('ar-then-block');
    const dryRun = request(pipeline, { arTokens: 64 }, 16);
    const steering = await steer(pipeline, { ...dryRun, budgetParam: 'steps', budgets: [20] });
    expect(steering).toEqual({ steered: false, reason: 'steps does not change its NFE' });
  });
});
