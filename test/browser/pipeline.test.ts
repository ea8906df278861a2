import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { canonicalJson, createRegistry, loadPipeline, nodes, readPipeline } from '../../src/browser/index.js';
import { maxTextLength } from '../../src/graph/limits.js';
import { standardNodes } from '../../src/nodes/standard.js';
import { readPipeline as readInNode } from '../../src/runtime/pipeline-file.js';
import { part } from '../support/part.js';
import { serveFolder } from './folder-server.js';

const shipped = readdirSync('pipelines').filter((name) => name.endsWith('.json'));

const body = (name: string, use?: string) => ({ body: JSON.stringify(part(name, use)) });

describe('a pipeline at an address', () => {
  it('is the one that Node reads from its file, for all that are shipped', async () => {
    const { address } = await serveFolder('.');
    for (const name of shipped) {
      const { graph } = await loadPipeline(`${address}pipelines/${name}`);
      const there = readInNode(`pipelines/${name}`, standardNodes);
      expect(canonicalJson(graph.document)).toBe(canonicalJson(there.graph.document));
    }
  });

  it('brings what it includes, and what that includes, relative to each; each file once', async () => {
    const server = await serveFolder('.', {
      'a/top.json': body('top', './parts/middle.json'),
      'a/parts/middle.json': body('middle', '../../shared/bottom.json'),
      'shared/bottom.json': body('bottom'),
    });
    const { graph } = await loadPipeline(`${server.address}a/top.json`);
    expect(graph.body.nodes.map(({ path }) => path)).toEqual(['open/open/open']);
    expect(server.asked).toEqual(['a/top.json', 'a/parts/middle.json', 'shared/bottom.json']);
  });

  it('has every fault in one error, with its place', async () => {
    const server = await serveFolder('.', {
      'top.json': body('top', './gone.json'),
      'odd.json': body('odd', './refused.json'),
      'refused.json': { status: 500, body: '' },
      'page.json': { type: 'text/html', body: '<!doctype html>' },
      'broken.json': { body: '{ "format": 1,\n' },
    });
    const load = (name: string) => loadPipeline(`${server.address}${name}`);
    await expect(load('top.json')).rejects.toThrow(
      /top\.json has a fault:\n.*\$\.nodes\.open\.use.*there is no document ".\/gone\.json"/,
    );
    await expect(load('odd.json')).rejects.toThrow(/".\/refused\.json" cannot be read: http.*the server answers 500/);
    await expect(load('page.json')).rejects.toThrow(/^There is no pipeline file http.*page\.json/);
    await expect(load('nowhere.json')).rejects.toThrow(/^There is no pipeline file http.*nowhere\.json/);
    await expect(load('broken.json')).rejects.toThrow(/line 2, column 1/);
  });

  it('gives up a file that is larger than any pipeline may be, in the middle of it', async () => {
    const large = JSON.stringify({ ...part('large'), description: 'd'.repeat(maxTextLength) });
    const server = await serveFolder('.', { 'large.json': { body: large }, 'top.json': body('top', './large.json') });
    await expect(loadPipeline(`${server.address}large.json`)).rejects.toThrow(/large\.json is larger than \d+ bytes/);
    await expect(loadPipeline(`${server.address}top.json`)).rejects.toThrow(
      /"\.\/large\.json" cannot be read: http.*large\.json is larger than \d+ bytes.*; expected/,
    );
  });

  it('loads no module: its kinds come from a registry', async () => {
    const imported = { ...part('own'), imports: ['./nodes.mjs'] };
    const text = JSON.stringify(imported).replace('"next-block"', '"my-block"');
    const server = await serveFolder('.', { 'own.json': { body: text } });
    await expect(loadPipeline(`${server.address}own.json`)).rejects.toThrow(/"\.\/nodes\.mjs" has not been loaded/);
    const registry = createRegistry([{ ...nodes.nextBlock, kind: 'my-block' }]);
    const { graph } = await loadPipeline(`${server.address}own.json`, { registry });
    expect(graph.name).toBe('own');
    expect(server.asked).toEqual(['own.json', 'own.json']);
  });

  it('is given up with the reason', async () => {
    const server = await serveFolder('.', {
      'top.json': body('top', './slow.json'),
      'slow.json': { ...body('slow'), cut: { after: 5, then: 'wait' } },
    });
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort(new Error('enough'));
    }, 100);
    await expect(loadPipeline(`${server.address}top.json`, { signal: controller.signal })).rejects.toThrow('enough');
  });
});

describe('a pipeline that a bundler imported', () => {
  it('takes its parts by their paths', async () => {
    const json = async (file: string): Promise<unknown> => JSON.parse(await readFile(`pipelines/${file}`, 'utf8'));
    const parts = Object.fromEntries(
      await Promise.all(
        readdirSync('pipelines/parts').map(async (name) => [`./parts/${name}`, await json(`parts/${name}`)] as const),
      ),
    );
    const { graph } = readPipeline(await json('arpc.json'), { parts });
    expect(canonicalJson(graph.document)).toBe(
      canonicalJson(readInNode('pipelines/arpc.json', standardNodes).graph.document),
    );
  });

  it('is refused with every fault', () => {
    expect(() => readPipeline(part('top', './gone.json'))).toThrow(/there is no document ".\/gone\.json"/);
    expect(() => readPipeline({ format: 1 })).toThrow(/the pipeline has \d+ faults/);
  });
});
