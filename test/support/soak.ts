import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Subscription } from 'rxjs';
import { expect } from 'vitest';
import type { Denoiser } from '../../src/models/denoiser.js';
import type { RunEvent } from '../../src/runtime/events.js';
import { run } from '../../src/runtime/run.js';
import { schedulerOf } from '../../src/runtime/scheduler.js';
import { pipeline } from './pipelines.js';
import { namesOn, small } from './small.js';
import { turns } from './turns.js';

export interface Soak {
  readonly runs: number;
  /** Runs under way at any time. */
  readonly atOnce: number;
  /** Tokens of a row. */
  readonly length: number;
}

/** Uniforms in [0, 1) that are the same each time. */
function uniforms(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/**
 * Runs every pipeline that a model takes, over and over, many at once, with up to three rows; about half of the runs are
 * cancelled after any number of events and a moment more, by unsubscribing or by a signal. Gives how they ended.
 */
export async function soak(denoiser: Denoiser, { runs, atOnce, length }: Soak): Promise<Record<string, number>> {
  const samplers = namesOn(denoiser.manifest).map((name) => ({
    sampler: pipeline(name),
    request: small(name, length),
  }));
  const model = { denoiser, tokenizer: null };
  const random = uniforms(1);
  const ends: Record<string, number> = {};
  let begun = 0;
  const oneAfterAnother = async (): Promise<void> => {
    while (begun < runs) {
      const chosen = samplers[begun % samplers.length];
      if (chosen === undefined) throw new Error('no pipeline runs on this model');
      const controller = new AbortController();
      const patience = random() < 0.5 ? Infinity : Math.floor(random() * 60);
      const longer = Math.floor(random() * 4);
      const silently = random() < 0.5;
      const rows = 1 + Math.floor(random() * 3);
      // Few seeds, so that a model that remembers what it computed soon knows all there is.
      const request = { model, ...chosen.request, rows, seed: begun++ % 3, signal: controller.signal };
      let last = 'unsubscribed';
      const running = await new Promise<Subscription>((resolve) => {
        let events = 0;
        const subscription = new Subscription();
        const hear = ({ type }: RunEvent): void => {
          if (type === 'finished' || type === 'failed' || type === 'cancelled') last = type;
          if (events++ >= patience) resolve(subscription);
        };
        const complete = (): void => {
          resolve(subscription);
        };
        subscription.add(run(chosen.sampler, request).subscribe({ next: hear, complete }));
      });
      await turns(longer);
      if (silently) running.unsubscribe();
      else controller.abort();
      ends[last] = (ends[last] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, oneAfterAnother));
  return ends;
}

/** Waits until nothing of a model is in use, and sees that it is so. */
export async function expectNothingLeft(denoiser: Denoiser): Promise<void> {
  for (let wait = 0; wait < 1000 && schedulerOf(denoiser).load.rows > 0; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(schedulerOf(denoiser).load).toEqual({ rows: 0, bytes: 0, waiting: 0 });
  expect(denoiser.live).toBe(0);
}

/** What the process holds: bytes of the heap and of buffers after a collection, and resources of the event loop by kind. */
export async function holdings(): Promise<{ readonly bytes: number; readonly resources: readonly string[] }> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  for (let i = 0; i < 3; i++) {
    if (typeof collect === 'function') Reflect.apply(collect, undefined, []);
    await turns(2);
  }
  const { heapUsed, external } = process.memoryUsage();
  return { bytes: heapUsed + external, resources: process.getActiveResourcesInfo().sort() };
}
