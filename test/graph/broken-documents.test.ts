import { describe, expect, test } from 'vitest';
import { checkPipeline } from '../../src/graph/check.js';
import { formatFault } from '../../src/graph/fault.js';
import { testRegistry } from './support/nodes.js';
import { sampleDocument } from './support/sample.js';

type Draft = ReturnType<typeof sampleDocument>;

// Places in the sample that are broken often.
const body = (d: Draft) => d.nodes.blocks.body;
const step = (d: Draft) => body(d).steps.body;
const branch = (d: Draft) => step(d).guided.else;
const use = (d: Draft) => step(d).guided.then.nodes.inner;

function faultsOf(value: unknown): readonly string[] {
  const outcome = checkPipeline(value, testRegistry);
  return outcome.ok ? [] : outcome.faults.map(formatFault);
}

/** What is broken, how, and every fault that has to be found, in order. */
const cases: readonly (readonly [name: string, breakIt: (draft: Draft) => void, faults: readonly string[]])[] = [
  [
    'an unknown field of the document',
    (d) => {
      d.node = d.nodes;
    },
    [],
  ],
  [
    'missing fields of the document',
    (d) => {
      delete d.name;
      delete d.outputs;
      delete d.format;
    },
    [],
  ],
  [
    'a document without nodes',
    (d) => {
      delete d.nodes;
    },
    [],
  ],
  [
    'a newer format, and nothing else',
    (d) => {
      d.format = 2;
      d.surprise = true;
    },
    [],
  ],
  [
    'a format that is no number',
    (d) => {
      d.format = '1';
      d.nmae = 'x';
    },
    [],
  ],
  [
    'an empty name and texts that are none',
    (d) => {
      d.name = ' ';
      d.description = 3;
      d.$schema = false;
    },
    [],
  ],
  [
    'unknown kinds of nodes',
    (d) => {
      body(d).open.kind = 'open-blok';
      body(d).append.kind = 'Loop';
      d.graphs.step.nodes.draw.kind = 'constructor';
    },
    [],
  ],
  [
    'nodes without a kind, and that are no objects',
    (d) => {
      body(d).open = [];
      delete body(d).append.kind;
    },
    [],
  ],
  [
    'an id that is no name, and one that is reserved',
    (d) => {
      body(d)['no name'] = body(d).open;
      d.nodes.input = body(d).open;
      body(d)['a.b'] = 1;
    },
    [],
  ],
  [
    'unwired inputs',
    (d) => {
      delete body(d).open.in;
      delete body(d).append.in.block;
    },
    [],
  ],
  [
    'unknown inputs',
    (d) => {
      body(d).append.in.blok = 'steps.block';
      delete body(d).append.in.block;
    },
    [],
  ],
  [
    'a wire that is no reference',
    (d) => {
      body(d).append.in.block = 'steps';
      body(d).append.in.canvas = 7;
      body(d).open.in.canvas = 'a.b.c';
    },
    [],
  ],
  [
    'a reference to an unknown node',
    (d) => {
      body(d).append.in.block = 'stops.block';
    },
    [],
  ],
  [
    'a reference to an unknown input of the document',
    (d) => {
      d.nodes.blocks.carry.canvas = 'input.canva';
    },
    [],
  ],
  [
    'references to unknown outputs',
    (d) => {
      d.outputs.canvas = 'blocks.canvs';
      branch(d).outputs.block = 'draw.score';
    },
    [],
  ],
  [
    'wires of the wrong kind',
    (d) => {
      body(d).append.in.canvas = 'steps.block';
      step(d).guided.flag = 'late.flags';
      step(d).late.in.value = 'open.block';
    },
    [],
  ],
  [
    'a flag that is none',
    (d) => {
      step(d).guided.flag = 'steps.index';
      d.nodes.blocks.until = 'append.canvas';
    },
    [],
  ],
  [
    'a carry without a next value and a next value without a carry',
    (d) => {
      delete body(d).steps.next.block;
      body(d).steps.next.blocks = 'guided.block';
    },
    [],
  ],
  [
    'a next value of another kind',
    (d) => {
      body(d).steps.next.block = 'guided.cache';
    },
    [],
  ],
  [
    'a carry with a reserved name',
    (d) => {
      body(d).steps.carry.index = 'open.block';
      body(d).steps.next.index = 'guided.block';
    },
    [],
  ],
  [
    'branches with different outputs',
    (d) => {
      delete branch(d).outputs.cache;
      branch(d).outputs.scores = 'draw.scores';
    },
    [],
  ],
  [
    'branches with outputs of different kinds',
    (d) => {
      branch(d).outputs.block = 'draw.scores';
    },
    [],
  ],
  [
    'a reference into a body from around it',
    (d) => {
      d.outputs.block = 'steps.block';
    },
    [],
  ],
  [
    'a reference into the other branch',
    (d) => {
      branch(d).outputs.cache = 'inner.cache';
    },
    [],
  ],
  [
    'an if that reads itself in a branch',
    (d) => {
      branch(d).nodes.draw.in.block = 'guided.block';
    },
    [],
  ],
  [
    'the index of a loop after the loop',
    (d) => {
      body(d).late2 = { kind: 'threshold', in: { value: 'steps.index' }, params: { limit: 1 } };
    },
    [],
  ],
  [
    'a cycle through several nodes',
    (d) => {
      Object.assign(body(d), {
        a: { kind: 'append', in: { canvas: 'b.canvas', block: 'open.block' } },
        b: { kind: 'append', in: { canvas: 'c.canvas', block: 'open.block' } },
        c: { kind: 'append', in: { canvas: 'a.canvas', block: 'open.block' } },
      });
    },
    [],
  ],
  [
    'a node that reads itself, and a loop that starts from itself',
    (d) => {
      body(d).append.in.canvas = 'append.canvas';
      body(d).steps.carry.cache = 'steps.cache';
    },
    [],
  ],
  [
    'a cycle through a body',
    (d) => {
      body(d).open.in.canvas = 'append.canvas';
    },
    [],
  ],
  [
    'an id that hides one around it',
    (d) => {
      branch(d).nodes.blocks = { kind: 'open-block', in: { canvas: 'input.canvas' } };
    },
    [],
  ],
  [
    'unknown parameters',
    (d) => {
      body(d).open.params.blocksize = 3;
      body(d).append.params = { size: 1 };
    },
    [],
  ],
  [
    'a missing parameter',
    (d) => {
      delete step(d).late.params;
      delete branch(d).nodes.draw.params.mode;
    },
    [],
  ],
  [
    'parameters out of bounds and of the wrong type',
    (d) => {
      body(d).open.params.blockSize = 65;
      branch(d).nodes.denoise.params.temperature = '1';
      branch(d).nodes.draw.params = { mode: 'gredy', strict: 1 };
      step(d).late.params.limit = null;
    },
    [],
  ],
  [
    'an integer with a fraction',
    (d) => {
      body(d).open.params.blockSize = 1.5;
    },
    [],
  ],
  [
    'a parameter that is not declared, and malformed references to parameters',
    (d) => {
      branch(d).nodes.denoise.params.temperature = { $param: 'heta' };
      body(d).open.params.blockSize = { param: 'steps' };
      branch(d).nodes.draw.params.mode = { $param: 3 };
    },
    [],
  ],
  [
    'declared parameters that do not fit where they are used',
    (d) => {
      body(d).open.params.blockSize = { $param: 'heat' };
      branch(d).nodes.draw.params.strict = { $param: 'mode' };
      step(d).late.params.limit = { $param: 'steps' };
    },
    [],
  ],
  [
    'declared bounds wider than those of a node',
    (d) => {
      d.params.heat = { type: 'number', min: -1, default: 1 };
      body(d).open.params.blockSize = { $param: 'big' };
      d.params.big = { type: 'integer', default: 100 };
    },
    [],
  ],
  [
    'declared choices that a node does not have',
    (d) => {
      d.params.mode.choices.push('wild');
    },
    [],
  ],
  [
    'a parameter that may be left out where a value is needed',
    (d) => {
      d.params.steps = { type: 'integer', optional: true };
    },
    [],
  ],
  [
    'declared parameters that contradict themselves',
    (d) => {
      d.params = {
        steps: { type: 'integer', min: 5, max: 1, default: 1.5 },
        heat: { type: 'number', max: 2, default: 3 },
        mode: { type: 'choice', choices: [], default: 'a' },
        twice: { type: 'choice', choices: ['a', 'a'] },
        both: { type: 'number', optional: true, default: 1 },
      };
    },
    [],
  ],
  [
    'declared parameters with wrong fields',
    (d) => {
      d.params = {
        steps: { type: 'int' },
        heat: { min: 1 },
        mode: { type: 'choice', choices: 'sample', min: 0 },
        flagged: { type: 'flag', default: 'yes', choice: [] },
        none: 3,
      };
    },
    [],
  ],
  [
    'the bound of a loop',
    (d) => {
      d.nodes.blocks.max = -1;
      body(d).steps.max = { $param: 'heat' };
    },
    [],
  ],
  [
    'a loop without a bound, and one with half a body',
    (d) => {
      delete d.nodes.blocks.max;
      delete body(d).steps.next;
      delete body(d).steps.carry;
    },
    [],
  ],
  [
    'an if without its parts',
    (d) => {
      delete step(d).guided.flag;
      delete step(d).guided.else;
    },
    [],
  ],
  [
    'an unknown field of an if, a branch and a loop',
    (d) => {
      step(d).guided.otherwise = {};
      branch(d).output = {};
      body(d).steps.while = 'late.flag';
    },
    [],
  ],
  [
    'an unknown subgraph',
    (d) => {
      use(d).use = 'stap';
    },
    [],
  ],
  [
    'a subgraph in a file where there are none',
    (d) => {
      use(d).use = './step.json';
    },
    [],
  ],
  [
    'wrong ports and parameters of a subgraph',
    (d) => {
      use(d).in = { cache: 'steps.block', canvas: 'blocks.canvas' };
      use(d).params = { mod: 1 };
    },
    [],
  ],
  [
    'a subgraph that includes itself',
    (d) => {
      d.graphs.step.nodes.again = { kind: 'graph', use: 'other', in: { cache: 'input.cache', block: 'input.block' } };
      d.graphs.other = {
        inputs: d.graphs.step.inputs,
        nodes: {
          back: {
            kind: 'graph',
            use: 'step',
            in: { cache: 'input.cache', block: 'input.block' },
            params: { mode: 'sample' },
          },
        },
        outputs: { block: 'back.block' },
      };
    },
    [],
  ],
  [
    'a fault inside a subgraph',
    (d) => {
      d.graphs.step.nodes.draw.in.block = 'input.cache';
      d.graphs.step.outputs.more = 'blocks.canvas';
    },
    [],
  ],
  [
    'unknown kinds of ports',
    (d) => {
      d.inputs.canvas = 'canvass';
      d.inputs.cache = 3;
    },
    [],
  ],
  [
    'a layout with places that are none',
    (d) => {
      d.layout.bloks = { x: 1, y: 2 };
      d.layout.blocks = { x: 'left', y: 1, z: 0 };
    },
    [],
  ],
  [
    'parts of the wrong type',
    (d) => {
      d.graphs = [];
      d.params = 'none';
      d.outputs = null;
    },
    [],
  ],
  [
    'several faults of every sort',
    (d) => {
      d.nme = d.name;
      delete d.name;
      d.nodes.blocks.max = 1.5;
      body(d).open.kind = 'openblock';
      body(d).append.in.block = 'step.block';
      step(d).late.params.limt = 3;
      branch(d).outputs.block = 'denoise.cache';
      d.params.steps.default = 51;
      d.outputs.done = 'append.done';
    },
    [],
  ],
];

test('the document is valid before it is broken', () => {
  expect(faultsOf(sampleDocument())).toEqual([]);
});

describe('every fault of', () => {
  test.each(cases)('%s', (_, breakIt, faults) => {
    const draft = sampleDocument();
    breakIt(draft);
    expect(faultsOf(draft)).toEqual(faults);
  });
});
