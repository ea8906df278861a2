import { learningRateAt, type Schedule } from './optimizer.js';

/** How a run goes. */
export interface StepEvent {
  readonly type: 'step';
  /** Steps done. */
  readonly step: number;
  readonly steps: number;
  /** Training loss in nats per character by block size, smoothed, as [block size, nats]. */
  readonly nats: readonly (readonly [number, number])[];
  readonly learningRate: number;
  /** Noised characters per second since the last event. */
  readonly charactersPerSecond: number;
  /** Seconds that the rest will take at this speed. */
  readonly remaining: number;
}

export interface Progress {
  /** Counts a step that is done; gives an event when one is due. */
  step(done: number, losses: readonly { readonly blockSize: number; readonly nats: number }[]): StepEvent | undefined;
  /** Seconds spent on the run so far, earlier parts of a resumed one included. */
  seconds(): number;
}

/** Share of a new loss in the smoothed one. */
const FRESH = 0.03;

/** Smooths losses and measures speed. */
export function createProgress(
  options: Schedule & {
    readonly rows: number;
    readonly views: number;
    readonly length: number;
    readonly reportEvery: number;
  },
  secondsBefore: number,
): Progress {
  const begun = performance.now();
  const smoothed = new Map<number, number>();
  let reported = begun;
  let since = 0;
  return {
    seconds: () => secondsBefore + (performance.now() - begun) / 1000,
    step: (done, losses) => {
      for (const { blockSize, nats } of losses) {
        const before = smoothed.get(blockSize);
        smoothed.set(blockSize, before === undefined ? nats : before + FRESH * (nats - before));
      }
      since += 1;
      if (done % options.reportEvery !== 0 && done !== options.steps) return undefined;
      const now = performance.now();
      const stepSeconds = (now - reported) / 1000 / since;
      reported = now;
      since = 0;
      return {
        type: 'step',
        step: done,
        steps: options.steps,
        nats: [...smoothed].sort(([a], [b]) => a - b),
        learningRate: learningRateAt(options, done - 1),
        charactersPerSecond: (options.rows * options.views * options.length) / stepSeconds,
        remaining: (options.steps - done) * stepSeconds,
      };
    },
  };
}
