import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defineNode, type NodeDefinition } from '../../src/graph/node-definition.js';
import { standardNodes } from '../../src/nodes/standard.js';
import { openModel } from '../../src/models/open-model.js';
import type { Denoiser } from '../../src/models/denoiser.js';
import type { RunEvent } from '../../src/runtime/events.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest } from '../support/context.js';
import { check } from '../support/pipelines.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

const base = { summary: 'Misuses a handle.', params: {}, kind: 'own' } as const;
const caches = { ...base, inputs: { cache: 'cache' }, outputs: { cache: 'cache' } } as const;
const predictions = { ...base, inputs: { prediction: 'prediction' }, outputs: { prediction: 'prediction' } } as const;
/** What a node in plain JavaScript may ask for. */
const wrong = (value: unknown): never => value as never;

function runWith(definition: NodeDefinition, denoiser: Denoiser): Promise<RunEvent> {
  const [port = 'cache'] = Object.keys(definition.inputs);
  const given = port === 'cache' ? 'input.cache' : 'predict.prediction';
  const document = {
    format: 1,
    name: 'misused',
    inputs: { canvas: 'canvas', cache: 'cache' },
    nodes: {
      open: { kind: 'next-block', in: { canvas: 'input.canvas' }, params: { blockSize: 4 } },
      predict: { kind: 'denoise-step', in: { cache: 'input.cache', block: 'open.block' } },
      own: { kind: 'own', in: { [port]: given } },
      // Reads what went in and what came out, so that the fault would come to light in one of these.
      again: {
        kind: 'denoise-step',
        in: { cache: port === 'cache' ? 'own.cache' : 'input.cache', block: 'open.block' },
      },
      doubt: {
        kind: 'uncertainty',
        in: { prediction: port === 'cache' ? 'again.prediction' : 'own.prediction' },
      },
      all: { kind: 'open-positions', in: { block: 'open.block' } },
      drawn: { kind: 'draw', in: { prediction: 'predict.prediction', block: 'open.block', among: 'all.positions' } },
      advance: { kind: 'block-advance', in: { canvas: 'input.canvas', block: 'drawn.block' } },
    },
    outputs: { canvas: 'advance.canvas', scores: 'doubt.scores' },
  };
  const pipeline = check(document, standardNodes.with([definition]));
  return lastValueFrom(run(pipeline, { model: { denoiser, tokenizer: null }, length: 4 }));
}

const cases: readonly (readonly [string, NodeDefinition, RegExp])[] = [
  [
    'hands a cache on without retaining it',
    defineNode({ ...caches, step: ({ inputs }) => ({ cache: inputs.cache }) }),
    /it hands its input "cache" on as its output "cache" without a reference of its own: call retain\(\) on it first$/,
  ],
  [
    'hands a prediction on without retaining it',
    defineNode({ ...predictions, step: ({ inputs }) => ({ prediction: inputs.prediction }) }),
    /it hands its input "prediction" on as its output "prediction" without a reference of its own: call retain\(\)/,
  ],
  [
    'releases what it only borrows',
    defineNode({
      ...predictions,
      step: ({ inputs: { prediction } }) => {
        const tempered = prediction.shaped({ shape: 'temperature', value: 2 });
        prediction.release();
        return { prediction: tempered };
      },
    }),
    /it releases its input "prediction", which it only borrows/,
  ],
  ...(
    [
      [
        { shape: 'bias' },
        /a prediction cannot be shaped by "bias": expected one of temperature, top-k, nucleus, min-p$/,
      ],
      [{ shape: 'topk', count: 3 }, /shaped by "topk": expected one of .*; did you mean "top-k"\?$/],
      [undefined, /a prediction cannot be shaped by undefined: expected one of/],
      [{ shape: 'top-k', count: 1.5 }, /a prediction shaped by top-k needs a count, an integer, 1 or more, not 1\.5$/],
      [{ shape: 'temperature', value: NaN }, /shaped by temperature needs a value, a number, 0 or more, not NaN$/],
      [{ shape: 'nucleus' }, /shaped by nucleus needs a mass, a number from 0 to 1, not undefined$/],
    ] as const
  ).map(
    ([shape, message]) =>
      [
        `shapes a prediction by ${JSON.stringify(shape)}`,
        defineNode({ ...predictions, step: ({ inputs }) => ({ prediction: inputs.prediction.shaped(wrong(shape)) }) }),
        message,
      ] as const,
  ),
];

describe.each([
  ['a table', () => Promise.resolve<Denoiser>(lumpyDenoiser({ ...absorbingManifest, blockSizes: null }))],
  ['onnx', () => openModel('test/fixtures/parity/blockgen-absorb-causal').then(({ denoiser }) => denoiser)],
  [
    'wasm',
    () => openModel('test/fixtures/parity/blockgen-absorb-causal', { backend: 'wasm' }).then((each) => each.denoiser),
  ],
] as const)('on %s a node that', (_, open) => {
  it('misuses a handle is named, with what to do', async () => {
    const denoiser = await open();
    for (const [what, definition, message] of cases) {
      const last = await runWith(definition, denoiser);
      expect(last, what).toMatchObject({ type: 'failed', failure: { node: 'own', kind: 'own', row: 0 } });
      expect(last.type === 'failed' ? last.message : '', what).toMatch(message);
      await new Promise((resolve) => setImmediate(resolve));
      expect(denoiser.live, what).toBe(0);
    }
    denoiser.dispose();
  });

  it('retains a handle before it hands it on is left alone', async () => {
    const denoiser = await open();
    const rightly = defineNode({
      ...predictions,
      step: ({ inputs: { prediction } }) => {
        prediction.retain();
        return { prediction };
      },
    });
    expect(await runWith(rightly, denoiser)).toMatchObject({ type: 'finished' });
    expect(denoiser.live).toBe(0);
    denoiser.dispose();
  });
});
