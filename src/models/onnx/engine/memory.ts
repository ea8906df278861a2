import { MessageChannel } from 'node:worker_threads';

/**
 * Gives the memory of whole arrays back soon; they have no length from then on. An idle thread collects no garbage, so that
 * without this hundreds of megabytes would stay. Sending buffers to nobody is the way to let go of them that all versions of
 * Node have (`ArrayBuffer.transfer` comes with 22).
 */
export function letGo(arrays: readonly Float32Array<ArrayBuffer>[]): void {
  if (arrays.length === 0) return;
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(
    null,
    arrays.map(({ buffer }) => buffer),
  );
  port1.close();
  port2.close();
}
