/** Makes ready to do something so many times in a row; what comes back does it and waits until the last is done. */
export type Chain = (times: number) => Promise<() => Promise<unknown>>;

/** The two chains that tell what a device can do. */
export interface RateChains {
  /** Of large vectors of 32-bit numbers: each number is read and written. */
  readonly negations: Chain;
  /** Of large square matrices. */
  readonly products: Chain;
}

/** Numbers that are gone through, and rows of the square matrices. */
export interface RateSizes {
  readonly numbers: number;
  readonly side: number;
}

export interface ChainOptions {
  /** A chain that takes so many milliseconds is long enough. */
  readonly enough?: number;
  readonly most?: number;
  readonly now?: () => number;
}

/**
 * Seconds that one link of a chain takes: what a chain twice as long takes more, so that beginning and reading back do not count. `null`
 * where that is too little to be told apart.
 */
export async function secondsEach(
  chain: Chain,
  { enough = 150, most = 256, now = () => performance.now() }: ChainOptions = {},
): Promise<number | null> {
  const timed = async (run: () => Promise<unknown>): Promise<number> => {
    const began = now();
    await run();
    return now() - began;
  };
  const ready = async (times: number): Promise<() => Promise<unknown>> => {
    const run = await chain(times);
    await run();
    return run;
  };
  let times = 2;
  let short = await ready(times);
  while (times < most && (await timed(short)) < enough) {
    times *= 2;
    short = await ready(times);
  }
  const long = await ready(2 * times);
  const each: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    const less = await timed(short);
    each.push(((await timed(long)) - less) / times / 1000);
  }
  const [, median = NaN] = each.sort((a, b) => a - b);
  return median > 0 ? median : null;
}

/** Values that keep their size when matrices of them are multiplied, and that no hardware finds easier than others. */
export const randomSquare = (side: number): Float32Array =>
  Float32Array.from({ length: side ** 2 }, () => (2 * Math.random() - 1) * Math.sqrt(3 / side));
