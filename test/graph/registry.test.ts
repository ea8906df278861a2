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
});
