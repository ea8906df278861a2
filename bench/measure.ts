/** Medians of work done in turn in one process: drift of the machine hits all contestants alike. */

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
};

export interface Paired {
  /** Milliseconds, medians over the rounds. */
  readonly a: number;
  readonly b: number;
  /** Median, least and largest of a / b within a round. */
  readonly ratio: number;
  readonly ratioMin: number;
  readonly ratioMax: number;
  readonly rounds: number;
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

/** Runs `a` and `b` in turn, the order swapped from round to round, after one round that does not count. */
export async function paired(a: () => Promise<unknown>, b: () => Promise<unknown>, rounds: number): Promise<Paired> {
  await a();
  await b();
  const times: { a: number; b: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const timeOfA = await timed(a);
      times.push({ a: timeOfA, b: await timed(b) });
    } else {
      const timeOfB = await timed(b);
      times.push({ a: await timed(a), b: timeOfB });
    }
  }
  const ratios = times.map((time) => time.a / time.b);
  return {
    a: median(times.map((time) => time.a)),
    b: median(times.map((time) => time.b)),
    ratio: median(ratios),
    ratioMin: Math.min(...ratios),
    ratioMax: Math.max(...ratios),
    rounds,
  };
}
