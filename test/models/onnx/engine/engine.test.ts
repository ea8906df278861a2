import { expect, it } from 'vitest';
import { denoise } from '../../support/calls.js';
import { localModel } from '../support/local-model.js';

const gone = { ok: false, error: { message: 'the model has been disposed of' } };

it('that is disposed of comes to the end of its pass and begins no other', async () => {
  const { denoiser, engine, network } = localModel({ length: 2000 });
  const ended: Promise<void>[] = [];
  // In the midst of the first of two pieces of a long text.
  network.before = () => ended.push(engine.dispose(), engine.dispose());
  const cache = denoiser.openCache().follow(Array.from({ length: 400 }, (_, i) => i % 5));
  const [long, next] = await Promise.all([
    denoiser.forward([denoise(cache, [6, 6])]),
    denoiser.forward([denoise(denoiser.openCache(), [6])]),
  ]);
  expect([long[0], next[0]]).toMatchObject([gone, gone]);
  await Promise.all(ended);
  expect(ended).toHaveLength(2);
  expect(network.passes).toHaveLength(1);
  expect(network.disposed).toBe(true);
});
