import type { Series } from './result.js';

/** Someone who does the work that is measured. */
export interface Contestant {
  readonly name: string;
  /** Does it once and gives what it took. Rounds that count go from 0. */
  readonly measure: (round: number) => Promise<number>;
  /** Takes part in this many rounds at most; for those that are far slower than the others. */
  readonly rounds?: number;
}

export interface RoundOptions {
  readonly rounds: number;
  /** Rounds before those that count; 1 when left out. */
  readonly uncounted?: number;
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
}

/**
 * All contestants in turn, round after round, in an order that changes with the round: drift of the machine hits them
 * alike, and nobody always comes after the same one. Rejects as soon as it is told to stop.
 */
export async function inTurn(
  contestants: readonly Contestant[],
  { rounds, uncounted = 1, signal, tell }: RoundOptions,
): Promise<Series[]> {
  const samples = new Map(contestants.map(({ name }) => [name, new Array<number | null>(rounds).fill(null)]));
  for (let round = -uncounted; round < rounds; round += 1) {
    for (const { name, measure, rounds: most = rounds } of orderOf(contestants, round + uncounted)) {
      if (round >= most) continue;
      signal.throwIfAborted();
      tell(`${round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`}: ${name}`);
      const value = await unlessStopped(signal, measure(round));
      if (round >= 0) samples.get(name)?.splice(round, 1, value);
    }
  }
  return [...samples].map(([name, each]) => ({ name, samples: each }));
}

/** Rotated by one each round, and every other time backwards. */
function orderOf<T>(all: readonly T[], round: number): readonly T[] {
  const by = all.length === 0 ? 0 : round % all.length;
  const rotated = [...all.slice(by), ...all.slice(0, by)];
  return round % 2 === 0 ? rotated : rotated.reverse();
}

/** What is under way when it is told to stop is left to itself: nobody waits for it any more. */
async function unlessStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => {
      reject(new Error('stopped'));
    };
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Milliseconds that something takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
