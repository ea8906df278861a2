import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPipeline } from '../../src/graph/check.js';
import { drawPipeline } from '../../src/graph/draw.js';
import { use } from './support/broken.js';
import { testRegistry } from './support/nodes.js';
import { randomDocument } from './support/random-document.js';
import { sampleDocument } from './support/sample.js';

const draw = (document: unknown): string => {
  const outcome = checkPipeline(document, testRegistry);
  if (!outcome.ok) throw new Error('the document is broken');
  return drawPipeline(outcome.graph.document);
};

describe('a drawing', () => {
  test('keeps a carry that is named until apart from the flag that ends the loop', () => {
    const open = { kind: 'open-block', in: { canvas: 'input.canvas' } };
    const add = { kind: 'append', in: { canvas: 'rows.until', block: 'open.block' } };
    const rows = {
      kind: 'loop',
      carry: { until: 'input.canvas' },
      max: 3,
      until: 'add.done',
      body: { add },
      next: { until: 'add.canvas' },
    };
    const drawn = draw({ format: 1, name: 'u', inputs: { canvas: 'canvas' }, nodes: { open, rows }, outputs: {} });
    expect(drawn.match(/"canvas to until"/g)).toHaveLength(2);
    expect(drawn).toContain('"done to until"');
  });

  test('has frames, boxes, and wires with the names of their ports', () => {
    const small = {
      format: 1,
      name: 'small',
      inputs: { canvas: 'canvas' },
      nodes: {
        rows: {
          kind: 'loop',
          carry: { canvas: 'input.canvas' },
          max: 3,
          until: 'add.done',
          body: {
            open: { kind: 'open-block', in: { canvas: 'rows.canvas' }, params: { blockSize: 2 } },
            add: { kind: 'append', in: { canvas: 'rows.canvas', block: 'open.block' } },
          },
          next: { canvas: 'add.canvas' },
        },
      },
      outputs: { text: 'rows.canvas' },
    };
    expect(draw(small)).toBe(`flowchart TD
  subgraph n1["small"]
    n2(["inputs<br>canvas"])
    subgraph n3["rows: up to 3 times, until add.done"]
      n4(["carry<br>canvas"])
      n5["add<br>append"]
      n6["open<br>open-block<br>blockSize = 2"]
      n7(["next<br>canvas"])
    end
    n8(["outputs<br>text"])
  end
  n2 -- "canvas" --> n4
  n6 -- "block" --> n5
  n4 -- "canvas" --> n5
  n4 -- "canvas" --> n6
  n5 -- "canvas" --> n7
  n5 -- "done to until" --> n7
  n7 -- "canvas to text" --> n8
  n7 -.-> n4
`);
  });

  test('shows branches, subgraphs and parameters of the pipeline', () => {
    const drawing = draw(sampleDocument());
    for (const part of [
      'guided: if late.flag',
      'subgraph step',
      '[["inner<br>step<br>mode = $mode"]]',
      '"then"',
      '"else"',
    ]) {
      expect(drawing).toContain(part);
    }
  });

  test('says which subgraphs are drafts', () => {
    const drafting = sampleDocument();
    use(drafting).draft = true;
    expect(draw(drafting)).toContain('[["inner<br>step<br>draft<br>mode = $mode"]]');
  });

  test('cannot be broken by texts', () => {
    const nasty = 'a"]; end\nclick x <b>`&#35;{|}';
    const drawing = draw({ ...sampleDocument(), name: nasty });
    expect(drawing).toContain('subgraph n1["a#34;#93;; end click x #60;b#62;#96;#38;#35;35;#123;#124;#125;"]');
  });

  test('closes every frame, and connects boxes that it has', () => {
    fc.assert(
      fc.property(randomDocument, (document) => {
        const drawing = draw(document);
        const lines = drawing.split('\n').map((line) => line.trim());
        expect(lines.filter((line) => line.startsWith('subgraph ')).length).toBe(
          lines.filter((line) => line === 'end').length,
        );
        const boxes = new Set([...drawing.matchAll(/^ *(n\d+)[([{]/gm)].map(([, name]) => name));
        const wires = [...drawing.matchAll(/^ *(n\d+) (?:-- "[^"]*" -->|-\.->) (n\d+)$/gm)];
        for (const [, from, to] of wires) expect([boxes.has(from), boxes.has(to)]).toEqual([true, true]);
        const references =
          JSON.stringify([document.nodes, document.outputs, document.graphs]).match(/"[A-Za-z]\w*\.\w+"/g) ?? [];
        const loops = drawing.match(/ -\.-> /g) ?? [];
        expect(wires.length).toBe(references.length + loops.length);
      }),
      { numRuns: 60 },
    );
  });
});
