import { expect, it } from 'vitest';
import { LogitsBuffers } from '../../../../src/models/onnx/engine/logits-buffers.js';

it('a buffer is used again once the last of its users has let go of it, and for nothing far smaller', () => {
  const buffers = new LogitsBuffers();
  const first = buffers.take(100);
  first.retain();
  first.release();
  const second = buffers.take(80);
  expect(second.values.buffer).not.toBe(first.values.buffer);
  first.release();
  const third = buffers.take(60);
  expect(third.values.buffer).toBe(first.values.buffer);
  expect([first.values.length, third.values.length]).toEqual([100, 60]);
  third.release();
  expect(buffers.take(20).values.buffer).not.toBe(first.values.buffer);
});

it('says what is used and what there is, and keeps a few unused buffers only', () => {
  const buffers = new LogitsBuffers();
  const taken = [10, 100, 1000, 10_000].map((length) => buffers.take(length));
  expect(buffers.usage).toEqual({ buffers: 4, logitsBytes: 11_110 * 4 });
  for (const buffer of taken) buffer.release();
  expect(buffers.usage).toEqual({ buffers: 0, logitsBytes: 11_000 * 4 });
});
