import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../src/models/denoiser.js';
import { openModel } from '../../src/models/open-model.js';
import { run } from '../../src/runtime/run.js';
import { pipeline } from '../support/pipelines.js';
import { writeModel } from './support/random-model.js';

/** Samplers that put positions in order; a row's first block is all masks, so all its positions have one prediction. */
const samplers = [
  { name: 'entropy-bounded', params: { gamma: 0.1 } },
  { name: 'margin', params: { steps: 8 } },
  { name: 'threshold', params: { threshold: 1 } },
  { name: 'confidence-top-k', params: { steps: 8 } },
  { name: 'infill', params: { steps: 8 } },
  { name: 'diffusion-corrector', params: { steps: 8, measure: 'entropy' } },
  { name: 'diffusion-corrector', params: { steps: 8, measure: 'confidence', temperature: 0.1 } },
  { name: 'diffusion-corrector', params: { steps: 8, measure: 'margin', temperature: 0.5 } },
];

describe('rows without a prompt', () => {
  const models: Model[] = [];
  beforeAll(async () => {
    const folder = await writeModel({ hidden: 32, heads: 2, layers: 2, vocabulary: 29, length: 32, scale: 3 });
    for (const backend of ['onnx', 'wasm'] as const) models.push(await openModel(folder, { backend }));
  });
  afterAll(() => {
    for (const { denoiser } of models) denoiser.dispose();
  });

  it.each(samplers)('are the same on onnx and wasm: $name $params', async ({ name, params }) => {
    const [onnx = [], wasm = []] = await Promise.all(
      models.map(async (model) => {
        const request = { model, params: { ...params, blockSize: 16 }, rows: 30, length: 16, seed: 5 };
        const last = await lastValueFrom(run(pipeline(name), request));
        if (last.type !== 'finished') throw new Error(JSON.stringify(last));
        return last.rows.map(({ tokens }) => tokens.join(' '));
      }),
    );
    expect(new Set(onnx).size).toBeGreaterThan(5);
    expect(wasm).toEqual(onnx);
  });
});
