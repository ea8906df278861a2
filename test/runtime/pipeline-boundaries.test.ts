import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatFault } from '../../src/graph/fault.js';
import { InputError } from '../../src/graph/input-error.js';
import { maxFiles, maxTextLength, maxTotalText } from '../../src/graph/limits.js';
import { loadPipeline, openPipeline } from '../../src/index.js';
import { standardNodes } from '../../src/nodes/standard.js';
import { checkPipelineFile } from '../../src/runtime/pipeline-file.js';
import { part } from '../support/part.js';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'boundaries-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => path.join(folder, name);

function write(name: string, content: string | object): string {
  mkdirSync(path.dirname(at(name)), { recursive: true });
  writeFileSync(at(name), typeof content === 'string' ? content : JSON.stringify(content));
  return at(name);
}

function faultsOf(name = 'main.json', root?: string): string {
  const outcome = checkPipelineFile(at(name), standardNodes, root === undefined ? {} : { root });
  return outcome.ok ? '' : outcome.faults.map(formatFault).join('\n');
}

const windows = process.platform === 'win32';

describe.skipIf(windows)('what is no regular file is refused and not read', () => {
  const device = (name: string): void => symlinkSync(name, at('part.json'));

  it.each(['/dev/zero', '/dev/random', '/dev/tty'])('%s', (name) => {
    if (!existsSync(name)) return;
    write('main.json', part('main', './part.json'));
    device(name);
    expect(faultsOf()).toContain(
      'part.json is a device; a pipeline must be a regular file; expected a pipeline beside',
    );
    expect(() => faultsOf('part.json')).toThrow(InputError);
  });

  it('a FIFO that nobody writes to', () => {
    execFileSync('mkfifo', [at('part.json')]);
    write('main.json', part('main', './part.json'));
    expect(faultsOf()).toContain('part.json is a pipe; a pipeline must be a regular file');
    expect(() => faultsOf('part.json')).toThrow('is a pipe; a pipeline must be a regular file');
  });

  it('a FIFO as a module that a document imports', async () => {
    execFileSync('mkfifo', [at('own.mjs')]);
    write('main.json', { ...part('main'), imports: ['./own.mjs'] });
    await expect(openPipeline(at('main.json'), { imports: 'allow' })).rejects.toThrow(
      /own\.mjs is no regular file; expected a file beside the document/,
    );
  });

  it('what the system makes up while it is read', () => {
    if (!existsSync('/proc/self/environ')) return;
    write('main.json', part('main', './part.json'));
    device('/proc/self/environ');
    expect(faultsOf()).toContain('found the end of the text');
    expect(faultsOf()).not.toMatch(/PATH|HOME/);
  });
});

describe('files that are too large', () => {
  it('are refused by their size, in a document, in what it includes, and in all of that', () => {
    write('main.json', part('main', './large.json'));
    write('large.json', '');
    // A file with a hole: reading it would take memory, its size does not.
    truncateSync(at('large.json'), 8 * 2 ** 30);
    expect(faultsOf()).toContain(
      `large.json has ${String(8 * 2 ** 30)} bytes; a pipeline may have ${maxTextLength} at most`,
    );
    expect(() => faultsOf('large.json')).toThrow(`a pipeline may have ${maxTextLength} at most`);
  });

  it('are refused together', () => {
    const text = JSON.stringify({ ...part('p'), description: 'd'.repeat(maxTextLength - 1000) });
    const fitting = Math.floor(maxTotalText / text.length);
    const uses = Array.from({ length: fitting + 2 }, (_, i) => `./p${String(i)}.json`);
    for (const use of uses) write(use, text);
    const nodes = Object.fromEntries(
      uses.map((use, i) => [`n${String(i)}`, { kind: 'graph', use, in: { canvas: 'input.canvas' } }]),
    );
    write('main.json', { ...part('main'), nodes, outputs: { block: 'n0.block' } });
    const refused = expect.stringContaining(`expected at most ${String(maxTotalText)} characters in all of them`);
    expect(faultsOf().split('\n')).toEqual([refused, refused]);
  });

  it.skipIf(windows)('and so are too many, as a folder that contains itself gives them', () => {
    mkdirSync(at('x'));
    symlinkSync('.', at('x/x'));
    write('x/a.json', part('a', './x/a.json'));
    const text = faultsOf('x/a.json');
    expect(text).toContain('too many');
    expect(text.length).toBeLessThan(10_000 + 1000 * maxFiles);
  });
});

describe('what is not JSON is not shown', () => {
  it.each([
    ['by .. from a folder', 'deep/main.json', '../secret'],
    ['beside the document', 'main.json', './secret'],
  ])('%s', (_, name, use) => {
    write('secret', 'hunter2 is the password\nand more hunter2');
    write(name, part('main', use));
    expect(faultsOf(name)).toMatch(/in \.+\/secret at \$ \(line 1, column 1\): .*; expected .*, found something else/);
    expect(faultsOf(name)).not.toContain('hunter2');
  });
});

describe.skipIf(windows)('a root', () => {
  beforeEach(() => {
    write('root/main.json', part('main', './parts/a.json'));
    write('root/parts/a.json', part('a', '../b.json'));
    write('root/b.json', part('b'));
    write('outside.json', part('outside'));
    write('root-beside/outside.json', part('outside'));
  });

  const root = (): string => at('root');

  it('lets through what lies in it, however it and the file are written', () => {
    expect(faultsOf('root/main.json', root())).toBe('');
    expect(faultsOf('root/main.json', `${root()}/../root/`)).toBe('');
    symlinkSync(root(), at('link'));
    expect(faultsOf('link/main.json', root())).toBe('');
    expect(faultsOf('root/main.json', at('link'))).toBe('');
    symlinkSync(at('root/b.json'), at('root/c.json'));
    write('root/main.json', part('main', './c.json'));
    expect(faultsOf('root/main.json', root())).toBe('');
    expect(loadPipeline(at('root/main.json'), { root: root() }).graph.name).toBe('main');
  });

  it.each([
    ['..', '../outside.json', null],
    ['.. into a folder that is named like it', '../root-beside/outside.json', null],
    ['a link', './link.json', 'outside.json'],
    ['a linked folder', './parts2/outside.json', '.'],
  ])('is not left by %s', async (_, use, target) => {
    if (target !== null) symlinkSync(at(target), path.join(root(), use.split('/')[1] ?? ''));
    write('root/main.json', part('main', use));
    expect(faultsOf('root/main.json')).toBe('');
    const expected = /cannot be read: it lies outside of .*root; expected a pipeline beside this one/;
    expect(faultsOf('root/main.json', root())).toMatch(expected);
    expect(() => loadPipeline(at('root/main.json'), { root: root() })).toThrow(expected);
    await expect(openPipeline(at('root/main.json'), { root: root() })).rejects.toThrow(expected);
  });

  it('holds the document itself', () => {
    expect(() => loadPipeline(at('outside.json'), { root: root() })).toThrow(/outside\.json .*lies outside of .*root/);
  });

  it('says nothing of whether a file outside is there', () => {
    write('root/main.json', part('main', '../none.json'));
    expect(faultsOf('root/main.json', root())).toMatch(/cannot be read: it lies outside of/);
    write('root/main.json', part('main', './none.json'));
    expect(faultsOf('root/main.json', root())).toContain('there is no document "./none.json"');
  });

  it('must be there', () => {
    expect(() => loadPipeline(at('root/main.json'), { root: at('nowhere') })).toThrow(
      /the root .*nowhere cannot be used/,
    );
  });

  it('stands beside a registry', () => {
    expect(loadPipeline(at('root/main.json'), { root: root(), registry: standardNodes }).graph.name).toBe('main');
    expect(loadPipeline(at('root/main.json'), standardNodes).graph.name).toBe('main');
  });
});
