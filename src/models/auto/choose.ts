import type { CandidateName } from '../backends.js';
import type { ProbeReport } from './probe-report.js';

/** A backend with what a forward of the model took on it. */
export interface Timed {
  readonly backend: CandidateName;
  readonly milliseconds: number;
}

/** Backends that verify and were timed on a model, the fastest first; of equals the one that was tried first. */
export const ranked = (reports: readonly ProbeReport[], model: string): readonly Timed[] =>
  reports
    .filter(({ status }) => status === 'verified')
    .flatMap(({ backend, timings }) => {
      const timing = timings.find((each) => each.model === model);
      return timing === undefined ? [] : [{ backend, milliseconds: timing.milliseconds }];
    })
    .sort((a, b) => a.milliseconds - b.milliseconds);

/** Why the first of them is taken: `3.1 ms a forward, onnx 4.0`. */
export function reasonOf([first, second]: readonly Timed[]): string {
  if (first === undefined) return 'none verifies and runs it';
  const own = `${shownMilliseconds(first.milliseconds)} ms a forward`;
  return second === undefined
    ? `${own}, and no other verifies and runs it`
    : `${own}, ${second.backend} ${shownMilliseconds(second.milliseconds)}`;
}

/** Two digits that count, and no more than one behind the point. */
export const shownMilliseconds = (milliseconds: number): string =>
  milliseconds < 0.1 ? milliseconds.toPrecision(1) : milliseconds.toFixed(milliseconds < 10 ? 1 : 0);
