import { expect, it } from 'vitest';
import { Sent } from '../../../src/models/tfjs/sent.js';

it('a pass is to be trusted where nothing was refused since the first of those it rests on, but for the ones that are done', () => {
  const first = new Sent([], 3);
  const second = new Sent([first, first], 5);
  const third = new Sent([second], 7);
  expect([first, second, third].map(({ refusals }) => refusals)).toEqual([3, 3, 3]);
  second.done();
  expect(new Sent([first, second], 8).refusals).toBe(8);
  expect(new Sent([third, first], 8).refusals).toBe(3);
});
