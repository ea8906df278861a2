import { InputError } from '../../src/graph/input-error.js';
import type { ModelManifest } from '../../src/graph/manifest.js';
import type { RunRequest } from '../../src/runtime/request.js';
import { run } from '../../src/runtime/run.js';
import { NullDenoiser } from './null-denoiser.js';
import { pipeline, pipelineNames } from './pipelines.js';

/** A text of `length` tokens for pipelines that start from one; nothing for the others. */
export function sourceOf(name: string, length: number): Pick<RunRequest, 'source'> {
  const starts = pipeline(name).graph.inputs.some((input) => input.name === 'source');
  return starts ? { source: Array.from({ length }, (_, i) => (i * 7) % 3) } : {};
}

/** A quick request for a shipped pipeline: few steps, and blocks so short that a row has several of them. */
export function small(name: string, length: number): Pick<RunRequest, 'params' | 'length' | 'source'> {
  const { params } = pipeline(name).graph;
  const settings = Object.entries({ steps: 3, blockSize: 4 }).filter(([param]) => Object.hasOwn(params, param));
  return { params: Object.fromEntries(settings), length, ...sourceOf(name, length) };
}

/** Names of the shipped pipelines that run on a model like this one. */
export const namesOn = (manifest: ModelManifest): readonly string[] =>
  pipelineNames.filter((name) => {
    const model = { denoiser: new NullDenoiser(manifest), tokenizer: null };
    try {
      run(pipeline(name), { model, ...small(name, manifest.length) });
      return true;
    } catch (error) {
      if (error instanceof InputError) return false;
      throw error;
    }
  });
