import { fileURLToPath } from 'node:url';
import { loadPipeline, openModel, run } from '../../../dist/index.js';

const clone = fileURLToPath(new URL('../../..', import.meta.url));

/** What runs are asked for. */
export const long = { prompt: 'ROMEO:', length: 128, seed: 7 };
export const short = { prompt: 'ROMEO:', length: 22, seed: 3, params: { steps: 4, blockSize: 8 } };

/** What Node gives for the same requests. */
export async function resultsInNode() {
  const [arpc, uniform, shortArpc, shortBlocks] = await Promise.all([
    inNode('arpc', 'tinyshakespeare-absorb', long),
    inNode('block-ancestral', 'tinyshakespeare-uniform', short),
    inNode('arpc', 'tinyshakespeare-absorb', short),
    inNode('block-ancestral', 'tinyshakespeare-absorb', short),
  ]);
  return { arpc, uniform, shortArpc, shortBlocks };
}

async function inNode(name, model, request) {
  const opened = await openModel(`${clone}models/${model}`, { backend: 'wasm' });
  const finished = await new Promise((resolve, reject) => {
    run(loadPipeline(`${clone}pipelines/${name}.json`), { ...request, model: opened }).subscribe((event) => {
      if (event.type === 'finished') resolve(event);
      if (event.type === 'failed') reject(new Error(event.message));
    });
  });
  opened.denoiser.dispose();
  return { tokens: finished.rows[0].tokens, text: finished.rows[0].text, nfe: finished.statistics.nfe };
}
