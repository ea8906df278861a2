import vm from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WorkerFailure, withWorkers } from '../../../../src/models/tfjs/loading/wasm-workers.js';

/** A page's worker, as far as the library uses it. */
class FakeWorker {
  static readonly all: FakeWorker[] = [];
  readonly url: string;
  readonly posted: unknown[] = [];
  readonly terminate = vi.fn();
  #listener: (event: object) => void = () => undefined;

  constructor(url: string) {
    this.url = url;
    FakeWorker.all.push(this);
  }

  addEventListener(_type: string, listener: (event: object) => void): void {
    this.#listener = listener;
  }

  postMessage(message: unknown): void {
    this.posted.push(message);
  }

  fail(event: object): void {
    this.#listener({ preventDefault: vi.fn(), stopImmediatePropagation: vi.fn(), ...event });
  }
}

declare const Worker: typeof FakeWorker;

/** Starts a worker with a script, as the library does, and waits for it for ever. */
const startWith = (script: string) => (): Promise<never> => {
  new Worker('blob:worker').postMessage({ cmd: 'load', urlOrBlob: new Blob([script]) });
  return new Promise<never>(() => undefined);
};

beforeEach(() => {
  FakeWorker.all.length = 0;
  vi.stubGlobal('Worker', FakeWorker);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('workers of the WASM backend', () => {
  it('get a script that runs where a bundler has taken a question out of it', async () => {
    void withWorkers(startWith('var Module = function (given) { return [void 0 !== e && e, given, typeof Math]; }'));
    const [message] = FakeWorker.all[0]?.posted ?? [];
    const { urlOrBlob } = message as { urlOrBlob: Blob };
    const scope = vm.createContext({});
    vm.runInContext('var self = globalThis;', scope);
    vm.runInContext(await urlOrBlob.text(), scope);
    expect(vm.runInContext('Module(5).join()', scope)).toBe('false,5,object');
  });

  it('get all other messages as they are', async () => {
    const messages = [{ cmd: 'run', urlOrBlob: 'text' }, 'load', null];
    await withWorkers(async () => {
      const worker = new Worker('blob:worker');
      for (const message of messages) worker.postMessage(message);
      await Promise.resolve();
    });
    expect(FakeWorker.all[0]?.posted).toEqual(messages);
  });

  it.each([
    [{ message: 'Uncaught ReferenceError: e is not defined' }, /^Uncaught ReferenceError: e is not defined$/],
    [{}, /the browser refuses them.*worker-src/],
  ])('end the start, all of them, when one fails: %o', async (event, why) => {
    const starting = withWorkers(() => {
      new Worker('blob:worker');
      return startWith('')();
    });
    FakeWorker.all[1]?.fail(event);
    await expect(starting).rejects.toThrow(why);
    await expect(starting).rejects.toBeInstanceOf(WorkerFailure);
    expect(FakeWorker.all.map(({ terminate }) => terminate.mock.calls.length)).toEqual([1, 1]);
    expect(Worker).toBe(FakeWorker);
  });

  it('are left alone when all went well', async () => {
    expect(await withWorkers(() => Promise.resolve(new Worker('blob:worker').url))).toBe('blob:worker');
    expect(FakeWorker.all[0]?.terminate).not.toHaveBeenCalled();
    expect(Worker).toBe(FakeWorker);
  });

  it('need not be there', async () => {
    vi.stubGlobal('Worker', undefined);
    expect(await withWorkers(() => Promise.resolve(3))).toBe(3);
  });
});
