import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import type { Model } from '../../../src/models/denoiser.js';
import { openModel } from '../../../src/models/open-model.js';
import { standardNodes } from '../../../src/nodes/standard.js';
import { readPipeline } from '../../../src/runtime/pipeline-file.js';
import { run } from '../../../src/runtime/run.js';
import { writeModel } from '../support/random-model.js';

/** Milliseconds that this process computes while rows are decoded, whatever else the machine does. */
async function computed(model: Model, rows: number): Promise<number> {
  const pipeline = readPipeline('pipelines/speculative-coupled.json', standardNodes);
  const before = process.cpuUsage();
  const last = await lastValueFrom(run(pipeline, { model, length: 8, rows }));
  const { user, system } = process.cpuUsage(before);
  expect(last.type).toBe('finished');
  return (user + system) / 1000;
}

// A guard against steps that take the square of the rows. Four times the rows took 16 times as long with one such step.
it('takes not much more than four times as long for four times the rows, wherever each of them stands', async () => {
  const model = await openModel(await writeModel(), { backend: 'onnx', threads: 1 });
  await computed(model, 64);
  const few = await computed(model, 256);
  expect((await computed(model, 1024)) / few).toBeLessThan(9);
  model.denoiser.dispose();
}, 120_000);
