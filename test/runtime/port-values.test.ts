import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defineNode, type NodeDefinition } from '../../src/graph/node-definition.js';
import { standardNodes } from '../../src/nodes/standard.js';
import type { RunEvent } from '../../src/runtime/events.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest } from '../support/context.js';
import { check } from '../support/pipelines.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

const base = { kind: 'own', summary: 'Puts something out.', params: {} } as const;
const scoring = { ...base, inputs: { block: 'block' }, outputs: { scores: 'scores' } } as const;
const masking = { ...base, inputs: { block: 'block' }, outputs: { positions: 'positions' } } as const;
const counting = { ...base, inputs: { block: 'block' }, outputs: { number: 'number' } } as const;
const levelling = { ...base, inputs: { block: 'block' }, outputs: { level: 'noise-level' } } as const;
const blocking = { ...base, inputs: { block: 'block' }, outputs: { block: 'block' } } as const;
const writing = { ...base, inputs: { canvas: 'canvas' }, outputs: { canvas: 'canvas' } } as const;
const level = { alphaT: 0.2, alphaS: 0.5, step: 0, steps: 4, last: false };

/** Runs a block of four with the node inside a loop; it goes wrong in the third firing. */
async function runWith(
  definition: NodeDefinition,
  consumers: Record<string, unknown> = {},
  more: readonly NodeDefinition[] = [],
): Promise<RunEvent> {
  const from = { block: 'steps.block', canvas: 'input.canvas', scores: 'doubt.scores' };
  const inputs = Object.keys(definition.inputs).map((name) => [name, from[name as keyof typeof from]]);
  const document = {
    format: 1,
    name: 'checked',
    inputs: { canvas: 'canvas', cache: 'cache' },
    nodes: {
      open: { kind: 'next-block', in: { canvas: 'input.canvas' }, params: { blockSize: 4 } },
      steps: {
        kind: 'loop',
        carry: { block: 'open.block' },
        max: 4,
        body: {
          predict: { kind: 'denoise-step', in: { cache: 'input.cache', block: 'steps.block' } },
          doubt: { kind: 'uncertainty', in: { prediction: 'predict.prediction' } },
          all: { kind: 'open-positions', in: { block: 'steps.block' } },
          own: { kind: 'own', in: Object.fromEntries(inputs) },
          ...consumers,
          drawn: {
            kind: 'draw',
            in: { prediction: 'predict.prediction', block: 'open.block', among: 'all.positions' },
          },
        },
        next: { block: 'drawn.block' },
      },
      advance: { kind: 'block-advance', in: { canvas: 'input.canvas', block: 'steps.block' } },
    },
    outputs: { canvas: 'advance.canvas' },
  };
  const denoiser = lumpyDenoiser({ ...absorbingManifest, length: 4 });
  const registry = standardNodes.with([definition, ...more]);
  const last = await lastValueFrom(run(check(document, registry), { model: { denoiser, tokenizer: null } }));
  expect(denoiser.live).toBe(0);
  return last;
}

/** Right in the first two firings. */
function thirdTime<T>(right: T, wrong: T): () => T {
  let firings = 0;
  return () => (++firings % 3 === 0 ? wrong : right);
}

const four = [1, 2, 3, 4];
const mask = [true, false, true, false];
const text = { tokens: [1], length: 4, promptLength: 0, ended: false };

const faulty: readonly (readonly [string, () => NodeDefinition, RegExp])[] = [
  ...[
    ['NaN', [1, NaN, 3, 4], /"scores" has an entry that is not a number: NaN at index 1/],
    ['nothing', [1, undefined, 3, 4], /"scores" has an entry that is not a number: undefined at index 1/],
    ['a hole', Object.assign(new Array(4), { 0: 1 }), /not a number: undefined at index 1/],
    ['too few scores', [1, 2, 3], /"scores" has only 3 entries for a block of 4/],
    ['no score', [], /"scores" has only 0 entries for a block of 4/],
    ['too many scores', [1, 2, 3, 4, 5], /"scores" has 5 entries for a block of 4/],
  ].map(
    ([what, wrong, message]) =>
      [
        what as string,
        () => {
          const next = thirdTime(four, wrong as number[]);
          return defineNode({ ...scoring, step: () => ({ scores: next() }) });
        },
        message as RegExp,
      ] as const,
  ),
  ...[
    ['a short mask', [true], /"positions" has only 1 entries for a block of 4/],
    ['a long mask', [...mask, ...mask], /"positions" has 8 entries for a block of 4/],
    ['a mask of numbers', [1, 0, 1, 0], /"positions" has an entry that is not true or false: 1 at index 0/],
  ].map(
    ([what, wrong, message]) =>
      [
        what as string,
        () => {
          const next = thirdTime(mask, wrong as boolean[]);
          return defineNode({ ...masking, step: () => ({ positions: next() }) });
        },
        message as RegExp,
      ] as const,
  ),
  [
    'NaN for a number',
    () => {
      const next = thirdTime(1, NaN);
      return defineNode({ ...counting, step: () => ({ number: next() }) });
    },
    /"number" is not a number/,
  ],
  ...(
    [
      [{ alphaT: -0.1 }, /"level" has an alpha of -0\.1, which is no probability/],
      [{ alphaS: 1.5 }, /"level" has an alpha of 1\.5, which is no probability/],
      [{ alphaS: NaN }, /"level" has an alpha of NaN, which is no probability/],
      [{ steps: NaN }, /"level" has NaN for step or steps/],
    ] as const
  ).map(
    ([change, message]) =>
      [
        `a level with ${JSON.stringify(change)}`,
        () => {
          const next = thirdTime(level, { ...level, ...change });
          return defineNode({ ...levelling, step: () => ({ level: next() }) });
        },
        message,
      ] as const,
  ),
  ...(
    [
      [{ tokens: [1, 2, 9, 0] }, /"block" has the token 9, which is not in the vocabulary, at index 2/],
      [{ tokens: [1, NaN, 1, 0] }, /"block" has the token NaN/],
      [{ fixed: [false] }, /"block" says of 1 positions whether they are fixed, and has 4/],
      [{ start: -1 }, /"block" starts at -1/],
    ] as const
  ).map(
    ([change, message]) =>
      [
        `a block with ${JSON.stringify(change)}`,
        () => {
          const next = thirdTime<object>({}, change);
          return defineNode({ ...blocking, step: ({ inputs: { block } }) => ({ block: { ...block, ...next() } }) });
        },
        message,
      ] as const,
  ),
  ...(
    [
      [{ tokens: [7] }, /"canvas" has the token 7/],
      [{ tokens: [1, 1, 1, 1, 1] }, /"canvas" has 5 tokens in a row of 4/],
      [{ length: NaN }, /"canvas" has 1 tokens in a row of NaN/],
      [{ promptLength: -1 }, /"canvas" has a prompt of -1 tokens/],
    ] as const
  ).map(
    ([change, message]) =>
      [
        `a canvas with ${JSON.stringify(change)}`,
        () => {
          const next = thirdTime(text, { ...text, ...change });
          return defineNode({ ...writing, step: () => ({ canvas: next() }) });
        },
        message,
      ] as const,
  ),
];

describe('what a node puts out is looked at in every firing:', () => {
  it.each(faulty)('%s', async (_, make, message) => {
    const last = await runWith(make());
    if (last.type !== 'failed') throw new Error(`the run ended with ${last.type}`);
    expect(last.failure).toMatchObject({
      node: 'steps/own',
      kind: 'own',
      row: 0,
      tag: [{ path: 'steps', iteration: 2 }],
    });
    expect(last.message).toMatch(/^node "steps\/own" \(own\) at steps\[2\], row 0: its output /);
    expect(last.message).toMatch(message);
  });

  it.each<[string, NodeDefinition]>([
    ['infinite scores', defineNode({ ...scoring, step: () => ({ scores: [1, Infinity, -Infinity, 0] }) })],
    ['a mask with the position behind', defineNode({ ...masking, step: () => ({ positions: [...mask, true] }) })],
    [
      'a level at its bounds',
      defineNode({ ...levelling, step: () => ({ level: { ...level, alphaT: 0, alphaS: 1 } }) }),
    ],
  ])('%s may be', async (_, definition) => {
    expect(await runWith(definition)).toMatchObject({ type: 'finished' });
  });
});

describe('inputs of one node', () => {
  const apart = defineNode({
    ...base,
    inputs: { canvas: 'canvas' },
    outputs: { scores: 'scores' },
    step: () => ({ scores: [1, 2, 3] }),
  });

  it('have to cover the same positions, and where they come from is named', async () => {
    const worst = {
      worst: { kind: 'select-worst', in: { scores: 'own.scores', among: 'all.positions', count: 'one.value' } },
      one: { kind: 'constant', params: { value: 1 } },
    };
    const last = await runWith(apart, worst);
    expect(last).toMatchObject({ type: 'failed', failure: { node: 'steps/worst', kind: 'select-worst', row: 0 } });
    expect(last).toMatchObject({
      message: expect.stringMatching(
        /its inputs do not cover the same positions: "scores" from node "steps\/own" covers 3, "among" from node "steps\/all" covers 4$/,
      ),
    });
  });

  it('have to cover the block that goes in with them', async () => {
    const mine = defineNode({
      ...base,
      kind: 'mine',
      inputs: { block: 'block', scores: 'scores' },
      outputs: { flag: 'flag' },
      step: () => ({ flag: true }),
    });
    const last = await runWith(apart, { mine: { kind: 'mine', in: { block: 'open.block', scores: 'own.scores' } } }, [
      mine,
    ]);
    expect(last).toMatchObject({
      type: 'failed',
      failure: { node: 'steps/mine', kind: 'mine' },
      message: expect.stringMatching(/"block" from node "open" covers 4, "scores" from node "steps\/own" covers 3/),
    });
  });

  it('make no NaN of infinite scores without a word', async () => {
    const infinite = defineNode({ ...scoring, step: () => ({ scores: [1, Infinity, 0, 0] }) });
    const last = await runWith(infinite, {
      none: { kind: 'constant', params: { value: 0 } },
      scaled: { kind: 'scale-scores', in: { scores: 'own.scores', by: 'none.value' } },
    });
    expect(last).toMatchObject({
      type: 'failed',
      failure: { node: 'steps/scaled', kind: 'scale-scores' },
      message: expect.stringMatching(/its output "scores" has an entry that is not a number: NaN at index 1/),
    });
  });
});
