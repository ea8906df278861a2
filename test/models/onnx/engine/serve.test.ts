import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { Gate } from '../../../../src/models/onnx/engine/gate.js';
import type { ToWorker } from '../../../../src/models/onnx/engine/messages.js';
import { tinyEngine } from '../support/tiny-engine.js';

it('leaves nobody inside the gate when the thread ends, so that the process need not wait', async () => {
  const gate = new Gate();
  const thread = new Worker(new URL('../support/tiny-worker.ts', import.meta.url));
  const options = { folder: 'ends inside', ...tinyEngine };
  thread.postMessage({ kind: 'open', options, gate: gate.shared } satisfies ToWorker);
  await once(thread, 'exit');
  expect(gate.shared).toEqual(new Gate().shared);
});
