import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deviceCosts } from '../../../../src/models/onnx/device/costs.js';
import { processorCosts } from '../../../../src/models/onnx/engine/costs.js';
import { groupByCost } from '../../../../src/models/onnx/engine/group.js';

const on = { size: { heads: 12, width: 64 }, costs: processorCosts };
const callOf = (cache: number | null, count: number) => ({ cache, tokens: Array.from({ length: count }, () => 0) });

it('puts every call in one group, in order', () => {
  const call = fc.record({ cache: fc.option(fc.nat(5)), count: fc.integer({ min: 1, max: 1000 }) });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 12 }), fc.nat(1024), (shapes, capacity) => {
      const calls = shapes.map(({ cache, count }) => callOf(cache, count));
      const groups = groupByCost(calls, capacity, on);
      expect(groups.flat()).toHaveLength(calls.length);
      expect(new Set(groups.flat()).size).toBe(calls.length);
      for (const group of groups) {
        const places = group.map((each) => calls.indexOf(each));
        expect(places).toEqual(places.toSorted((a, b) => a - b));
      }
    }),
  );
});

it('lets calls of one size and of nearby sizes go together', () => {
  const decoding = [16, 24, 24, 16, 2, 2, 1, 16].map((count, row) => callOf(row, count));
  expect(groupByCost(decoding, 256, on)).toHaveLength(1);
  const alike = Array.from({ length: 32 }, (_, row) => callOf(row, 16));
  expect(groupByCost(alike, 1024, on)).toHaveLength(1);
});

it('lets a long prompt go through by itself', () => {
  const decoding = Array.from({ length: 7 }, (_, row) => callOf(row, 16));
  const prompt = callOf(null, 900);
  expect(groupByCost([prompt, ...decoding], 512, on)).toEqual([decoding, [prompt]]);
});

it('bounds how many tokens go together', () => {
  const many = Array.from({ length: 200 }, (_, row) => callOf(row, 16));
  const sizes = groupByCost(many, 64, on).map((group) => group.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(32);
  expect(sizes).toHaveLength(Math.ceil(200 / 32));
});

it('lets on a device a prompt go with the rest, and none of several long ones without company', () => {
  const device = { ...on, costs: deviceCosts };
  const decoding = Array.from({ length: 7 }, (_, row) => callOf(row, 16));
  const prompts = Array.from({ length: 6 }, () => callOf(null, 256));
  expect(groupByCost([callOf(null, 100), ...decoding], 256, on)).toHaveLength(2);
  expect(groupByCost([callOf(null, 100), ...decoding], 256, device)).toHaveLength(1);
  expect(groupByCost(prompts, 256, on).length).toBeGreaterThan(1);
  expect(groupByCost(prompts, 256, device)).toHaveLength(1);
});
