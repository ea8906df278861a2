import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../src/graph/input-error.js';
import { defineNode } from '../../src/graph/node-definition.js';
import { openPipeline, loadPipeline } from '../../src/index.js';
import { standardNodes } from '../../src/nodes/standard.js';
import { failureOf } from '../../src/runtime/import-module.js';
import { checkPipelineWithImports } from '../../src/runtime/pipeline-file.js';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest } from '../support/context.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

/** A module with one node that hands a canvas on, and leaves a trace on the disk when it is run. */
const passing = (kind = 'pass-on', more = '') => `
import { writeFileSync } from 'node:fs';
writeFileSync(new URL('./ran', import.meta.url), '');
export const passOn = {
  kind: '${kind}', summary: 'Hands a row on.', inputs: { canvas: 'canvas' }, outputs: { canvas: 'canvas' }, params: {},
  step: ({ inputs }) => ({ canvas: inputs.canvas }),
};
${more}`;

const documentOf = (imports: readonly string[], kind = 'pass-on') => ({
  format: 1,
  name: 'mine',
  imports,
  inputs: { canvas: 'canvas' },
  nodes: { pass: { kind, in: { canvas: 'input.canvas' } } },
  outputs: { canvas: 'pass.canvas' },
});
/** Includes another document. */
const around = (file: string) => ({
  ...documentOf([]),
  name: 'around',
  nodes: { pass: { kind: 'graph', use: file, in: { canvas: 'input.canvas' } } },
});

let folder = '';
const at = (name: string): string => path.join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'imports-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(files: Readonly<Record<string, string | object>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(at(name)), { recursive: true });
    writeFileSync(at(name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
}

async function faultsOf(name = 'main.json', policy: 'allow' | 'refuse' = 'allow'): Promise<readonly string[]> {
  const outcome = await checkPipelineWithImports(at(name), standardNodes, policy);
  return outcome.ok ? [] : outcome.faults.map(({ path: place, message }) => `${place}: ${message}`);
}

describe('modules that a document imports', () => {
  it('bring nodes that run', async () => {
    write({ 'main.json': documentOf(['./nodes/own.mjs']), 'nodes/own.mjs': passing() });
    const pipeline = await openPipeline(at('main.json'), { imports: 'allow' });
    const model = { denoiser: lumpyDenoiser(absorbingManifest), tokenizer: null };
    expect(await lastValueFrom(run(pipeline, { model, prompt: [1, 2] }))).toMatchObject({
      type: 'finished',
      rows: [{ tokens: [1, 2] }],
    });
    expect(existsSync(at('nodes/ran'))).toBe(true);
  });

  it('are not run unless that is allowed, whatever else is checked', async () => {
    write({ 'main.json': { ...documentOf(['./own.mjs']), spare: 1 }, 'own.mjs': passing() });
    expect(await faultsOf('main.json', 'refuse')).toEqual([
      expect.stringContaining('$.spare: a pipeline has no field "spare"'),
      '$.imports[0]: "./own.mjs" is not loaded, since it is code that would run with all your rights; kinds that may come from it: pass-on',
    ]);
    await expect(openPipeline(at('main.json'))).rejects.toThrow(/main\.json has 2 faults:[^]*--allow-imports/);
    expect(() => loadPipeline(at('main.json'))).toThrow(/main\.json has 2 faults:[^]*own\.mjs" is not loaded/);
    expect(existsSync(at('ran'))).toBe(false);
  });

  it('are not even looked for unless that is allowed', async () => {
    write({ 'main.json': documentOf(['./missing.mjs', 'missing-package']) });
    const faults = await faultsOf('main.json', 'refuse');
    expect(faults).toHaveLength(2);
    for (const fault of faults) expect(fault).toContain('is not loaded');
  });

  it('are not needed where the registry has their nodes', () => {
    write({ 'main.json': documentOf(['./own.mjs']), 'own.mjs': passing() });
    const passOn = defineNode({
      kind: 'pass-on',
      summary: 'Hands a row on.',
      inputs: { canvas: 'canvas' },
      outputs: { canvas: 'canvas' },
      params: {},
      step: ({ inputs }) => inputs,
    });
    expect(loadPipeline(at('main.json'), standardNodes.with([passOn])).graph.document.imports).toEqual(['./own.mjs']);
    expect(existsSync(at('ran'))).toBe(false);
  });

  it('are relative to the document that names them, and the same module is one', async () => {
    write({
      'main.json': { ...around('./deep/part.json'), imports: ['./deep/nodes/own.mjs'] },
      'deep/part.json': documentOf(['./nodes/../nodes/own.mjs', '../up.mjs']),
      'deep/nodes/own.mjs': passing(),
      'up.mjs': passing('another'),
    });
    symlinkSync(at('deep'), at('linked'));
    write({ 'both.json': { ...around('./linked/part.json'), imports: ['./deep/nodes/own.mjs'] } });
    expect(await faultsOf()).toEqual([]);
    expect(await faultsOf('both.json')).toEqual([]);
    const { graph } = await openPipeline(at('main.json'), { imports: 'allow' });
    expect(graph.document.imports).toEqual(['./deep/nodes/own.mjs', './up.mjs']);
  });

  it('may be packages, found from the folder of the document that names them', async () => {
    const exported = { name: 'nodes-foo', type: 'module', exports: { '.': { import: './lib/index.js' } } };
    const subpath = { name: '@me/nodes', exports: { './more': './lib/more.mjs' } };
    write({
      'node_modules/nodes-foo/package.json': exported,
      'node_modules/nodes-foo/lib/index.js': passing('from-foo'),
      'deep/node_modules/@me/nodes/package.json': subpath,
      'deep/node_modules/@me/nodes/lib/more.mjs': passing('from-me'),
      'deep/main.json': {
        ...documentOf(['nodes-foo', '@me/nodes/more'], 'from-foo'),
        nodes: {
          first: { kind: 'from-foo', in: { canvas: 'input.canvas' } },
          pass: { kind: 'from-me', in: { canvas: 'first.canvas' } },
        },
      },
      'main.json': documentOf(['@me/nodes/more'], 'from-me'),
      'closed.json': documentOf(['nodes-foo/lib/index.js'], 'from-foo'),
    });
    expect(await faultsOf('deep/main.json')).toEqual([]);
    expect(await faultsOf('main.json')).toEqual([
      expect.stringContaining('"@me/nodes/more" cannot be imported: it is not found'),
    ]);
    expect(await faultsOf('closed.json')).toEqual([
      expect.stringMatching(/cannot be imported: it is not found: .*exports/),
    ]);
  });

  it('count by all their exports that are nodes, and by a list that is the default', async () => {
    const more = `
const base = { summary: 'Nothing.', inputs: {}, outputs: {}, params: {}, step: () => ({}) };
const listed = [passOn, { ...base, kind: 'listed' }];
export default listed;
export const again = passOn;
export const plain = { ...base, kind: 'plain' };
export const helper = () => 1;
export const table = { a: 1 };
export const nothing = null;`;
    write({
      'main.json': {
        ...documentOf(['./own.mjs']),
        nodes: { ...documentOf([]).nodes, a: { kind: 'listed' }, b: { kind: 'plain' } },
      },
      'own.mjs': passing('pass-on', more),
      'common.json': documentOf(['./own.cjs'], 'common'),
      'own.cjs': `const step = ({ inputs }) => inputs;
const ports = { canvas: 'canvas' };
module.exports = [{ kind: 'common', summary: 'Old style.', inputs: ports, outputs: ports, params: {}, step }];`,
    });
    expect(await faultsOf()).toEqual([]);
    expect(await faultsOf('common.json')).toEqual([]);
  });
});

describe('an import that fails is one fault, with the document, the module and the cause', () => {
  const definition = (fields: string) => `export const a = {
  kind: 'pass-on', summary: 'x', inputs: {}, outputs: {}, params: {}, step: () => ({}), ${fields} };`;

  it.each([
    ['is missing', null, /there is no file .*own\.mjs/],
    ['throws', 'throw new Error("no luck\\nat all");', /: no luck$/],
    ['throws what is no error', 'throw 3;', /something was thrown that is no error \(number\)/],
    ['has no nodes', 'export const a = 1; export default {};', /it exports no node/],
    [
      'exports what throws when it is read',
      'export const a = { get kind() { throw new Error("boo"); } };',
      /throws when it is read: boo/,
    ],
    [
      'lists what is no node',
      `${passing()} export default [passOn, 3];`,
      /default export lists something that has no kind/,
    ],
    ['has a node without a step', definition('step: undefined'), /node kind "pass-on": it needs a method step/],
    ['has a node of two sorts', definition('ask: () => ({}), complete: () => ({})'), /has both step and ask/],
    ['has a node with a wrong port', definition('inputs: { a: "logits" }'), /port "a" has no known kind/],
    [
      'takes a standard kind',
      definition('kind: "remask"'),
      /it defines the kind "remask", which the registry has already/,
    ],
    ['has a kind twice', `${definition('')} export const b = { ...a };`, /it defines the kind "pass-on" twice/],
    ['imports what is not there', 'import "nowhere-at-all";', /nowhere-at-all/],
  ])('that %s', async (_, code, message) => {
    write({ 'main.json': documentOf(['./own.mjs']), ...(code === null ? {} : { 'own.mjs': code }) });
    const faults = await faultsOf();
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^\$\.imports\[0\]: "\.\/own\.mjs" cannot be imported: /);
    expect(faults[0]?.replace('; kinds that may come from it: pass-on', '')).toMatch(message);
    const opened = openPipeline(at('main.json'), { imports: 'allow' });
    await expect(opened).rejects.toBeInstanceOf(InputError);
    await expect(opened).rejects.toThrow(at('main.json'));
  });

  it('that is a folder', async () => {
    write({ 'main.json': documentOf(['./nodes']), 'nodes/index.mjs': passing() });
    expect(await faultsOf()).toEqual([expect.stringMatching(/"\.\/nodes" cannot be imported: .*nodes is a folder/)]);
  });

  it('that is a module of Node itself', async () => {
    write({ 'main.json': documentOf(['fs/promises']) });
    expect(await faultsOf()).toEqual([expect.stringContaining('it is a module of Node itself')]);
  });

  it('in a document that is included, at its place there', async () => {
    write({ 'main.json': around('./deep/part.json'), 'deep/part.json': documentOf(['./own.mjs']) });
    expect(await faultsOf()).toEqual([
      expect.stringMatching(/^\$\.nodes\.pass\.use: in \.\/deep\/part\.json at \$\.imports\[0\] .*deep.own\.mjs/),
    ]);
  });

  it('where another one has its kind, and the other one stays', async () => {
    write({
      'main.json': documentOf(['./own.mjs', './other.mjs']),
      'own.mjs': passing(),
      'other.mjs': passing(),
    });
    expect(await faultsOf()).toEqual([
      '$.imports[1]: "./other.mjs" cannot be imported: it defines the kind "pass-on", which ./own.mjs has already',
    ]);
  });
});

describe('what helps', () => {
  const failure = (code: string, message: string) => Object.assign(new Error(message), { code });

  it('is said of TypeScript that this Node cannot run', () => {
    const { message, expected } = failureOf(failure('ERR_UNKNOWN_FILE_EXTENSION', 'Unknown'), 'file:///a/b.ts');
    expect(message).toBe(`Node ${process.versions.node} does not run TypeScript`);
    expect(expected).toBe('JavaScript (compile it with tsc), or Node 22.18 or newer');
    const other = failureOf(failure('ERR_UNKNOWN_FILE_EXTENSION', 'Unknown file extension ".xy"'), 'file:///a/b.xy');
    expect(other.message).toBe('Unknown file extension ".xy"');
    const inside = failure('ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING', 'long');
    expect(failureOf(inside, 'file:///node_modules/a/b.ts').expected).toBe('a package that is compiled to JavaScript');
  });

  it('is said of a module that is no JavaScript', () => {
    const { message, expected } = failureOf(new SyntaxError('Unexpected token'), 'file:///a/b.mjs');
    expect(message).toBe('Unexpected token');
    expect(expected).toMatch(/^a module that loads \(node --check .*b\.mjs says where it does not\)$/);
  });

  it('is said where a module does not find samplewire', () => {
    const missing = failure('ERR_MODULE_NOT_FOUND', "Cannot find package 'samplewire' imported from /a/b.mjs");
    expect(failureOf(missing, 'file:///a/b.mjs').expected).toContain('samplewire installed where the module finds it');
  });
});
