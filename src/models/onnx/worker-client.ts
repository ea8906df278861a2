import { Worker } from 'node:worker_threads';
import { match } from 'ts-pattern';
import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';
import type { ReadOptions } from '../checkpoint/pieces.js';
import { flagsFor, processFile } from '../process/run.js';
import { quietlyMeanwhile } from '../quietly.js';
import { Gate } from './engine/gate.js';
import type { Fault, FromWorker, ToWorker } from './engine/messages.js';
import type { EngineOptions } from './engine/open.js';
import { disposedOf, type EngineReply, type EngineRequest, type Transport } from './engine/protocol.js';
import { turns } from './engine/turns.js';
import type { NetworkSize } from './network/network.js';
import { keepAllBits, refuseTelemetry } from './runtime.js';

export interface RemoteEngine {
  readonly transport: Transport;
  readonly size: NetworkSize;
}

/** Opens an engine in a thread of its own. Throws what opening throws; ends with the signal's reason. */
export function openRemoteEngine(options: EngineOptions, reading: ReadOptions = {}): Promise<RemoteEngine> {
  const file = processFile('worker', import.meta.url);
  refuseTelemetry();
  if (options.provider === 'cuda') keepAllBits();
  const open = () => connect(new Worker(file, { execArgv: flagsFor(file) }), options, reading);
  return options.provider === 'webgpu' ? quietlyMeanwhile(open) : open();
}

/** Waits until a thread that has just been started has opened its engine. */
export async function connect(
  worker: Worker,
  options: EngineOptions,
  { progress, signal }: ReadOptions = {},
): Promise<RemoteEngine> {
  const transport = new WorkerTransport(worker, (done, total) => progress?.(done, total));
  const abort = () => void transport.dispose(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    signal?.throwIfAborted();
    transport.open(options);
    return { transport, size: await transport.opened };
  } catch (error) {
    await transport.dispose();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** Gates of all threads there are. */
const gates = new Set<Gate>();
/** How long the end of the process waits for a pass to come to its end, in milliseconds. */
const patience = 10_000;

function closeGates(): void {
  for (const gate of gates) gate.close(patience);
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The way to an engine in another thread. The thread keeps the process alive only while it is asked something. When it
 * dies, all that waits and everything afterwards is refused with a sentence that says so.
 */
class WorkerTransport implements Transport {
  readonly opened: Promise<NetworkSize>;
  readonly #worker: Worker;
  readonly #progress: (done: number, total: number) => void;
  readonly #gate = new Gate();
  readonly #exited: Promise<void>;
  readonly #waiting = new Map<number, Waiting<EngineReply>>();
  #opening: Waiting<NetworkSize> | null = null;
  #ended: { readonly reason: unknown } | null = null;
  #ids = 0;

  constructor(worker: Worker, progress: (done: number, total: number) => void) {
    this.#worker = worker;
    this.#progress = progress;
    this.opened = new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
    });
    // Nobody may be waiting for it when it fails.
    this.opened.catch(() => undefined);
    worker.on('message', (message: FromWorker) => this.#receive(message));
    worker.on('messageerror', (error) => this.#end(died(error)));
    worker.on('error', (error) => this.#end(died(error)));
    if (gates.size === 0) process.on('exit', closeGates);
    gates.add(this.#gate);
    const { threadId } = worker;
    this.#exited = new Promise((resolve) => {
      worker.on('exit', (code) => {
        turns.end(threadId);
        gates.delete(this.#gate);
        if (gates.size === 0) process.off('exit', closeGates);
        this.#end(died(new Error(`exit code ${code}`)));
        resolve();
      });
    });
  }

  open(options: EngineOptions): void {
    this.#post({ kind: 'open', options, gate: this.#gate.shared, turns: turns.shared });
  }

  send(request: EngineRequest): Promise<EngineReply> {
    if (this.#ended !== null) return Promise.reject(asError(this.#ended.reason));
    this.#ids += 1;
    const id = this.#ids;
    this.#post({ kind: 'request', id, request });
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
    });
  }

  async dispose(reason: unknown = new Error(disposedOf)): Promise<void> {
    this.#end(reason);
    // Whoever waits for the end must not be left by a process that ends before.
    this.#worker.ref();
    // It ends by itself: a thread that is terminated inside the library takes the whole process along.
    this.#post({ kind: 'end' });
    await this.#exited;
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    match(message)
      .with({ kind: 'progress' }, ({ done, total }) => this.#progress(done, total))
      .with({ kind: 'opened' }, ({ size }) => {
        this.#opening?.resolve(size);
        this.#opening = null;
      })
      .with({ kind: 'refused' }, ({ fault }) => this.#end(errorOf(fault)))
      .with({ kind: 'reply' }, ({ id, reply }) => this.#settle(id)?.resolve(reply))
      .with({ kind: 'failed' }, ({ id, fault }) => this.#settle(id)?.reject(errorOf(fault)))
      .exhaustive();
    if (this.#ended === null && this.#opening === null && this.#waiting.size === 0) this.#worker.unref();
  }

  #settle(id: number): Waiting<EngineReply> | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  /** The first reason counts. */
  #end(reason: unknown): void {
    this.#ended ??= { reason };
    this.#opening?.reject(reason);
    this.#opening = null;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}

const died = (cause: unknown): Error =>
  new Error(`the thread that computes the model has ended (${messageOf(cause)}); open the model again`, { cause });

const errorOf = ({ message, input }: Fault): Error => (input ? new InputError(message) : new Error(message));

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(messageOf(reason)));
