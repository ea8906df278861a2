import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { InputError } from '../../../../src/graph/input-error.js';
import { Engine } from '../../../../src/models/onnx/engine/engine.js';
import { HostMachine } from '../../../../src/models/onnx/engine/host-machine.js';
import type { EngineRequest } from '../../../../src/models/onnx/engine/protocol.js';
import { serveEngine } from '../../../../src/models/onnx/engine/serve.js';
import { HostAnswerer } from './host-answerer.js';
import { NaiveNetwork } from './naive-network.js';

/** What token does what to the thread of a model opened as `tiny`. */
export const trouble = { exit: 5, throwLater: 4, takeLong: 3 } as const;

/** A thread of an engine on a network that is written down plainly; what it is opened with says how it behaves. */
if (parentPort !== null) {
  serveEngine(parentPort, async ({ folder }, { progress, signal }, { gate }) => {
    if (folder === 'refused') throw new InputError('refused is no checkpoint');
    progress?.(1, 2);
    // No library of ours: a call that comes back only after a minute, whatever becomes of the thread.
    if (folder === 'never returns') await gate.enter(() => Promise.resolve(spawnSync('sleep', ['60'])));
    if (folder === 'ends inside') await gate.enter(() => process.exit());
    if (folder === 'endless') await sleep(1e6, undefined, { signal });
    const network = new NaiveNetwork();
    network.before = ({ tokens }) => {
      if (tokens.includes(trouble.exit)) process.exit(7);
      if (tokens.includes(trouble.throwLater)) {
        setImmediate(() => {
          throw new Error('out of memory');
        });
        throw new Error('not yet');
      }
    };
    const engine = new Engine(new HostMachine(network, 100), new HostAnswerer(6));
    const slow = {
      send: async (request: EngineRequest) => {
        if (request.request === 'forward' && request.calls.some(({ tokens }) => tokens.includes(trouble.takeLong))) {
          await sleep(300);
        }
        return engine.send(request);
      },
      dispose: async () => {
        await engine.dispose();
        if (isAbsolute(folder)) writeFileSync(folder, network.disposed ? 'given back' : 'kept');
      },
    };
    return { engine: slow, size: network.size };
  });
}
