import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bindParams, parseParam, parseParams } from '../../src/graph/bind.js';
import { checkPipeline } from '../../src/graph/check.js';
import { InputError } from '../../src/graph/input-error.js';
import type { ParamSpecs } from '../../src/graph/params.js';
import { testRegistry } from './support/nodes.js';

const specs: ParamSpecs = {
  steps: { type: 'integer', min: 1, max: 8, default: 4 },
  heat: { type: 'number', min: 0 },
  mode: { type: 'choice', choices: ['nll', 'entropy'], default: 'nll' },
  strict: { type: 'flag', default: false },
  margin: { type: 'number', optional: true },
};
const graph = { name: 'p', params: specs, paramUses: [] };

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('bindParams', () => {
  test('takes what is given and fills in defaults', () => {
    expect(bindParams(graph, { heat: 2.5 })).toEqual({ steps: 4, heat: 2.5, mode: 'nll', strict: false });
    const all = { steps: 8, heat: 0, mode: 'entropy', strict: true, margin: -1 };
    expect(bindParams(graph, all)).toEqual(all);
    expect(bindParams(graph, { heat: 1, steps: undefined })['steps']).toBe(4);
  });

  test('says everything that is wrong in one error', () => {
    const given = { stpes: 3, steps: 9, mode: 'entrpy', strict: 'yes', margin: Number.NaN, toString: 1 };
    expect(messageOf(() => bindParams(graph, given)).split('\n')).toEqual([
      'pipeline "p" has no parameter "stpes": it has steps, heat, mode, strict, margin; did you mean "steps"?',
      'pipeline "p" has no parameter "toString": it has steps, heat, mode, strict, margin',
      'parameter "steps" cannot be 9: expected an integer from 1 to 8',
      'parameter "heat" must be given: a number, 0 or more',
      'parameter "mode" cannot be "entrpy": expected one of nll, entropy; did you mean "entropy"?',
      'parameter "strict" cannot be "yes": expected true or false',
      'parameter "margin" cannot be NaN: expected a number',
    ]);
    expect(messageOf(() => bindParams(graph, { heat: [1], steps: null }))).toContain('cannot be of type object');
  });

  test('accepts exactly the values inside the bounds', () => {
    fc.assert(
      fc.property(fc.double(), (steps) => {
        const fits = Number.isInteger(steps) && steps >= 1 && steps <= 8;
        const bind = () => bindParams(graph, { heat: 1, steps });
        if (fits) expect(bind()['steps']).toBe(steps);
        else expect(bind).toThrow(InputError);
      }),
    );
  });

  test('names the node that does not allow a value which the pipeline does', () => {
    const outcome = checkPipeline(
      {
        format: 1,
        name: 'loose',
        params: { size: { type: 'integer', min: 1, default: 2 } },
        inputs: { canvas: 'canvas' },
        graphs: {
          inner: {
            params: { size: { type: 'integer', max: 50 } },
            inputs: { canvas: 'canvas' },
            nodes: {
              open: { kind: 'open-block', in: { canvas: 'input.canvas' }, params: { blockSize: { $param: 'size' } } },
            },
            outputs: { block: 'open.block' },
          },
        },
        nodes: {
          first: { kind: 'graph', use: 'inner', in: { canvas: 'input.canvas' }, params: { size: { $param: 'size' } } },
        },
        outputs: { block: 'first.block' },
      },
      testRegistry,
    );
    if (!outcome.ok) throw new Error('the pipeline is broken');
    expect(bindParams(outcome.graph, { size: 50 })).toEqual({ size: 50 });
    expect(messageOf(() => bindParams(outcome.graph, { size: 65 })).split('\n')).toEqual([
      'parameter "size" sets "size" of node "first": expected an integer, 50 or less, found 65',
      'parameter "size" sets "blockSize" of node "first/open": expected an integer from 1 to 64, found 65',
    ]);
  });
});

describe('parameters from text', () => {
  test.each([
    ['steps', '3', 3],
    ['heat', '1e-3', 0.001],
    ['heat', '.5', 0.5],
    ['heat', '+2.', 2],
    ['mode', 'entropy', 'entropy'],
    ['strict', 'true', true],
    ['strict', 'false', false],
  ])('%s=%s', (name, text, value) => {
    expect(parseParams(graph, [`${name}=${text}`])).toEqual({ [name]: value });
  });

  test.each([
    ['steps', '3.5', 'an integer from 1 to 8'],
    ['steps', '0x3', 'an integer from 1 to 8'],
    ['steps', '', 'an integer from 1 to 8'],
    ['steps', '9', 'an integer from 1 to 8'],
    ['heat', 'Infinity', 'a number, 0 or more'],
    ['heat', '-1', 'a number, 0 or more'],
    ['mode', 'nil', 'one of nll, entropy; did you mean "nll"?'],
    ['strict', 'yes', 'true or false'],
    ['strict', '1', 'true or false'],
  ])('not %s=%s', (name, text, expected) => {
    const spec = specs[name];
    if (spec === undefined) throw new Error(name);
    expect(messageOf(() => parseParam(spec, name, text))).toMatch(
      new RegExp(`^parameter "${name}" cannot be .*: expected`),
    );
    expect(messageOf(() => parseParam(spec, name, text)).split(': expected ')[1]).toBe(expected);
  });

  test('may hold = and spaces around, and the last one counts', () => {
    expect(parseParams(graph, [' steps = 2 ', 'steps=3'])).toEqual({ steps: 3 });
  });

  test('say everything that is wrong in one error', () => {
    expect(messageOf(() => parseParams(graph, ['steps', '=3', 'step=2', 'heat=hot', 'heat=1'])).split('\n')).toEqual([
      '"steps" is not a setting: expected name=value',
      '"=3" is not a setting: expected name=value',
      'pipeline "p" has no parameter "step": it has steps, heat, mode, strict, margin; did you mean "steps"?',
      'parameter "heat" cannot be "hot": expected a number, 0 or more',
    ]);
  });
});
