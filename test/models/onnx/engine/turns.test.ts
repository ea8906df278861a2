import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { Turns } from '../../../../src/models/onnx/engine/turns.js';
import type { TurnsData } from '../support/turns-worker.js';

it('are of one thread at a time, and those of a thread that has ended end with it', async () => {
  const turns = new Turns();
  const counts = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
  const times = 20;
  const threads = Array.from({ length: 3 }, () => {
    const workerData: TurnsData = { shared: turns.shared, counts, times };
    const thread = new Worker(new URL('../support/turns-worker.ts', import.meta.url), { workerData });
    const { threadId } = thread;
    return once(thread, 'exit').then(() => turns.end(threadId));
  });
  await Promise.all(threads);
  expect([...counts]).toEqual([0, 3 * times, 0]);
  expect([...turns.shared]).toEqual([0]);
});

it('of one thread come one after the other, also behind one that fails', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const first = turns.take(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    order.push('first');
    throw new Error('failed');
  });
  const second = turns.take(() => Promise.resolve(order.push('second')));
  await expect(first).rejects.toThrow('failed');
  expect(await second).toBe(2);
  expect(order).toEqual(['first', 'second']);
});
