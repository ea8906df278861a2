import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Turns } from '../../../../src/models/onnx/engine/turns.js';

/** Memory of a test: whose turn it is, and how many are at it, were at it, and were there beside somebody else. */
export interface TurnsData {
  readonly shared: Turns['shared'];
  readonly counts: Int32Array<SharedArrayBuffer>;
  /** How many turns to take; after them the thread ends in the middle of one more. */
  readonly times: number;
}

if (parentPort !== null) {
  const { shared, counts, times }: TurnsData = workerData;
  const turns = new Turns(shared);
  const act = async () => {
    if (Atomics.add(counts, 0, 1) > 0) Atomics.add(counts, 2, 1);
    await sleep(1);
    Atomics.sub(counts, 0, 1);
    Atomics.add(counts, 1, 1);
  };
  await Promise.all(Array.from({ length: times }, () => turns.take(act)));
  await turns.take(() => process.exit());
}
