import { Worker } from 'node:worker_threads';
import { openSession } from '../../src/cli/session.js';
import { connect } from '../../src/models/onnx/worker-client.js';
import { flagsFor } from '../../src/models/process/run.js';

// A command whose engine thread never comes back, whatever it is told.
const session = openSession(process, 500);
session.beforeEnd(() => console.log('cursor is back'));
session.signal.addEventListener('abort', () => console.log('stopping'));
const file = new URL('../models/onnx/support/tiny-worker.ts', import.meta.url);
const worker = new Worker(file, { execArgv: flagsFor(file) });
await connect(
  worker,
  { folder: 'never returns', maskId: null, threads: 1, precision: 'fp32', provider: 'cpu' },
  { progress: () => console.log('stuck'), signal: session.signal },
);
