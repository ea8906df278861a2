// Stands in for src/models/auto/probe-process.ts: what it does depends on the backend that it is given.
import { writeSync } from 'node:fs';
import { match } from 'ts-pattern';
import { probeRequest, type ProbeMessage } from '../../../src/models/auto/probe-report.js';
import { serveProcess } from '../../../src/models/process/serve.js';

await serveProcess(async (given, send) => {
  const { backend, models } = probeRequest.parse(given);
  const tell = (...messages: ProbeMessage[]) => Promise.all(messages.map((message) => send(message)));
  const verified = { kind: 'compared', difference: 1e-6, tolerance: 1e-4 } as const;
  await tell({ kind: 'stage', stage: 'loading' });
  await match(backend)
    .with('onnx', async () => {
      process.stdout.write('chatter of a library\n');
      await tell({ kind: 'found', device: 'a processor', notes: ['as it is'] }, verified);
      for (const { name } of models) await tell({ kind: 'timed', model: name, milliseconds: 2 });
      await tell({ kind: 'done' });
    })
    .with('webgpu', async () => {
      await tell(
        { kind: 'found', device: 'a card', notes: [] },
        { kind: 'compared', difference: NaN, tolerance: 1e-4 },
      );
      await tell({ kind: 'done' });
    })
    .with('onnx-cuda', () => tell({ kind: 'missing', reason: 'no card' }, { kind: 'done' }))
    // A crash in the middle, after chatter, and one when all has been told.
    .with('onnx-webgpu', async () => {
      await tell(verified, { kind: 'stage', stage: 'timing a model' });
      writeSync(2, 'chatter\nthe driver is gone\n\n');
      // Node adds where it was in the code.
      process.abort();
    })
    .with('tensorflow', async () => {
      await tell(verified, { kind: 'done' });
      process.abort();
    })
    .with('wasm', () => new Promise((resolve) => setTimeout(resolve, 100_000)))
    .exhaustive();
});
