import { failed, type Settled } from '../models/denoiser.js';
import type { Waiting } from './outbox.js';
import { releaseHandles } from './port-check.js';

/** Asks a model something for all that wait at once. */
type Ask<W, T> = (waiting: readonly W[]) => Promise<readonly Settled<T>[]>;

/**
 * Has a model settle what waits for it, all together. What fails in company is tried again without those that did not
 * fail, and where all fail (a kernel that aborts, memory that does not suffice) in halves: so that in the end only
 * that fails which fails alone. What nobody wants any more is not tried again.
 */
export async function settleTogether<W extends Waiting, T>(
  waiting: readonly W[],
  ask: Ask<W, T>,
): Promise<readonly Settled<T>[]> {
  const settled = await attempt(waiting, ask);
  if (waiting.length === 1 || settled.every(({ ok }) => ok)) return settled;
  const merged = [...settled];
  const again = waiting
    .map((each, at) => ({ each, at }))
    .filter(({ each, at }) => settled[at]?.ok === false && each.lane.wanting);
  for (const part of again.length < waiting.length ? [again] : halves(again)) {
    const retried = await settleTogether(
      part.map(({ each }) => each),
      ask,
    );
    retried.forEach((reply, i) => {
      const at = part[i]?.at;
      if (at !== undefined) merged[at] = reply;
    });
  }
  return merged;
}

/** A refusal of the whole, or replies that are none, fail all of it. */
async function attempt<W, T>(waiting: readonly W[], ask: Ask<W, T>): Promise<readonly Settled<T>[]> {
  if (waiting.length === 0) return [];
  try {
    const settled = await ask(waiting);
    const values = settled.flatMap((each) => (each.ok ? [each.value] : []));
    if (settled.length === waiting.length) return settled;
    for (const value of values) releaseHandles(value);
    throw new Error(`the model gave ${settled.length} replies to ${waiting.length} calls`);
  } catch (cause) {
    return waiting.map(() => failed(cause));
  }
}

const halves = <T>(all: readonly T[]): readonly (readonly T[])[] => {
  const middle = all.length >> 1;
  return [all.slice(0, middle), all.slice(middle)];
};
