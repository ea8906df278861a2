import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import { createRegistry } from '../../src/graph/registry.js';
import { append, denoise, openBlock, sampleStep, testRegistry } from './support/nodes.js';

describe('a registry', () => {
  test('knows its kinds, in alphabetical order', () => {
    expect(testRegistry.kinds).toEqual(['append', 'denoise', 'open-block', 'sample-step', 'threshold']);
    expect(testRegistry.definitions.map(({ kind }) => kind)).toEqual(testRegistry.kinds);
    expect(testRegistry.get('denoise')).toBe(denoise);
    expect(testRegistry.get('toString')).toBeUndefined();
  });

  test('grows into another one and stays as it was', () => {
    const small = createRegistry([denoise]);
    const large = small.with([append, openBlock]);
    expect(large.kinds).toEqual(['append', 'denoise', 'open-block']);
    expect(small.kinds).toEqual(['denoise']);
  });

  test.each([
    ['a kind twice', [denoise, { ...append, kind: 'denoise' }], 'the kind "denoise" is defined twice'],
    ['a kind of the language', [{ ...append, kind: 'loop' }], 'node kind "loop": the name belongs to the language'],
    [
      'a malformed kind',
      [{ ...append, kind: 'appendBlock' }],
      'node kind "appendBlock": a kind is lower-case words joined by -',
    ],
    ['a malformed port', [{ ...append, inputs: { 'a.b': 'canvas' as const } }], 'port "a.b" is not a name'],
    ['a port of no kind', [{ ...append, outputs: { x: 'logits' as 'cache' } }], 'port "x" has no known kind: "logits"'],
    [
      'a malformed parameter',
      [{ ...append, params: { '1': { type: 'flag' as const } } }],
      'parameter "1" is not a name',
    ],
    [
      'a contradictory parameter',
      [{ ...append, params: { x: { type: 'number' as const, min: 2, default: 1 } } }],
      'parameter "x": the default 1 is not allowed by the parameter itself',
    ],
  ])('refuses %s', (_, definitions, message) => {
    expect(() => createRegistry(definitions)).toThrow(InputError);
    expect(() => createRegistry(definitions)).toThrow(message);
  });

  test('says all that is wrong at once', () => {
    const wrong = [denoise, denoise, { ...sampleStep, kind: 'if' }];
    expect(() => createRegistry(wrong)).toThrow(/denoise[^]*"if"/);
    expect(() => testRegistry.with([denoise])).toThrow('the kind "denoise" is defined twice');
  });

  describe('refuses what plain JavaScript can give', () => {
    const still = Object.fromEntries(Object.entries(append).filter(([field]) => field !== 'step'));
    const create = (definition: unknown) => createRegistry([denoise, definition as typeof append]);
    const complete = (): never => {
      throw new Error('never');
    };
    const kind = 'node kind "append": ';

    test.each<[string, unknown, string]>([
      ['no action', still, `${kind}it needs one of step, forward, ask`],
      ['two actions', { ...append, ask: complete }, `${kind}it has both step and ask: a node does one thing`],
      ['an action that is no method', { ...still, step: 'now' }, `${kind}it needs a method step`],
      ['a forward that nothing completes', { ...still, forward: complete }, `${kind}it needs a method complete`],
      ['a question that nothing completes', { ...still, ask: complete }, `${kind}it needs a method complete`],
      ['no summary', { ...append, summary: ' ' }, `${kind}it needs a summary, one sentence for people`],
      ['something in place of a method', { ...append, observe: 1 }, `${kind}its observe must be a method`],
      ['no inputs', { ...append, inputs: undefined }, `${kind}it needs inputs, {} where there are none`],
      ['a port of nothing', { ...append, outputs: { x: null } }, `${kind}port "x" has no known kind: object`],
      [
        'an inherited kind of port',
        { ...append, outputs: { x: 'toString' } },
        'port "x" has no known kind: "toString"',
      ],
      ['a parameter of no type', { ...append, params: { x: { min: 1 } } }, `${kind}parameter "x": `],
      [
        'an unknown type',
        { ...append, params: { x: { type: 'int' } } },
        `${kind}parameter "x": there is no type "int"`,
      ],
      ['choices that are no list', { ...append, params: { x: { type: 'choice' } } }, 'needs a field "choices"'],
      ['a bound that is no number', { ...append, params: { x: { type: 'number', max: NaN } } }, 'not a JSON number'],
      ['no spec', { ...append, params: { x: null } }, 'parameter "x" must be described by an object'],
      ['no definition', null, 'node definition 2 has no kind'],
      ['no kind', { ...append, kind: undefined }, 'node definition 2 has no kind'],
    ])('%s', (_, definition, message) => {
      expect(() => create(definition)).toThrow(InputError);
      expect(() => create(definition)).toThrow(message);
    });

    test('and takes each kind of action that is complete', () => {
      expect(create({ ...still, forward: complete, complete }).kinds).toEqual(['append', 'denoise']);
      expect(create({ ...still, ask: complete, complete }).kinds).toEqual(['append', 'denoise']);
    });
  });
});
