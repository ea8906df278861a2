import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { Gate } from '../../../../src/models/onnx/engine/gate.js';
import type { ToWorker } from '../../../../src/models/onnx/engine/messages.js';
import { turns } from '../../../../src/models/onnx/engine/turns.js';
import { tinyEngine } from '../support/tiny-engine.js';

it('leaves nobody inside the gate when the thread ends, so that the process need not wait', async () => {
  const gate = new Gate();
  const thread = new Worker(new URL('../support/tiny-worker.ts', import.meta.url));
  const options = { folder: 'ends inside', ...tinyEngine };
  thread.postMessage({ kind: 'open', options, gate: gate.shared, turns: turns.shared } satisfies ToWorker);
  await once(thread, 'exit');
  expect(gate.shared).toEqual(new Gate().shared);
});

it('gives back what is open before the thread ends, however often it is told to', async () => {
  const thread = new Worker(new URL('../support/tiny-worker.ts', import.meta.url));
  const note = join(await mkdtemp(join(tmpdir(), 'samplewire-serve-')), 'note');
  const options = { folder: note, ...tinyEngine };
  thread.postMessage({ kind: 'open', options, gate: new Gate().shared, turns: turns.shared } satisfies ToWorker);
  for (let i = 0; i < 2; i += 1) thread.postMessage({ kind: 'end' } satisfies ToWorker);
  await once(thread, 'exit');
  expect(await readFile(note, 'utf8')).toBe('given back');
});
