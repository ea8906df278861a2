import { describe, expect, test } from 'vitest';
import { listing, nearest, oneOf } from '../../src/graph/names.js';

describe('nearest', () => {
  const names = ['denoise-step', 'noise-schedule', 'blockSize', 'steps', 'nll', 'kld', 'arpc', 'ar'];

  test.each([
    ['denoise', undefined],
    ['denoisestep', 'denoise-step'],
    ['Denoise_Step', 'denoise-step'],
    ['block-size', 'blockSize'],
    ['step', 'steps'],
    ['setps', 'steps'],
    ['nl', 'nll'],
    ['kdl', 'kld'],
    ['arcp', 'arpc'],
    ['ARCP', 'arpc'],
    ['ra', 'ar'],
    ['dkl', undefined],
    ['temperature', undefined],
    ['', undefined],
  ])('%s -> %s', (name, expected) => {
    expect(nearest(name, names)).toBe(expected);
  });

  test('suggests nothing from nothing, for what is right already, or for very long names', () => {
    expect(nearest('steps', [])).toBeUndefined();
    expect(nearest('steps', ['steps'])).toBeUndefined();
    expect(nearest('x'.repeat(65), ['x'.repeat(64)])).toBeUndefined();
    expect(nearest('x'.repeat(64), ['x'.repeat(65)])).toBeUndefined();
  });
});

test('lists of names stay short', () => {
  const many = Array.from({ length: 20 }, (_, i) => `n${i}`);
  expect(listing(['a', 'b'])).toBe('a, b');
  expect(listing([])).toBe('nothing');
  expect(listing(many)).toBe('n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, ... (20 in all)');
  expect(oneOf([])).toBe('nothing: it has none');
  expect(oneOf(['a'])).toBe('"a"');
  expect(oneOf(['a', 'b'])).toBe('one of a, b');
});
