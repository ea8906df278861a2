import { describe, expect, test } from 'vitest';
import { bindParams, parseParams } from '../../src/graph/bind.js';
import { pipeline } from '../../src/graph/builder/pipeline.js';
import { canonicalJson } from '../../src/graph/canonical.js';
import { checkPipeline } from '../../src/graph/check.js';
import { describeNode } from '../../src/graph/describe.js';
import { drawPipeline } from '../../src/graph/draw.js';
import { formatFault } from '../../src/graph/fault.js';
import { InputError } from '../../src/graph/input-error.js';
import { defineNode } from '../../src/graph/node-definition.js';
import { integer } from '../../src/graph/params.js';
import { parsePipeline } from '../../src/graph/parse.js';
import { createRegistry } from '../../src/graph/registry.js';
import { pipelineSchema } from '../../src/graph/schema.js';

// Every plain object inherits fields of these names: a look-up that does not ask for its own would find them.
const same = defineNode({
  kind: 'constructor',
  summary: 'Hands a number on.',
  inputs: { valueOf: 'number' },
  outputs: { toString: 'number' },
  params: { hasOwnProperty: integer({}) },
  step: () => {
    throw new Error('the graph language must not run nodes');
  },
});
const registry = createRegistry([same]);

const document = {
  format: 1,
  name: 'inherited',
  params: { toString: { type: 'integer', default: 2 }, constructor: { type: 'integer', max: 9 } },
  inputs: { valueOf: 'number' },
  graphs: {
    isPrototypeOf: {
      params: { valueOf: { type: 'integer', default: 1 } },
      inputs: { constructor: 'number' },
      nodes: {
        valueOf: {
          kind: 'constructor',
          in: { valueOf: 'input.constructor' },
          params: { hasOwnProperty: { $param: 'valueOf' } },
        },
      },
      outputs: { toString: 'valueOf.toString' },
    },
  },
  nodes: {
    toString: {
      kind: 'loop',
      carry: { hasOwnProperty: 'input.valueOf' },
      max: { $param: 'toString' },
      body: {
        constructor: {
          kind: 'graph',
          use: 'isPrototypeOf',
          in: { constructor: 'toString.hasOwnProperty' },
          params: { valueOf: { $param: 'constructor' } },
        },
      },
      next: { hasOwnProperty: 'constructor.toString' },
    },
  },
  outputs: { constructor: 'toString.hasOwnProperty' },
};

const faultsOf = (value: unknown): readonly string[] => {
  const outcome = checkPipeline(value, registry);
  return outcome.ok ? [] : outcome.faults.map(({ path, message }) => `${path}: ${message}`);
};

describe('names that objects inherit', () => {
  test('may be given to everything that has a name', () => {
    const outcome = parsePipeline(JSON.stringify(document), registry);
    expect(outcome.ok ? [] : outcome.faults.map(formatFault)).toEqual([]);
    if (!outcome.ok) return;
    const { graph } = outcome;
    expect(checkPipeline(graph.document, registry)).toEqual(outcome);
    expect(graph.paramUses.map(({ param, path, name }) => `${param}: ${path} ${name}`)).toEqual([
      'constructor: toString/constructor valueOf',
      'constructor: toString/constructor/valueOf hasOwnProperty',
      'toString: toString max',
    ]);
    const text = canonicalJson(graph.document);
    for (const name of ['valueOf', 'constructor', 'toString', 'hasOwnProperty', 'isPrototypeOf']) {
      expect(text).toContain(`"${name}":`);
    }
    expect(drawPipeline(graph.document)).toContain('hasOwnProperty = $valueOf');
    expect(describeNode(same)).toContain('hasOwnProperty: an integer (required)');
    expect(JSON.stringify(pipelineSchema(registry))).toContain('"required":["hasOwnProperty"]');
  });

  test('stand for nothing where nothing was given them', () => {
    const bare = { format: 1, name: 'bare', inputs: { x: 'number' } };
    const nodes = {
      a: { kind: 'constructor' },
      b: { kind: 'toString' },
      c: { kind: 'graph', use: 'valueOf' },
      d: { kind: 'constructor', in: { valueOf: 'input.valueOf' }, params: { hasOwnProperty: { $param: 'valueOf' } } },
    };
    expect(faultsOf({ ...bare, nodes, outputs: { x: 'constructor.x', y: 'a.constructor' } })).toEqual([
      '$.nodes.b.kind: there is no kind of node "toString"',
      '$.nodes.c.use: there is no subgraph "valueOf"',
      '$.outputs.x: there is no node "constructor"',
      '$.nodes.a.in: input "valueOf" of "a" is not wired',
      '$.nodes.a.params: parameter "hasOwnProperty" of "a" must be set',
      '$.nodes.d.in.valueOf: there is no input "valueOf"',
      '$.nodes.d.params.hasOwnProperty[\'$param\']: no parameter "valueOf" is declared',
      '$.outputs.y: node "a" has no output "constructor"',
    ]);
    expect(faultsOf({ ...bare, inputs: { x: 'valueOf' }, nodes: {}, outputs: {} })).toEqual([
      '$.inputs.x: there is no kind of port "valueOf"',
    ]);
  });

  test('are parameters of a run only where they are declared', () => {
    const { graph } = pipeline(
      'inherited',
      { inputs: { x: 'number' }, params: { constructor: integer({}), valueOf: integer({ optional: true }) } },
      (g) => ({ x: g.node('a', same, { valueOf: g.input.x }, { hasOwnProperty: g.param.constructor }).toString }),
    );
    expect(bindParams(graph, { constructor: 3 })).toEqual({ constructor: 3 });
    expect(() => bindParams(graph, {})).toThrow('parameter "constructor" must be given');
    expect(() => bindParams(graph, { constructor: 1, toString: 1 })).toThrow('has no parameter "toString"');
    expect(parseParams(graph, ['constructor=4'])).toEqual({ constructor: 4 });
    expect(() => parseParams(graph, ['toString=4'])).toThrow('has no parameter "toString"');
  });

  test('are no parameters of another pipeline', () => {
    const inherited = { param: 'constructor', spec: Object.prototype.constructor as never };
    const build = () =>
      pipeline('p', { inputs: { x: 'number' }, params: {} }, (g) => ({
        x: g.node('a', same, { valueOf: g.input.x }, { hasOwnProperty: inherited }).toString,
      }));
    expect(build).toThrow(InputError);
    expect(build).toThrow('pipeline "p" uses a parameter "constructor" of another pipeline');
  });
});
