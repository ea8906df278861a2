import { messageOf } from '../../../graph/message-of.js';
import type { OnnxNetwork } from './network.js';
import type { Provider } from './provider.js';

/** What the library says where a device is gone, and where a buffer could not be had. */
const lost = /device (is |was )?lost|lost device|device removed/i;
const full =
  /out[ _]of[ _](device[ _]|host[ _])?memory|alloc_failed|failed to (allocate|create (gpu )?buffer)|invalid buffer|exceeds the max(imum)? (buffer )?size|larger than the maximum/i;

/** What went wrong on a device, in a sentence that says what to do. */
export function deviceFault(cause: unknown, provider: Provider): Error {
  const [line = ''] = messageOf(cause).split('\n', 1);
  if (lost.test(line)) {
    return new Error(
      `The ${provider} device was lost, with all that was on it; open the model again, or take the backend onnx, which computes on the CPU. (${line})`,
      { cause },
    );
  }
  if (full.test(messageOf(cause))) {
    return new Error(
      `The ${provider} device has no room for this; fewer rows at once (limits.rows; --max-rows on the command line) or less for keys ` +
        `and values (limits.cacheBytes; --max-cache) need less, and the backend onnx computes on the CPU. (${line})`,
      { cause },
    );
  }
  return cause instanceof Error ? cause : new Error(line);
}

/** A network on a device that says of its faults what to do. */
export const tellingFaults = (network: OnnxNetwork, provider: Provider): OnnxNetwork => ({
  size: network.size,
  segments: network.segments,
  run: async (pass) => {
    try {
      return await network.run(pass);
    } catch (error) {
      throw deviceFault(error, provider);
    }
  },
  dispose: () => network.dispose(),
});
