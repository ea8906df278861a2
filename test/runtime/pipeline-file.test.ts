import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatFault } from '../../src/graph/fault.js';
import { InputError } from '../../src/graph/input-error.js';
import { standardNodes } from '../../src/nodes/standard.js';
import { part } from '../support/part.js';
import { checkPipelineFile, readPipeline } from '../../src/runtime/pipeline-file.js';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pipelines-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(files: Readonly<Record<string, string | object>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
}

function faultsOf(name = 'main.json'): readonly string[] {
  const outcome = checkPipelineFile(path.join(folder, name), standardNodes);
  return outcome.ok ? [] : outcome.faults.map(formatFault);
}

describe('a pipeline in files', () => {
  it('finds what it includes relative to the file that includes it, in nested folders too', () => {
    write({
      'deep/main.json': part('main', './parts/a.json'),
      'deep/parts/a.json': part('a', './more/../more/b.json'),
      'deep/parts/more/b.json': part('b', '../../../c.json'),
      'c.json': part('c'),
    });
    expect(faultsOf('deep/main.json')).toEqual([]);
    const { graph } = readPipeline(path.join(folder, 'deep/main.json'), standardNodes);
    expect(graph.body.nodes.map((node) => node.path)).toEqual(['open/open/open/open']);
  });

  it('may have byte order marks and any line ends', () => {
    const windows = (document: object) => `\uFEFF${JSON.stringify(document, null, 2).replaceAll('\n', '\r\n')}`;
    write({ 'main.json': windows(part('main', './a.json')), 'a.json': windows(part('a')) });
    expect(faultsOf()).toEqual([]);
  });

  it('says what is missing, or a folder', () => {
    write({ 'main.json': part('main', './none.json'), 'over.json': part('over', './main.json/a.json') });
    write({ 'folder.json/a.json': part('a'), 'around.json': part('around', './folder.json') });
    const fault = (use: string) =>
      `$.nodes.open.use (line 10, column 7): there is no document "${use}"; expected a pipeline beside this one, found "${use}"`;
    expect(faultsOf()).toEqual([fault('./none.json')]);
    expect(faultsOf('over.json')).toEqual([fault('./main.json/a.json')]);
    expect(faultsOf('around.json')).toEqual([expect.stringContaining('is a folder; a pipeline is a JSON file')]);
    expect(() => faultsOf('nothing.json')).toThrow(InputError);
    expect(() => faultsOf('nothing.json')).toThrow('there is no pipeline file');
    expect(() => faultsOf('folder.json')).toThrow('is a folder; a pipeline is a JSON file');
  });

  it('says where the JSON of an included file is broken', () => {
    write({ 'main.json': part('main', './a.json'), 'a.json': '{\n  "format": 1,\n  "name" "x"\n}' });
    expect(faultsOf()).toEqual([
      '$.nodes.open.use (line 10, column 7): in ./a.json at $ (line 3, column 10): a colon is missing after the key; expected a colon, found a text',
    ]);
  });

  it('finds keys that an included file gives twice, beside its other faults', () => {
    const twice = JSON.stringify(part('a'), null, 1).replace('"open": {', '"name": "b", "open": {');
    write({
      'main.json': part('main', './a.json'),
      'a.json': twice.replace(' "name": "a"', ' "name": "a", "name": "c"'),
    });
    expect(faultsOf()).toEqual([
      expect.stringContaining('in ./a.json at $.name (line 3, column 15): "name" is given twice'),
      expect.stringContaining('in ./a.json at $.nodes.name (line 8, column 3): node "name" must be an object'),
    ]);
  });

  it('says where the faults of a file inside an included one are', () => {
    const broken = { ...part('b'), outputs: { block: 'open.blok' } };
    write({ 'main.json': part('main', './x/a.json'), 'x/a.json': part('a', './b.json'), 'x/b.json': broken });
    expect(faultsOf()).toEqual([
      '$.nodes.open.use (line 10, column 7): in ./x/a.json at $.nodes.open.use (line 10, column 7): ' +
        'in ./x/b.json at $.outputs.block (line 19, column 5): node "open" has no output "blok"; ' +
        'expected "block", found "open.blok"; did you mean "block"?',
    ]);
  });

  it('may not go in circles', () => {
    write({ 'main.json': part('main', './a.json'), 'a.json': part('a', './b.json'), 'b.json': part('b', './a.json') });
    expect(faultsOf()).toEqual([
      expect.stringContaining(
        'a subgraph cannot include itself; expected another subgraph, found ./a.json -> ./b.json -> ./a.json',
      ),
    ]);
    write({ 'self.json': part('self', './self.json') });
    expect(faultsOf('self.json')).toHaveLength(1);
    expect(faultsOf('self.json')[0]).toContain('a subgraph cannot include itself');
  });

  it('throws all its faults as one error to those who want it ready to run', () => {
    write({ 'main.json': { ...part('main', './a.json'), spare: 1 }, 'a.json': '[1,' });
    expect(() => readPipeline(path.join(folder, 'main.json'), standardNodes)).toThrow(InputError);
    expect(() => readPipeline(path.join(folder, 'main.json'), standardNodes)).toThrow(
      /main\.json has 2 faults:\n.*spare.*\n.*a\.json at \$ \(line 1, column 4\)/,
    );
  });
});
