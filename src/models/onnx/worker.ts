import { parentPort } from 'node:worker_threads';
import { openEngine } from './engine/open.js';
import { serveEngine } from './engine/serve.js';

if (parentPort === null) throw new Error('this file is started as a thread');
serveEngine(parentPort, openEngine);
