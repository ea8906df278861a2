import { isRecord } from '../../../graph/is-record.js';

/** As much as is needed here of workers, which Node's types do not know. */
interface PageWorker {
  addEventListener(type: 'error', listener: (event: WorkerTrouble) => void): void;
  postMessage(message: unknown): void;
  terminate(): void;
}

interface WorkerTrouble {
  /** Left out where the browser refuses the worker itself. */
  readonly message?: string;
  preventDefault(): void;
  stopImmediatePropagation(): void;
}

type WorkerClass = new (...given: readonly unknown[]) => PageWorker;

declare const Worker: WorkerClass | undefined;

/** A worker of the WASM backend did not start; the message says why, as the end of a sentence. */
export class WorkerFailure extends Error {
  override readonly name = 'WorkerFailure';
}

const refused = 'the browser refuses them; a policy of the page (worker-src) has to allow blob:';

/**
 * Starts the WASM backend where it has threads. By itself it waits for ever for a worker that fails, as workers do whose script a bundler
 * has made smaller; here they get one that is whole, and a failure ends all of them.
 *
 * @throws WorkerFailure when one fails.
 */
export async function withWorkers<T>(start: () => Promise<T>): Promise<T> {
  if (typeof Worker === 'undefined') return start();
  const workers: PageWorker[] = [];
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Worker') ?? {};
  try {
    return await new Promise<T>((resolve, reject) => {
      const value = watched(Worker, workers, reject);
      Object.defineProperty(globalThis, 'Worker', { ...before, value });
      start().then(resolve, reject);
    });
  } catch (error) {
    for (const worker of workers) worker.terminate();
    throw error;
  } finally {
    Object.defineProperty(globalThis, 'Worker', before);
  }
}

/** Workers with whole scripts, that are counted in `started` and tell `fail` of the first failure. */
const watched = (Base: WorkerClass, started: PageWorker[], fail: (why: WorkerFailure) => void): WorkerClass =>
  class extends Base {
    constructor(...given: readonly unknown[]) {
      super(...given);
      started.push(this);
      this.addEventListener('error', (event) => {
        // The library would throw it once more, at nobody.
        event.preventDefault();
        event.stopImmediatePropagation();
        fail(new WorkerFailure(event.message ?? refused));
      });
    }

    override postMessage(message: unknown): void {
      super.postMessage(isLoading(message) ? { ...message, urlOrBlob: whole(message.urlOrBlob) } : message);
    }
  };

/** By which the library tells a worker its script. */
const isLoading = (message: unknown): message is { readonly urlOrBlob: Blob } =>
  isRecord(message) && message['cmd'] === 'load' && message['urlOrBlob'] instanceof Blob;

/**
 * The script is the text of a function as it was bundled, without what is around it. It asks whether a variable is there that is not; where a
 * bundler has simplified the question to a look at the variable, the answer has to be undefined, and no error.
 */
const whole = (script: Blob): Blob =>
  new Blob(['with (new Proxy({}, { has: (_, name) => !(name in self) })) {\n', script, '\n}']);
