import { denoise } from '../../support/calls.js';
import { openTiny } from './tiny-model.js';
import { trouble } from './tiny-worker.js';

// Nothing here waits or disposes: the pending forward has to keep the process alive, the idle thread must not.
const denoiser = await openTiny('tiny');
void denoiser.forward([denoise(denoiser.openCache(), [trouble.takeLong])]).then(([reply]) => {
  console.log(reply?.ok === true ? 'answered' : 'failed');
});
