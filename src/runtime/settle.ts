import { failed, type Settled } from '../models/denoiser.js';
import type { Waiting } from './outbox.js';
import { releaseHandles } from './port-check.js';

/**
 * Has a model settle what waits for it, all together. Where it refuses the whole (a kernel that fails, memory that does
 * not suffice), each half is tried anew, so that in the end only what is refused alone fails. What nobody wants any
 * more is not tried again.
 */
export async function settleTogether<W extends Waiting, T>(
  waiting: readonly W[],
  work: (waiting: readonly W[]) => Promise<readonly Settled<T>[]>,
): Promise<readonly Settled<T>[]> {
  try {
    const settled = await work(waiting);
    if (settled.length === waiting.length) return settled;
    for (const each of settled) if (each.ok) releaseHandles(each.value);
    throw new Error(`the model gave ${settled.length} replies to ${waiting.length} calls`);
  } catch (cause) {
    if (waiting.length <= 1) return waiting.map(() => failed(cause));
    const middle = waiting.length >> 1;
    const halves: Settled<T>[] = [];
    for (const half of [waiting.slice(0, middle), waiting.slice(middle)]) {
      const wanted = half.some(({ lane }) => lane.wanting);
      halves.push(...(wanted ? await settleTogether(half, work) : half.map(() => failed(cause))));
    }
    return halves;
  }
}
