import { expectTypeOf, test } from 'vitest';
import { defineNode, nodes, param, pipeline, type Wire } from '../../src/index.js';
import { fire } from '../../src/testing/index.js';

/** A node of somebody else's, as they write it. */
const hysteresis = defineNode({
  kind: 'hysteresis',
  summary: 'Holds positions until their scores fall well below the bound.',
  inputs: { scores: 'scores', held: 'positions' },
  outputs: { positions: 'positions' },
  params: {
    high: param.number({ min: 0 }),
    low: param.number({ default: 0 }),
    order: param.choice(['a', 'b'], { default: 'a' }),
  },
  step: ({ inputs, params }) => {
    expectTypeOf(inputs.held).toEqualTypeOf<readonly boolean[]>();
    expectTypeOf(params).toEqualTypeOf<{ readonly high: number; readonly low: number; readonly order: 'a' | 'b' }>();
    return { positions: inputs.held };
  },
});

test("a user's node is typed in the builder as the standard ones are", () => {
  const build = () =>
    pipeline(
      'p',
      { inputs: { block: 'block', canvas: 'canvas' }, params: { steps: param.integer({ min: 1 }) } },
      (g) => {
        const { scores } = g.node('scores', nodes.randomScores, { block: g.input.block });
        const { positions: held } = g.node('held', nodes.openPositions, { block: g.input.block });
        const { positions } = g.node('mine', hysteresis, { scores, held }, { high: g.param.steps, order: 'b' });
        expectTypeOf(positions).toEqualTypeOf<Wire<'positions'>>();
        // @ts-expect-error positions are no scores
        g.node('a', hysteresis, { scores: held, held }, { high: 1 });
        // @ts-expect-error an input is not wired
        g.node('b', hysteresis, { scores }, { high: 1 });
        // @ts-expect-error a parameter without a default has to be set
        g.node('c', hysteresis, { scores, held });
        // @ts-expect-error there is no such choice
        g.node('d', hysteresis, { scores, held }, { high: 1, order: 'c' });
        return { positions };
      },
    );
  expectTypeOf(build).toBeFunction();
});

test('and when it is fired by itself', () => {
  const test = async () => {
    const fired = await fire(hysteresis, { inputs: { scores: [1], held: [true] }, params: { high: 1 } });
    expectTypeOf(fired.outputs).toEqualTypeOf<{ readonly positions: readonly boolean[] }>();
    // @ts-expect-error an input is missing
    await fire(hysteresis, { inputs: { scores: [1] } });
    // @ts-expect-error an input is of another kind
    await fire(hysteresis, { inputs: { scores: [1], held: [1] } });
    // @ts-expect-error there is no such parameter
    await fire(hysteresis, { inputs: { scores: [1], held: [true] }, params: { hgh: 1 } });
  };
  expectTypeOf(test).toBeFunction();
});
