import { describe, expect, test } from 'vitest';
import { checkPipeline } from '../../../src/graph/check.js';
import { formatFault } from '../../../src/graph/fault.js';
import { testRegistry } from '../support/nodes.js';

const part = (name: string, use?: string) => ({
  format: 1,
  name,
  inputs: { canvas: 'canvas' },
  nodes: {
    open:
      use === undefined
        ? { kind: 'open-block', in: { canvas: 'input.canvas' } }
        : { kind: 'graph', use, in: { canvas: 'input.canvas' } },
  },
  outputs: { block: 'open.block' },
});

function check(document: unknown, files: Readonly<Record<string, unknown>> = {}) {
  const asked: string[] = [];
  const outcome = checkPipeline(document, testRegistry, {
    resolve: (use) => {
      asked.push(use);
      return files[use];
    },
  });
  return { asked, outcome, faults: outcome.ok ? [] : outcome.faults.map(formatFault) };
}

describe('documents beside the one that is checked', () => {
  test('are found by their path from there, each once, whoever includes them', () => {
    const files = {
      './parts/a.json': part('a', '../b.json'),
      './b.json': part('b', './parts/deeper/../c.json'),
      './parts/c.json': part('c', '../../outside.json'),
      '../outside.json': part('outside'),
    };
    const main = part('main', './parts/a.json');
    const both = {
      ...main,
      nodes: { ...main.nodes, more: { kind: 'graph', use: './/b.json', in: { canvas: 'input.canvas' } } },
    };
    const { asked, outcome, faults } = check(both, files);
    expect(faults).toEqual([]);
    expect([...asked].sort()).toEqual(['../outside.json', './b.json', './parts/a.json', './parts/c.json']);
    expect(outcome.ok ? outcome.graph.body.nodes.map(({ path }) => path) : []).toEqual([
      'more/open/open/open',
      'open/open/open/open/open',
    ]);
  });

  test('are taken into the canonical document, which then stands by itself', () => {
    const { inputs, nodes, outputs } = part('x');
    const own = { inputs, nodes, outputs };
    const inner = { ...part('inner', 'own'), graphs: { own } };
    const main = { ...part('main', './inner.json'), graphs: { inner: own } };
    const { outcome, faults } = check(main, { './inner.json': inner });
    expect(faults).toEqual([]);
    if (!outcome.ok) return;
    expect(Object.keys(outcome.graph.document.graphs ?? {})).toEqual(['inner', 'inner-2', 'inner-own']);
    expect(outcome.graph.document.nodes).toMatchObject({ open: { use: 'inner-2' } });
    const alone = checkPipeline(outcome.graph.document, testRegistry);
    expect(alone).toEqual(outcome);
  });

  test('are refused where they are included, with their own faults', () => {
    const broken = part('broken');
    broken.outputs.block = 'open.blok';
    const withSpare = { ...broken, spare: 1 };
    expect(check(part('main', './x/broken.json'), { './x/broken.json': withSpare }).faults).toEqual([
      '$.nodes.open.use: in ./x/broken.json at $.spare: a pipeline has no field "spare"; expected one of format, name, nodes, outputs, $schema, imports, graphs, description, params, inputs, layout, found "spare"',
      '$.nodes.open.use: in ./x/broken.json at $.outputs.block: node "open" has no output "blok"; expected "block", found "open.blok"; did you mean "block"?',
    ]);
  });

  test('may be missing, unreadable, of a newer format, or no documents', () => {
    expect(check(part('main', './none.json')).faults).toEqual([
      '$.nodes.open.use: there is no document "./none.json"; expected a pipeline beside this one, found "./none.json"',
    ]);
    const outcome = checkPipeline(part('main', './x.json'), testRegistry, {
      resolve: () => {
        throw new Error('disk on fire');
      },
    });
    expect(outcome.ok ? [] : outcome.faults.map(({ message }) => message)).toEqual([
      '"./x.json" cannot be read: disk on fire',
    ]);
    expect(check(part('main', './x.json'), { './x.json': { ...part('x'), format: 9 } }).faults).toHaveLength(1);
    expect(check(part('main', './x.json'), { './x.json': 3 }).faults).toHaveLength(1);
  });

  test('may not include each other in a circle', () => {
    const files = { './a.json': part('a', './b.json'), './b.json': part('b', './a.json') };
    expect(check(part('main', './a.json'), files).faults).toEqual([
      '$.nodes.open.use: in ./a.json at $.nodes.open.use: a subgraph cannot include itself; expected another subgraph, found ./a.json -> ./b.json -> ./a.json',
    ]);
  });
});
