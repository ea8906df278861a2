import type { MessagePort } from 'node:worker_threads';
import { match } from 'ts-pattern';
import { InputError } from '../../../graph/input-error.js';
import { messageOf } from '../../../graph/message-of.js';
import type { ReadOptions } from '../../checkpoint/pieces.js';
import type { NetworkSize } from '../network/network.js';
import { Gate } from './gate.js';
import type { Fault, FromWorker, ToWorker } from './messages.js';
import type { EngineOptions } from './open.js';
import type { Transport } from './protocol.js';
import type { SharedMemory } from './shared-memory.js';
import { Turns } from './turns.js';

export type OpenTransport = (
  options: EngineOptions,
  reading: ReadOptions,
  shared: SharedMemory,
) => Promise<{ readonly engine: Transport; readonly size: NetworkSize }>;

/** Opens an engine and answers the requests that come through the port, until it says that the thread is to end. */
export function serveEngine(port: MessagePort, open: OpenTransport): void {
  let engine: Transport | null = null;
  let opening: Promise<void> = Promise.resolve();
  const ending = new AbortController();
  const post = (message: FromWorker) => port.postMessage(message);
  const start = async (options: EngineOptions, shared: SharedMemory): Promise<void> => {
    const progress = (done: number, total: number) => post({ kind: 'progress', done, total });
    const opened = await open(options, { progress, signal: ending.signal }, shared);
    engine = opened.engine;
    post({ kind: 'opened', size: opened.size });
  };
  port.on('message', (message: ToWorker) =>
    match(message)
      .with({ kind: 'open' }, (message) => {
        const [gate, turns] = [new Gate(message.gate), new Turns(message.turns)];
        // A thread can end between asking the library and its answer; the process must not wait for that.
        process.once('exit', () => gate.abandon());
        opening = start(message.options, { gate, turns }).catch((error: unknown) =>
          post({ kind: 'refused', fault: faultOf(error) }),
        );
      })
      .with({ kind: 'request' }, ({ id, request }) => {
        const reply = engine?.send(request) ?? Promise.reject(new Error('the engine is not open yet'));
        reply.then(
          (value) => post({ kind: 'reply', id, reply: value }),
          (error: unknown) => post({ kind: 'failed', id, fault: faultOf(error) }),
        );
      })
      .with({ kind: 'end' }, () => {
        ending.abort();
        // Opening may have files to remove, and what lies on a device does not go with a thread. It ends this thread only.
        const end = () => process.exit();
        void opening.then(() => engine?.dispose()).then(end, end);
      })
      .exhaustive(),
  );
}

const faultOf = (error: unknown): Fault => ({ message: messageOf(error), input: error instanceof InputError });
