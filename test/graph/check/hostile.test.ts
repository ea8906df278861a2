import { describe, expect, test } from 'vitest';
import { checkPipeline } from '../../../src/graph/check.js';
import { formatFault } from '../../../src/graph/fault.js';
import { maxDepth, maxFaults, maxNodes, maxTextLength, maxValues } from '../../../src/graph/limits.js';
import { parsePipeline } from '../../../src/graph/parse.js';
import { testRegistry } from '../support/nodes.js';

function faultsOf(value: unknown): readonly string[] {
  const outcome = checkPipeline(value, testRegistry);
  return outcome.ok ? [] : outcome.faults.map(formatFault);
}

const open = { kind: 'open-block', in: { canvas: 'input.canvas' } };
const document = (parts: object) => ({
  format: 1,
  name: 'hostile',
  inputs: { canvas: 'canvas', cache: 'cache' },
  nodes: {},
  outputs: {},
  ...parts,
});

describe('documents that are made to hurt', () => {
  test('one that contains itself', () => {
    const nodes: Record<string, unknown> = {};
    nodes['self'] = nodes;
    expect(faultsOf(document({ nodes }))).toHaveLength(1);
    expect(faultsOf(document({ nodes }))[0]).toContain('the document is nested too deeply, or contains itself');
  });

  test('text nested deeper than any stack', () => {
    const depth = 1_000_000;
    for (const text of ['['.repeat(depth), '{"a":'.repeat(depth), '['.repeat(depth) + ']'.repeat(depth)]) {
      const outcome = parsePipeline(text, testRegistry);
      expect(outcome.ok ? [] : outcome.faults.map(({ message }) => message)).toEqual([
        'the document is nested too deeply',
      ]);
    }
  });

  test('bodies as deep as the limit allows are fine, and deeper ones are a fault', () => {
    const nested = (levels: number): object => {
      let nodes: Record<string, unknown> = { [`n${levels}`]: open };
      for (let level = levels - 1; level > 0; level -= 1) {
        nodes = { [`n${level}`]: { kind: 'loop', carry: {}, max: 1, body: nodes, next: {} } };
      }
      return document({ nodes });
    };
    expect(faultsOf(nested(Math.floor(maxDepth / 2) - 2))).toEqual([]);
    expect(faultsOf(nested(maxDepth))).toHaveLength(1);
  });

  test('one object in many places, which is exponentially large when it is written out', () => {
    let nodes: object = {};
    for (let level = 0; level < 40; level += 1) {
      const branch = { nodes, outputs: {} };
      nodes = { [`n${level}`]: { kind: 'if', flag: 'a.b', then: branch, else: branch } };
    }
    const faults = faultsOf(document({ nodes }));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`expected at most ${maxValues} values`);
  });

  test('subgraphs that double at every level', () => {
    const graphs: Record<string, object> = {};
    for (let level = 0; level < 60; level += 1) {
      const use = { kind: 'graph', use: `g${level - 1}` };
      graphs[`g${level}`] = { nodes: level === 0 ? {} : { a: use, b: use }, outputs: {} };
    }
    const faults = faultsOf(document({ graphs, nodes: { all: { kind: 'graph', use: 'g59' } } }));
    expect(faults.length).toBeGreaterThan(0);
    for (const fault of faults) expect(fault).toContain(`expected at most ${maxNodes}`);
  });

  test('subgraphs that are nested very deeply', () => {
    const graphs: Record<string, object> = { g0: { nodes: {}, outputs: {} } };
    for (let level = 1; level < 5000; level += 1) {
      graphs[`g${level}`] = { nodes: { a: { kind: 'graph', use: `g${level - 1}` } }, outputs: {} };
    }
    const faults = faultsOf(document({ graphs, nodes: { all: { kind: 'graph', use: 'g4999' } } }));
    expect(faults[0]).toContain('nested too deeply');
  });

  test('a chain of thousands of nodes', () => {
    const nodes: Record<string, object> = { n0: open };
    for (let i = 1; i < 5000; i += 1) {
      nodes[`n${i}`] = {
        kind: 'append',
        in: { canvas: i === 1 ? 'input.canvas' : `n${i - 1}.canvas`, block: 'n0.block' },
      };
    }
    expect(faultsOf(document({ nodes, outputs: { canvas: 'n4999.canvas' } }))).toEqual([]);
  });

  test('more faults than anybody reads', () => {
    const nodes = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`n${i}`, { kind: 'opne-block' }]));
    const faults = faultsOf(document({ nodes }));
    expect(faults).toHaveLength(maxFaults + 1);
    expect(faults.at(-1)).toContain(`found ${5000 - maxFaults} more`);
  });

  test('objects that throw when they are read', () => {
    const trap = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );
    const getter = Object.defineProperty({}, 'kind', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    for (const nodes of [trap, { a: getter }]) {
      expect(faultsOf(document({ nodes }))).toEqual([
        '$: the document cannot be read; expected plain JSON data, found an object that throws when it is read',
      ]);
    }
  });

  test('values that JSON does not have, all of them', () => {
    const nodes = { a: () => 1, b: 1n, c: Symbol('s'), d: new Date(0), e: NaN, f: new Map(), g: undefined };
    const places = faultsOf(document({ nodes })).map((fault) => fault.split(':')[0]);
    expect(places).toEqual(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => `$.nodes.${id}`));
  });

  test('names that objects have by themselves', () => {
    const text = JSON.stringify(
      document({ nodes: { a: { ...open, params: { toString: 1 } } }, outputs: { b: 'constructor.name' } }),
    );
    const outcome = parsePipeline(text.replace('"nodes":{', '"__proto__":{"nodes":{}},"nodes":{'), testRegistry);
    expect(outcome.ok ? [] : outcome.faults.map(({ path }) => path)).toEqual([
      '$.__proto__',
      '$.outputs.b',
      '$.nodes.a.params.toString',
    ]);
  });

  test('ids that objects have by themselves are ordinary ids', () => {
    const nodes = {
      constructor: open,
      toString: { kind: 'append', in: { canvas: 'input.canvas', block: 'constructor.block' } },
    };
    const text = JSON.stringify(document({ nodes, outputs: { valueOf: 'toString.canvas' } }));
    expect(parsePipeline(text, testRegistry).ok).toBe(true);
  });

  test('text that is too long', () => {
    const outcome = parsePipeline(' '.repeat(maxTextLength + 1), testRegistry);
    expect(outcome.ok ? [] : outcome.faults.map(({ message }) => message)).toEqual(['the text is too long']);
  });
});
