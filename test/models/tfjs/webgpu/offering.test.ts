import { afterEach, expect, it } from 'vitest';
import { offering } from '../../../../src/models/tfjs/webgpu/offering.js';

const original = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
afterEach(() => {
  if (original === undefined) Reflect.deleteProperty(globalThis, 'navigator');
  else Object.defineProperty(globalThis, 'navigator', original);
});

const seen = (): unknown => Reflect.get(Object(Reflect.get(globalThis, 'navigator')), 'gpu');

it.each([
  ['where Node has none', undefined],
  ["where there is Node's", { configurable: true, enumerable: false, get: () => ({ userAgent: 'Node.js/24' }) }],
])('navigator is as it was, %s, but while the library starts', (_, before) => {
  Reflect.deleteProperty(globalThis, 'navigator');
  if (before !== undefined) Object.defineProperty(globalThis, 'navigator', before);
  const found = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  expect(offering('the gpu', seen)).toBe('the gpu');
  expect(() =>
    offering('the gpu', () => {
      throw new Error('no start');
    }),
  ).toThrow('no start');
  expect(Object.getOwnPropertyDescriptor(globalThis, 'navigator')).toEqual(found);
});
