import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeValues, fitProblem, isRequired, specProblems, valueProblem } from '../../src/graph/param-rules.js';
import type { NumberSpec, ParamSpec } from '../../src/graph/params.js';

const numeric = (type: 'integer' | 'number', min?: number, max?: number): NumberSpec => ({
  type,
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
});

const fits = (declared: ParamSpec, needed: ParamSpec): boolean =>
  fitProblem({ name: 'd', spec: declared }, { name: 'n', spec: needed }) === undefined;

describe('a declared parameter fits', () => {
  const small = fc.integer({ min: -5, max: 5 });
  const maybe = fc.option(small, { nil: undefined });

  test('exactly where the bounds that both state contain each other', () => {
    fc.assert(
      fc.property(small, small, small, small, (a, b, c, d) => {
        const [min, max] = [Math.min(a, b), Math.max(a, b)];
        const [least, most] = [Math.min(c, d), Math.max(c, d)];
        expect(fits(numeric('number', min, max), numeric('number', least, most))).toBe(min >= least && max <= most);
      }),
    );
  });

  test('never where no value of it would do', () => {
    fc.assert(
      fc.property(maybe, maybe, maybe, maybe, (min, max, least, most) => {
        fc.pre((min ?? -9) <= (max ?? 9) && (least ?? -9) <= (most ?? 9));
        const values = Array.from({ length: 21 }, (_, i) => i - 10);
        const declared = numeric('integer', min, max);
        const needed = numeric('integer', least, most);
        const inside = values.filter((value) => valueProblem(declared, 'd', value) === undefined);
        const some = inside.some((value) => valueProblem(needed, 'n', value) === undefined);
        const every = inside.every((value) => valueProblem(needed, 'n', value) === undefined);
        if (inside.length > 0 && !some) expect(fits(declared, needed)).toBe(false);
        if (inside.length > 0 && every) expect(fits(declared, needed)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each<[boolean, ParamSpec, ParamSpec]>([
    [true, { type: 'integer' }, { type: 'number' }],
    [false, { type: 'number' }, { type: 'integer' }],
    [true, { type: 'flag' }, { type: 'flag' }],
    [false, { type: 'flag' }, { type: 'number' }],
    [true, { type: 'choice', choices: ['a'] }, { type: 'choice', choices: ['b', 'a'] }],
    [false, { type: 'choice', choices: ['a', 'c'] }, { type: 'choice', choices: ['b', 'a'] }],
    [false, { type: 'choice', choices: ['a'] }, { type: 'flag' }],
    [false, { type: 'number', default: 3 }, { type: 'number', max: 2 }],
    [true, { type: 'number', default: 2 }, { type: 'number', max: 2 }],
    [false, { type: 'number', optional: true }, { type: 'number' }],
    [false, { type: 'number', optional: true }, { type: 'number', default: 1 }],
    [true, { type: 'number', optional: true }, { type: 'number', optional: true }],
    [true, { type: 'number' }, { type: 'number', optional: true }],
  ])('%s: %o in %o', (expected, declared, needed) => {
    expect(fits(declared, needed)).toBe(expected);
  });
});

test('values of a spec', () => {
  const refused = (spec: ParamSpec, value: number | string | boolean) => valueProblem(spec, 'x', value) !== undefined;
  expect([NaN, Infinity, 0.5, 2 ** 53, '1', true].map((value) => refused({ type: 'integer' }, value))).not.toContain(
    false,
  );
  expect([-1, 0, 1.5, 2 ** 53].map((value) => refused({ type: 'number' }, value))).not.toContain(true);
  expect([0, 1, 'true'].map((value) => refused({ type: 'flag' }, value))).not.toContain(false);
});

test('what must be set', () => {
  expect(isRequired({ type: 'number' })).toBe(true);
  expect(isRequired({ type: 'number', default: 0 })).toBe(false);
  expect(isRequired({ type: 'number', optional: true })).toBe(false);
  expect(isRequired({ type: 'number', optional: false })).toBe(true);
  expect(isRequired({ type: 'flag', default: false })).toBe(false);
  expect(isRequired({ type: 'choice', choices: ['a'] })).toBe(true);
});

test('values in words', () => {
  expect(describeValues(numeric('integer', 1, 8))).toBe('an integer from 1 to 8');
  expect(describeValues(numeric('number', 0))).toBe('a number, 0 or more');
  expect(describeValues(numeric('number', undefined, 0))).toBe('a number, 0 or less');
  expect(describeValues(numeric('number'))).toBe('a number');
});

test('specs that are sound have no problems', () => {
  const sound: ParamSpec[] = [
    { type: 'integer', min: 2, max: 2, default: 2 },
    { type: 'number', optional: true, min: 0.5 },
    { type: 'choice', choices: ['a', 'b'], default: 'b' },
    { type: 'flag', default: false },
  ];
  expect(sound.flatMap(specProblems)).toEqual([]);
});
