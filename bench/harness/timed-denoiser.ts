import type { Denoiser } from '../../src/models/denoiser.js';

/** Milliseconds that a denoiser was busy for whoever called it. */
export interface Spent {
  readonly forwards: number;
  readonly questions: number;
}

export interface TimedDenoiser {
  readonly denoiser: Denoiser;
  /** Since it was last asked. */
  readonly take: () => Spent;
}

/** The same denoiser with its calls timed, from the call to its answer. Meant for callers that wait for each. */
export function timedDenoiser(inner: Denoiser): TimedDenoiser {
  let spent: Spent = { forwards: 0, questions: 0 };
  const timing = async <T>(what: keyof Spent, work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    try {
      return await work();
    } finally {
      spent = { ...spent, [what]: spent[what] + performance.now() - began };
    }
  };
  const denoiser: Denoiser = {
    manifest: inner.manifest,
    limits: inner.limits,
    cacheBytes: (tokens) => inner.cacheBytes?.(tokens) ?? 0,
    openCache: () => inner.openCache(),
    forward: (calls) => timing('forwards', () => inner.forward(calls)),
    answer: (questions) => timing('questions', () => inner.answer(questions)),
    get live() {
      return inner.live;
    },
    get counters() {
      return inner.counters;
    },
    dispose: () => inner.dispose(),
  };
  return {
    denoiser,
    take: () => {
      const taken = spent;
      spent = { forwards: 0, questions: 0 };
      return taken;
    },
  };
}
