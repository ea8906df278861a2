import { expect, it, vi } from 'vitest';
import { ModelHolder } from '../../examples/browser/model-holder.js';
import type { Model } from '../../src/browser/index.js';
import { absorbingManifest } from '../support/context.js';
import { NullDenoiser } from '../support/null-denoiser.js';

it('lets go of a model that was open only after another one was wanted', async () => {
  const disposed: string[] = [];
  const open = async (from: unknown): Promise<Model> => {
    await Promise.resolve();
    const denoiser = new NullDenoiser({ ...absorbingManifest, name: String(from) });
    denoiser.dispose = () => void disposed.push(denoiser.manifest.name);
    return { denoiser, tokenizer: null };
  };
  const holder = new ModelHolder(open);
  const get = (from: string, signal: AbortSignal) => holder.get({ from, backend: '' }, vi.fn(), signal);
  const first = new AbortController();
  const opening = get('a/', first.signal);
  first.abort(new Error('another one'));
  const { signal } = new AbortController();
  const second = get('b/', signal);
  await expect(opening).rejects.toThrow('another one');
  const model = await second;
  expect(disposed).toEqual(['a/']);
  expect(await get('b/', signal)).toBe(model);
  await get('c/', signal);
  expect(disposed).toEqual(['a/', 'b/']);
});
