import { expect, it } from 'vitest';
import { Admission, type LaneGroup } from '../../src/runtime/admission.js';
import type { Lane } from '../../src/runtime/lane.js';

/** A run of one row, which is over when it is told so; `told` is what it has heard of how many are ahead. */
function oneRow() {
  const lane = { left: false, cancel: () => undefined };
  const told: number[] = [];
  const group: LaneGroup = {
    rows: 1,
    bytesOf: () => 0,
    open: () => lane as unknown as Lane,
    waits: (_, ahead) => told.push(ahead),
  };
  return { group, told, lane };
}

it('a run in a long line hears of each tenth of the way, and of every step at its end', () => {
  const admission = new Admission({ rows: 1 });
  const runs = Array.from({ length: 1000 }, oneRow);
  for (const { group } of runs) admission.enter(group);
  for (const { lane } of runs.slice(0, -1)) {
    lane.left = true;
    admission.sweep(lane as unknown as Lane);
    admission.tellMoved();
  }
  const told = runs.at(-1)?.told ?? [];
  expect(told[0]).toBe(998);
  expect(told.slice(-5)).toEqual([3, 2, 1, 0, 0]);
  expect(told.length).toBeLessThan(70);
  told.slice(1).forEach((ahead, i) => expect(ahead).toBeLessThanOrEqual(told[i] ?? NaN));
});
