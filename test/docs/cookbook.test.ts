import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { lastValueFrom } from 'rxjs';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPipeline, run, type NodeDefinition } from '../../src/index.js';
import { checkNode, tinyModel } from '../../src/testing/index.js';

const page = readFileSync(new URL('../../docs/cookbook.md', import.meta.url), 'utf8');
const files = new Map(
  [...page.matchAll(/^```(?:json|js|ts) (\S+)\n(.*?)^```$/gms)].map(([, name = '', code = '']) => [name, code]),
);
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cookbook-'));
  const library = pathToFileURL(path.join(import.meta.dirname, '../../src/index.ts')).href;
  const plain = ts.transpileModule(files.get('hysteresis.ts') ?? '', {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  files.set('typed.mjs', plain.outputText);
  for (const [name, code] of files)
    writeFileSync(path.join(folder, name), code.replace("'samplewire'", `'${library}'`));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What `scripts/e2e/cookbook.mjs` does with the built command line and the package, here in short. */
describe('docs/cookbook.md', () => {
  it.each(['hysteresis.mjs', 'typed.mjs'])('has a node that keeps the rules: %s', async (file) => {
    const { hysteresis } = (await import(pathToFileURL(path.join(folder, file)).href)) as {
      hysteresis: NodeDefinition;
    };
    expect(await checkNode(hysteresis)).toEqual([]);
    expect(hysteresis.objections?.({ low: 2, high: 1 }, tinyModel().denoiser.manifest)).toHaveLength(1);
  });

  it.each(['rewired.json', 'hysteresis.json'])('has a document that runs on both kinds of noise: %s', async (file) => {
    const pipeline = await openPipeline(path.join(folder, file), { imports: 'allow' });
    for (const process of ['absorbing', 'uniform'] as const) {
      const model = tinyModel({ process, blockSizes: null });
      const last = await lastValueFrom(run(pipeline, { model, rows: 5, params: { blockSize: 4, steps: 4 } }));
      expect(last).toMatchObject({ type: 'finished', rows: new Array(5).fill({ ended: false }) });
      expect(model.denoiser.live).toBe(0);
    }
  });
});
