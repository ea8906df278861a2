import { describe, expect, test } from 'vitest';
import type { CheckedGraph, GraphNode, IfNode, LoopNode, UnitNode } from '../../../src/graph/checked-graph.js';
import { checkPipeline } from '../../../src/graph/check.js';
import { formatFault } from '../../../src/graph/fault.js';
import { append, testRegistry } from '../support/nodes.js';
import { sampleDocument } from '../support/sample.js';

function check(document: unknown): CheckedGraph {
  const outcome = checkPipeline(document, testRegistry);
  if (!outcome.ok) throw new Error(outcome.faults.map(formatFault).join('\n'));
  return outcome.graph;
}

function everything(nodes: readonly GraphNode[]): readonly GraphNode[] {
  return nodes.flatMap((node) => {
    if (node.type === 'unit') return [node];
    if (node.type === 'loop') return [node, ...everything(node.body.nodes)];
    return [node, ...everything(node.then.body.nodes), ...everything(node.else.body.nodes)];
  });
}

function find(graph: CheckedGraph, path: string): GraphNode {
  const node = everything(graph.body.nodes).find((candidate) => candidate.path === path);
  if (node === undefined) throw new Error(`no node ${path}`);
  return node;
}

function unit(graph: CheckedGraph, path: string): UnitNode {
  const node = find(graph, path);
  if (node.type !== 'unit') throw new Error(`${path} is no unit`);
  return node;
}

function loop(graph: CheckedGraph, path: string): LoopNode {
  const node = find(graph, path);
  if (node.type !== 'loop') throw new Error(`${path} is no loop`);
  return node;
}

function branching(graph: CheckedGraph, path: string): IfNode {
  const node = find(graph, path);
  if (node.type !== 'if') throw new Error(`${path} is no if`);
  return node;
}

const carry = (node: LoopNode, name: string) => {
  const found = node.carries.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no carry ${name}`);
  return found;
};

const named = (values: readonly { name: string; value: number }[], name: string) =>
  values.find((value) => value.name === name)?.value;

describe('a checked graph', () => {
  const graph = check(sampleDocument());

  test('has every node once, by its path', () => {
    expect(everything(graph.body.nodes).map(({ path }) => path)).toEqual([
      'blocks',
      'blocks/open',
      'blocks/steps',
      'blocks/steps/late',
      'blocks/steps/guided',
      'blocks/steps/guided/then/inner/denoise',
      'blocks/steps/guided/then/inner/draw',
      'blocks/steps/guided/else/denoise',
      'blocks/steps/guided/else/draw',
      'blocks/append',
    ]);
  });

  test('reads a carry as this iteration inside the loop and as the end outside', () => {
    const blocks = loop(graph, 'blocks');
    const steps = loop(graph, 'blocks/steps');
    expect(unit(graph, 'blocks/open').inputs['canvas']).toBe(carry(blocks, 'canvas').current);
    expect(unit(graph, 'blocks/steps/guided/else/draw').inputs['block']).toBe(carry(steps, 'block').current);
    expect(unit(graph, 'blocks/append').inputs['block']).toBe(carry(steps, 'block').final);
    expect(unit(graph, 'blocks/steps/late').inputs['value']).toBe(steps.index);
    expect(carry(steps, 'cache').initial).toBe(carry(blocks, 'cache').current);
    expect(carry(blocks, 'cache').next).toBe(carry(steps, 'cache').final);
    expect(carry(blocks, 'cache').initial).toBe(named(graph.inputs, 'cache'));
    expect(named(graph.outputs, 'cache')).toBe(carry(blocks, 'cache').final);
    expect(blocks.until).toBe(unit(graph, 'blocks/append').outputs['done']);
    expect(steps.until).toBeNull();
  });

  test('gives the outputs of an if from both branches, in one order', () => {
    const guided = branching(graph, 'blocks/steps/guided');
    const then = unit(graph, 'blocks/steps/guided/then/inner/draw');
    const other = unit(graph, 'blocks/steps/guided/else/draw');
    expect(guided.outputs.map(({ name, kind }) => [name, kind])).toEqual([
      ['block', 'block'],
      ['cache', 'cache'],
    ]);
    expect(guided.then.outputs[0]).toBe(then.outputs['block']);
    expect(guided.else.outputs[0]).toBe(other.outputs['block']);
    expect(guided.else.outputs[1]).toBe(unit(graph, 'blocks/steps/guided/else/denoise').outputs['cache']);
    expect(carry(loop(graph, 'blocks/steps'), 'block').next).toBe(guided.outputs[0]?.value);
  });

  test('wires a subgraph straight to what is around it', () => {
    const steps = loop(graph, 'blocks/steps');
    expect(unit(graph, 'blocks/steps/guided/then/inner/denoise').inputs).toEqual({
      cache: carry(steps, 'cache').current,
      block: carry(steps, 'block').current,
    });
  });

  test('binds parameters to values or to those of the pipeline, also through subgraphs', () => {
    expect(unit(graph, 'blocks/open').params).toEqual({ blockSize: { value: 4 } });
    expect(loop(graph, 'blocks').max).toEqual({ value: 100 });
    expect(loop(graph, 'blocks/steps').max).toEqual({ param: 'steps' });
    expect(unit(graph, 'blocks/steps/guided/then/inner/denoise').params).toEqual({});
    expect(unit(graph, 'blocks/steps/guided/then/inner/draw').params).toEqual({ mode: { param: 'mode' } });
    expect(graph.paramUses.map(({ param, path, name }) => `${param}: ${path} ${name}`).sort()).toEqual([
      'heat: blocks/steps/guided/else/denoise temperature',
      'mode: blocks/steps/guided/then/inner mode',
      'mode: blocks/steps/guided/then/inner/draw mode',
      'steps: blocks/steps max',
    ]);
  });

  test('has its names, parameters and definitions', () => {
    expect(graph.name).toBe('sample');
    expect(Object.keys(graph.params)).toEqual(['heat', 'mode', 'steps']);
    expect(graph.inputs.map(({ name, kind }) => [name, kind])).toEqual([
      ['cache', 'cache'],
      ['canvas', 'canvas'],
    ]);
    expect(unit(graph, 'blocks/append').definition).toBe(append);
  });
});

describe('values from around a body', () => {
  test('keep their numbers inside, and may go out again', () => {
    const graph = check({
      format: 1,
      name: 'captures',
      inputs: { canvas: 'canvas', cache: 'cache' },
      nodes: {
        open: { kind: 'open-block', in: { canvas: 'input.canvas' } },
        repeat: {
          kind: 'loop',
          carry: { cache: 'input.cache', block: 'open.block' },
          max: 3,
          body: { denoise: { kind: 'denoise', in: { cache: 'input.cache', block: 'open.block' } } },
          next: { cache: 'input.cache', block: 'repeat.block' },
        },
      },
      outputs: { cache: 'repeat.cache', same: 'input.cache' },
    });
    const repeat = loop(graph, 'repeat');
    const cache = named(graph.inputs, 'cache');
    expect(unit(graph, 'repeat/denoise').inputs).toEqual({ cache, block: unit(graph, 'open').outputs['block'] });
    expect(carry(repeat, 'cache').next).toBe(cache);
    expect(carry(repeat, 'block').next).toBe(carry(repeat, 'block').current);
    expect(named(graph.outputs, 'same')).toBe(cache);
  });
});

describe('subgraphs', () => {
  const pipeline = (params: object, graphParams: object, use: object) => ({
    format: 1,
    name: 'outer',
    params,
    inputs: { canvas: 'canvas' },
    graphs: {
      opener: {
        params: graphParams,
        inputs: { canvas: 'canvas' },
        nodes: {
          open: { kind: 'open-block', in: { canvas: 'input.canvas' }, params: { blockSize: { $param: 'size' } } },
        },
        outputs: { block: 'open.block', canvas: 'input.canvas' },
      },
    },
    nodes: { first: { kind: 'graph', use: 'opener', in: { canvas: 'input.canvas' }, params: use } },
    outputs: { block: 'first.block', canvas: 'first.canvas' },
  });
  const integer = { type: 'integer', min: 1 };

  test('use their defaults where nothing is given', () => {
    const graph = check(pipeline({}, { size: { ...integer, default: 7 } }, {}));
    expect(unit(graph, 'first/open').params).toEqual({ blockSize: { value: 7 } });
  });

  test('pass values and parameters on', () => {
    const graph = check(
      pipeline({ outer: { ...integer, default: 9 } }, { size: integer }, { size: { $param: 'outer' } }),
    );
    expect(unit(graph, 'first/open').params).toEqual({ blockSize: { param: 'outer' } });
    expect(unit(check(pipeline({}, { size: integer }, { size: 3 })), 'first/open').params).toEqual({
      blockSize: { value: 3 },
    });
  });

  test('pass an input through without a node', () => {
    const graph = check(pipeline({}, { size: integer }, { size: 3 }));
    expect(named(graph.outputs, 'canvas')).toBe(named(graph.inputs, 'canvas'));
  });

  test('refuse a value that a node inside does not allow, where it was written', () => {
    const outcome = checkPipeline(pipeline({}, { size: integer }, { size: 65 }), testRegistry);
    expect(outcome.ok ? [] : outcome.faults.map(formatFault)).toEqual([
      '$.nodes.first.params.size: in node "first/open", parameter "blockSize" cannot be 65; expected an integer from 1 to 64, found 65',
    ]);
  });
  test('refuse such a value together with everything else that is wrong', () => {
    const broken = pipeline({}, { size: integer }, { size: 65 });
    const outputs = { block: 'first.blok' };
    const outcome = checkPipeline({ ...broken, outputs, spare: 1 }, testRegistry);
    expect(outcome.ok ? [] : outcome.faults.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      '$.spare: a pipeline has no field "spare"',
      '$.outputs.block: node "first" has no output "blok"',
      '$.nodes.first.params.size: in node "first/open", parameter "blockSize" cannot be 65',
    ]);
  });

  test.each([
    ['by the subgraph itself', { ...integer, max: 10 }, { size: 65 }, ['$.nodes.first.params.size']],
    ['as a default by the node', { ...integer, default: 65 }, {}, ['$.graphs.opener.nodes.open.params.blockSize']],
    ['for its type', integer, { size: 'big' }, ['$.nodes.first.params.size']],
    ['as no parameter', integer, { size: { $param: 'none' } }, ["$.nodes.first.params.size['$param']"]],
  ])('report a value once that is refused %s', (_, spec, use, places) => {
    const outcome = checkPipeline(pipeline({}, { size: spec }, use), testRegistry);
    expect(outcome.ok ? [] : outcome.faults.map(({ path }) => path)).toEqual(places);
  });

  test('follow values through several of them, and round no circle', () => {
    const sized = pipeline({}, { size: integer }, {});
    const around = (use: string, more: object) => ({
      params: { size: integer },
      inputs: { canvas: 'canvas' },
      nodes: {
        inner: { kind: 'graph', use, in: { canvas: 'input.canvas' }, params: { size: { $param: 'size' } } },
        ...more,
      },
      outputs: { block: 'inner.block' },
    });
    const back = { kind: 'graph', use: 'b', in: { canvas: 'input.canvas' }, params: { size: 70 } };
    const graphs = { ...sized.graphs, a: around('opener', { back }), b: around('a', {}) };
    const nodes = { first: { kind: 'graph', use: 'a', in: { canvas: 'input.canvas' }, params: { size: 65 } } };
    const outcome = checkPipeline({ ...sized, graphs, nodes, outputs: {} }, testRegistry);
    expect(outcome.ok ? [] : outcome.faults.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      expect.stringContaining('a subgraph cannot include itself'),
      '$.nodes.first.params.size: in node "first/inner/open", parameter "blockSize" cannot be 65',
    ]);
  });
});
