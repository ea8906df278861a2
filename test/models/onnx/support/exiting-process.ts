import { openModel } from '../../../../src/models/open-model.js';
import { denoise } from '../../support/calls.js';
import { writeModel } from '../../support/random-model.js';

// Ends the process in the middle of forwards.
const folder = await writeModel({ hidden: 384, heads: 6, layers: 6, vocabulary: 3000 });
const { denoiser } = await openModel(folder, { backend: 'onnx', threads: 1 });
const cache = denoiser.openCache();
const block = Array.from({ length: 160 }, (_, index) => index);
const waiting = Array.from({ length: 20 }, () => denoiser.forward([denoise(cache, block)]));
await waiting[0];
setTimeout(() => {
  console.log('ends');
  process.exit();
}, 5);
