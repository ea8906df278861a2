import { describe, expect, test } from 'vitest';
import { canonicalJson, documentHash } from '../../src/graph/canonical.js';
import type { PipelineDocument } from '../../src/graph/document.js';

const document: PipelineDocument = {
  name: 'p',
  format: 1,
  inputs: { canvas: 'canvas' },
  params: { n: { type: 'integer', description: 'how many', default: 2 } },
  nodes: { b: { params: { x: { $param: 'n' } }, kind: 'k', in: { y: 'input.canvas' } }, a: { kind: 'j' } },
  outputs: { out: 'b.c' },
};

describe('the canonical text', () => {
  test('has sorted keys and no white space', () => {
    expect(canonicalJson(document)).toBe(
      '{"format":1,"inputs":{"canvas":"canvas"},"name":"p","nodes":{"a":{"kind":"j"},' +
        '"b":{"in":{"y":"input.canvas"},"kind":"k","params":{"x":{"$param":"n"}}}},' +
        '"outputs":{"out":"b.c"},"params":{"n":{"default":2,"type":"integer"}}}',
    );
  });

  test('leaves out what changes no run', () => {
    const decorated: PipelineDocument = {
      ...document,
      $schema: 'x',
      description: 'y',
      layout: { a: { x: 1, y: 2 } },
      graphs: {},
      nodes: { ...document.nodes, a: { kind: 'j', in: {}, params: {} } },
    };
    expect(canonicalJson(decorated)).toBe(canonicalJson(document));
    const graph = { nodes: {}, outputs: {}, params: { d: { type: 'flag' } } } as const;
    const described = {
      ...graph,
      description: 'z',
      layout: {},
      params: { d: { type: 'flag', description: 'y' } },
    } as const;
    expect(canonicalJson({ ...document, graphs: { g: described } })).toBe(
      canonicalJson({ ...document, graphs: { g: graph } }),
    );
  });

  test('keeps a parameter that is named like a description', () => {
    const named: PipelineDocument = { ...document, params: { description: { type: 'flag' } } };
    expect(canonicalJson(named)).toContain('"description":{"type":"flag"}');
  });
});

describe('the hash', () => {
  test('is FNV-1a of 64 bits', () => {
    // Computed independently for the text of an empty pipeline, {"format":1,"name":"é"}.
    expect(documentHash({ format: 1, name: 'é', nodes: {}, outputs: {} })).toBe('916743a019c023e6');
  });

  test('changes with everything that changes the sampler', () => {
    const others: PipelineDocument[] = [
      { ...document, name: 'q' },
      { ...document, inputs: {} },
      { ...document, params: { n: { type: 'integer', default: 3 } } },
      { ...document, outputs: { out: 'b.d' } },
      { ...document, nodes: { ...document.nodes, a: { kind: 'i' } } },
      { ...document, graphs: { g: { nodes: {}, outputs: { x: 'input.y' } } } },
    ];
    const hashes = [document, ...others].map(documentHash);
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });
});
