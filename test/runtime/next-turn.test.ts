import { afterEach, expect, it, vi } from 'vitest';
import { nextTurn } from '../../src/runtime/next-turn.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

it.each(['in Node', 'in a browser'])('lets others have their turn %s', async (where) => {
  if (where === 'in a browser') vi.stubGlobal('setImmediate', undefined);
  const fired = vi.fn();
  const timer = setTimeout(fired);
  // A loop of promises alone would never let the timer fire.
  for (let turns = 0; fired.mock.calls.length === 0 && turns < 100_000; turns++) await nextTurn();
  clearTimeout(timer);
  expect(fired).toHaveBeenCalledOnce();
});
