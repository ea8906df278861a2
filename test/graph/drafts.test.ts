import { describe, expect, test } from 'vitest';
import type { GraphNode, Region } from '../../src/graph/checked-graph.js';
import { checkPipeline } from '../../src/graph/check.js';
import { pipeline } from '../../src/graph/builder/pipeline.js';
import { use } from './support/broken.js';
import { testRegistry } from './support/nodes.js';
import { oneStep } from './support/pipelines.js';
import { sampleDocument } from './support/sample.js';

function graphOf(document: unknown) {
  const outcome = checkPipeline(document, testRegistry);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.faults));
  return outcome.graph;
}

const insideOf = (node: GraphNode): readonly Region[] =>
  node.type === 'loop' ? [node.body] : node.type === 'if' ? [node.then.body, node.else.body] : [];

/** Paths of the nodes that are inside drafts. */
const draftsIn = ({ nodes }: Region): readonly string[] =>
  nodes.flatMap((node) =>
    node.type === 'unit' ? (node.draft ? [node.path] : []) : insideOf(node).flatMap((region) => draftsIn(region)),
  );

/** The sample, with its subgraph `step` inside another one, `outer`. */
function nested() {
  const document = sampleDocument();
  const inner = { cache: 'input.cache', block: 'input.block' };
  document.graphs.outer = {
    inputs: { cache: 'cache', block: 'block' },
    nodes: { deep: { kind: 'graph', use: 'step', in: inner, params: { mode: 'greedy' } } },
    outputs: { block: 'deep.block', cache: 'deep.cache' },
  };
  Object.assign(use(document), { use: 'outer', params: {} });
  return document;
}

describe('a draft', () => {
  test('marks every node of the subgraph, and none outside', () => {
    expect(draftsIn(graphOf(sampleDocument()).body)).toEqual([]);
    const document = sampleDocument();
    use(document).draft = true;
    const inner = 'blocks/steps/guided/then/inner';
    expect(draftsIn(graphOf(document).body)).toEqual([`${inner}/denoise`, `${inner}/draw`]);
  });

  test('holds for the subgraphs inside it, whatever they say', () => {
    const document = nested();
    use(document).draft = true;
    document.graphs.outer.nodes.deep.draft = false;
    const deep = 'blocks/steps/guided/then/inner/deep';
    expect(draftsIn(graphOf(document).body)).toEqual([`${deep}/denoise`, `${deep}/draw`]);
  });

  test('inside a subgraph does not reach out of it', () => {
    const document = nested();
    document.graphs.outer.nodes.after = { kind: 'denoise', in: { cache: 'deep.cache', block: 'deep.block' } };
    document.graphs.outer.nodes.deep.draft = true;
    const deep = 'blocks/steps/guided/then/inner/deep';
    expect(draftsIn(graphOf(document).body)).toEqual([`${deep}/denoise`, `${deep}/draw`]);
  });

  test('is kept by the canonical form, where it is one', () => {
    const document = sampleDocument();
    use(document).draft = true;
    expect(JSON.stringify(graphOf(document).document)).toContain('"draft":true');
    use(document).draft = false;
    expect(graphOf(document)).toEqual(graphOf(sampleDocument()));
  });

  test('is a method of the builder', () => {
    const drafting = pipeline('drafting', { inputs: { cache: 'cache', block: 'block' }, params: {} }, (g) => {
      const tried = g.draft('tried', oneStep, g.input, { mode: 'greedy' });
      return g.use('done', oneStep, { cache: g.input.cache, block: tried.block }, { mode: 'sample' });
    });
    const { tried, done } = drafting.document.nodes;
    expect(tried).toMatchObject({ kind: 'graph', use: 'one-step', draft: true });
    expect(done).not.toHaveProperty('draft');
    expect(draftsIn(drafting.graph.body)).toEqual(['tried/denoise', 'tried/sample']);
  });
});
