import type { Denoiser } from '../denoiser.js';
import { typicalCall, typicalText, typicalUniforms } from './typical-call.js';

/** Milliseconds of forwards that do not count, and of those that do. At least two of the first and one of the others. */
const warmUp = 150;
const measured = 400;
const most = 50;

/**
 * Milliseconds of a denoise forward with its tokens drawn, which is a step of decoding: the median of some tenths of a second. A device
 * is not done with a forward before something of it has been read.
 */
export async function timeForwards(denoiser: Denoiser, now: () => number = () => performance.now()): Promise<number> {
  const { manifest } = denoiser;
  let cache = denoiser.openCache();
  const step = async (): Promise<number> => {
    const began = now();
    const call = typicalCall(manifest, cache);
    const [reply] = await denoiser.forward([call]);
    if (reply?.ok !== true) throw reply?.error ?? new Error('a forward gave no answer');
    cache.release();
    ({ cache } = reply.value);
    const { prediction } = reply.value;
    try {
      const uniforms = typicalUniforms(prediction.positions);
      const [drawn] = await denoiser.answer([{ ask: 'sample', prediction, uniforms }]);
      if (!drawn.ok) throw drawn.error;
    } finally {
      prediction.release();
    }
    return now() - began;
  };
  try {
    const empty = cache;
    cache = empty.follow(typicalText(manifest));
    empty.release();
    // The first takes the text into the cache, the second compiles what the others run.
    for (let spent = (await step()) + (await step()); spent < warmUp;) spent += await step();
    const times: number[] = [];
    for (let spent = 0; spent < measured && times.length < most;) {
      const time = await step();
      times.push(time);
      spent += time;
    }
    return Number(median(times).toPrecision(4));
  } finally {
    cache.release();
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}
