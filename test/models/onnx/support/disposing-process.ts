import { setTimeout as sleep } from 'node:timers/promises';
import { openModel } from '../../../../src/models/open-model.js';
import { denoise } from '../../support/calls.js';
import { writeModel } from '../../support/random-model.js';

// Disposes of a model in the middle of a forward, and ends an opening in the middle of making the session.
const folder = await writeModel({ hidden: 384, heads: 6, layers: 6, vocabulary: 3000 });
const { denoiser } = await openModel(folder, { backend: 'onnx', threads: 1 });
const cache = denoiser.openCache();
const block = Array.from({ length: 160 }, (_, index) => index);
const waiting = Array.from({ length: 20 }, () => denoiser.forward([denoise(cache, block)]));
await waiting[0];
await sleep(5);
denoiser.dispose();
const settled = (await Promise.all(waiting)).flat();
const stopping = new AbortController();
const opening = openModel(folder, {
  backend: 'onnx',
  signal: stopping.signal,
  progress: (done, total) => {
    if (done === total) setTimeout(() => stopping.abort(new Error('enough')), 5);
  },
});
const message = await opening.then(
  ({ denoiser: other }) => {
    other.dispose();
    return 'opened';
  },
  (error: unknown) => String(error),
);
console.log(
  settled.some(({ ok }) => !ok),
  message,
);
