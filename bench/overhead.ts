import { lastValueFrom } from 'rxjs';
import { defineNode, type NodeDefinition } from '../src/graph/node-definition.js';
import { createRegistry, type Registry } from '../src/graph/registry.js';
import type { Model } from '../src/models/denoiser.js';
import { openModel } from '../src/models/open-model.js';
import { standardNodes } from '../src/nodes/standard.js';
import { run } from '../src/runtime/run.js';
import { readPipeline } from '../src/runtime/pipeline-file.js';
import { absorbingManifest } from '../test/support/context.js';
import { NullDenoiser } from '../test/support/null-denoiser.js';
import { handLoop } from './hand-loop.js';
import { median, paired } from './measure.js';

const shape = { blockSize: 16, steps: 16 };

/** The runtime against a hand-written loop over the same denoiser calls, on the shipped model. */
async function againstHandLoop(model: Model, rows: number, length: number, rounds: number): Promise<void> {
  const arpc = readPipeline('pipelines/arpc.json', standardNodes);
  const result = await paired(
    () => lastValueFrom(run(arpc, { model, rows, length })),
    () => handLoop(model.denoiser, { rows, length, ...shape }),
    rounds,
  );
  console.log(
    `${rows.toString()} row(s) of ${length.toString()} tokens: runtime ${result.a.toFixed(1)} ms, hand-written loop ` +
      `${result.b.toFixed(1)} ms, ratio ${result.ratio.toFixed(3)} (${result.ratioMin.toFixed(3)} to ` +
      `${result.ratioMax.toFixed(3)}, ${result.rounds.toString()} rounds)`,
  );
}

/** A registry whose nodes count their firings. */
function counting(registry: Registry, count: () => void): Registry {
  return createRegistry(
    registry.definitions.map((definition): NodeDefinition => {
      if ('step' in definition) {
        return defineNode({ ...definition, step: (firing) => (count(), definition.step(firing)) });
      }
      if ('forward' in definition) {
        return defineNode({ ...definition, forward: (firing) => (count(), definition.forward(firing)) });
      }
      return defineNode({ ...definition, ask: (firing) => (count(), definition.ask(firing)) });
    }),
  );
}

/** Microseconds a firing with a model that does nothing. */
async function perFiring(rows: number, length: number, rounds: number): Promise<void> {
  const model: Model = { denoiser: new NullDenoiser({ ...absorbingManifest, length }), tokenizer: null };
  let firings = 0;
  const counted = readPipeline(
    'pipelines/arpc.json',
    counting(standardNodes, () => firings++),
  );
  await lastValueFrom(run(counted, { model, rows, length }));
  const arpc = readPipeline('pipelines/arpc.json', standardNodes);
  const times: number[] = [];
  for (let round = 0; round < rounds + 2; round++) {
    const began = performance.now();
    await lastValueFrom(run(arpc, { model, rows, length }));
    times.push(performance.now() - began);
  }
  const best = times.slice(2);
  const each = (milliseconds: number): string => ((milliseconds * 1000) / firings).toFixed(2);
  console.log(
    `null model, ${rows.toString()} rows of ${length.toString()} tokens: ${firings.toString()} firings, ` +
      `${each(median(best))} microseconds a firing (${each(Math.min(...best))} to ${each(Math.max(...best))})`,
  );
}

export async function overhead(): Promise<void> {
  await perFiring(64, 128, 9);
  if (process.argv[3] === 'null') return;
  const model = await openModel('models/tinyshakespeare-absorb');
  await againstHandLoop(model, 1, 128, 31);
  await againstHandLoop(model, 8, 128, 9);
}
