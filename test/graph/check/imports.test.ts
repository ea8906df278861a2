import { describe, expect, test } from 'vitest';
import { pipeline } from '../../../src/graph/builder/pipeline.js';
import { canonicalJson, documentHash } from '../../../src/graph/canonical.js';
import { checkPipeline, type CheckOptions } from '../../../src/graph/check.js';
import type { FindImport } from '../../../src/graph/check/read-imports.js';
import { formatFault } from '../../../src/graph/fault.js';
import { parsePipeline } from '../../../src/graph/parse.js';
import { openBlock, testRegistry } from '../support/nodes.js';

const base = {
  format: 1,
  name: 'p',
  inputs: { canvas: 'canvas' },
  nodes: { open: { kind: 'open-block', in: { canvas: 'input.canvas' } } },
  outputs: { block: 'open.block' },
};
/** A document whose second node is of a kind that nobody knows. */
const foreign = {
  ...base,
  imports: ['./mine.mjs'],
  nodes: { ...base.nodes, twist: { kind: 'twist', in: { block: 'open.block' } } },
  outputs: { block: 'twist.block' },
};

function faultsOf(document: unknown, options: CheckOptions = {}): readonly string[] {
  const outcome = checkPipeline(document, testRegistry, options);
  return outcome.ok ? [] : outcome.faults.map(formatFault);
}

const outcome =
  (state: 'left-out' | 'failed'): FindImport =>
  (module, from) => ({ state, message: `"${module}" of "${from}" is not there`, expected: 'it', found: 'none' });

describe('imports of a document', () => {
  test.each([['./a.mjs'], ['../up/a.ts'], ['samplewire-nodes-foo'], ['@me/nodes'], ['@me/nodes/sub/path.js'], ['a/b']])(
    '%s may be named',
    (module) => {
      expect(faultsOf({ ...base, imports: [module] })).toEqual([]);
    },
  );

  test.each([
    ['/etc/a.mjs'],
    ['C:\\a.mjs'],
    ['https://example.org/a.mjs'],
    ['data:text/javascript,1'],
    ['file:///a.mjs'],
    ['node:fs'],
    ['./'],
    [''],
    ['.hidden'],
    ['@me'],
    ['../'],
  ])('%j is refused', (module) => {
    expect(faultsOf({ ...base, imports: [module] })).toEqual([
      `$.imports[0]: this names no module to import; expected a path that begins with ./ or ../, or the name of a package, found ${JSON.stringify(module)}`,
    ]);
  });

  test('that are not there leave wrong wires into their nodes to be told', () => {
    const twist = { kind: 'twist', in: { a: 'opne.block', b: 'open.blok', c: 'input.canvass' } };
    const document = { ...foreign, nodes: { ...base.nodes, twist }, outputs: { block: 'twist.any', other: 'twits.x' } };
    const faults = faultsOf(document);
    expect(faults).toHaveLength(5);
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^\$\.imports\[0\].*kinds that may come from it: twist/),
        expect.stringMatching(/^\$\.nodes\.twist\.in\.a: there is no node "opne".*did you mean "open"/),
        expect.stringMatching(/^\$\.nodes\.twist\.in\.b: node "open" has no output "blok".*did you mean "block"/),
        expect.stringMatching(/^\$\.nodes\.twist\.in\.c: there is no input "canvass".*did you mean "canvas"/),
        expect.stringMatching(/^\$\.outputs\.other: there is no node "twits".*did you mean "twist"/),
      ]),
    );
  });

  test('are a list of texts, each once', () => {
    expect(faultsOf({ ...base, imports: './a.mjs' })).toEqual([
      '$.imports: "imports" must be a list; expected a list of modules, found "./a.mjs"',
    ]);
    expect(faultsOf({ ...base, imports: ['./a.mjs', 1, './a.mjs'] })).toEqual([
      '$.imports[1]: an import must be text; expected text, found 1',
      '$.imports[2]: this module is imported already; expected each module once, found "./a.mjs"',
    ]);
  });

  test('that were not loaded are the fault where a kind is unknown, and everything else is checked all the same', () => {
    const wrong = {
      ...foreign,
      nodes: { ...foreign.nodes, more: { kind: 'open-block', in: { canvas: 'open.block' } } },
    };
    expect(faultsOf(wrong, { findImport: outcome('left-out') })).toEqual([
      '$.imports[0]: "./mine.mjs" of "" is not there; kinds that may come from it: twist; expected it, found none',
      '$.nodes.more.in.canvas: input "canvas" of "more" takes canvas, but "open.block" gives block; expected canvas, found block',
    ]);
    expect(faultsOf(foreign)).toEqual([
      '$.imports[0]: "./mine.mjs" has not been loaded; kinds that may come from it: twist; expected a registry that has its nodes, found one without',
    ]);
  });

  test('that were not loaded and are not needed are no fault; those that failed are', () => {
    const idle = { ...base, imports: ['./mine.mjs'] };
    expect(faultsOf(idle, { findImport: outcome('left-out') })).toEqual([]);
    expect(faultsOf(idle, { findImport: outcome('failed') })).toEqual([
      '$.imports[0]: "./mine.mjs" of "" is not there; expected it, found none',
    ]);
  });

  test('that were loaded leave unknown kinds to be faults of their own', () => {
    expect(faultsOf(foreign, { findImport: () => ({ state: 'loaded' }) })).toEqual([
      '$.nodes.twist.kind: there is no kind of node "twist"; expected a registered kind, loop, if or graph, found "twist"',
    ]);
  });

  test('have a place in the text', () => {
    const text = JSON.stringify({ ...base, imports: ['a', '/b'] }, null, 1);
    const result = parsePipeline(text, testRegistry);
    const line = text.split('\n').findIndex((each) => each.includes('/b')) + 1;
    expect(result.ok ? [] : result.faults).toMatchObject([{ path: '$.imports[1]', line, column: 3 }]);
  });

  test('of included documents are asked for with the document, and are seen from the checked one', () => {
    const use = (file: string) => ({ kind: 'graph', use: file, in: { canvas: 'input.canvas' } });
    const files: Readonly<Record<string, object>> = {
      './x/a.json': { ...base, imports: ['./n.mjs', 'pack', '../up.mjs'], nodes: { open: use('./y/b.json') } },
      './x/y/b.json': { ...base, imports: ['../n.mjs', 'pack'] },
    };
    const asked: string[] = [];
    const result = checkPipeline({ ...base, imports: ['./m.mjs'], nodes: { open: use('./x/a.json') } }, testRegistry, {
      resolve: (file) => files[file],
      findImport: (module, from) => {
        asked.push(`${from} ${module}`);
        return { state: 'loaded' };
      },
    });
    expect(asked).toEqual([
      ' ./m.mjs',
      './x/a.json ./n.mjs',
      './x/a.json pack',
      './x/a.json ../up.mjs',
      './x/y/b.json ../n.mjs',
      './x/y/b.json pack',
    ]);
    expect(result.ok && result.graph.document.imports).toEqual(['./m.mjs', './up.mjs', './x/n.mjs', 'pack']);
    const [fault] = faultsOf(
      { ...base, nodes: { open: use('./x/a.json') } },
      {
        resolve: (file) => files[file],
        findImport: (module) => outcome(module === '../n.mjs' ? 'failed' : 'left-out')(module, 'there'),
      },
    );
    expect(fault).toContain('in ./x/a.json at $.nodes.open.use: in ./x/y/b.json at $.imports[0]: "../n.mjs"');
  });
});

describe('imports in other forms of a document', () => {
  const face = { inputs: { canvas: 'canvas' }, params: {} } as const;

  test('belong to what makes it the sampler it is, in any order', () => {
    const { document } = pipeline('p', { ...face, imports: ['b', './a.mjs', 'b'] }, (g) =>
      g.node('open', openBlock, { canvas: g.input.canvas }),
    );
    expect(document.imports).toEqual(['./a.mjs', 'b']);
    expect(canonicalJson({ ...document, imports: ['b', './a.mjs'] })).toBe(canonicalJson(document));
    const { imports, ...without } = document;
    expect(imports).toHaveLength(2);
    expect(documentHash(without)).not.toBe(documentHash(document));
    expect(documentHash({ ...without, imports: [] })).toBe(documentHash(without));
    const outcome = checkPipeline(JSON.parse(JSON.stringify(document)), testRegistry);
    expect(outcome.ok && outcome.graph.document).toEqual(document);
  });

  test('of pipelines that a built one uses are its own as well', () => {
    const part = pipeline('part', { ...face, imports: ['./part.mjs'] }, (g) =>
      g.node('open', openBlock, { canvas: g.input.canvas }),
    );
    const whole = pipeline('whole', { ...face, imports: ['./whole.mjs'] }, (g) =>
      g.use('in', part, { canvas: g.input.canvas }),
    );
    expect(whole.document.imports).toEqual(['./part.mjs', './whole.mjs']);
  });
});
