import { readFileSync } from 'node:fs';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/runtime/run.js';
import { absorbingManifest } from '../support/context.js';
import { check } from '../support/pipelines.js';
import { lumpyDenoiser } from '../support/table-denoiser.js';

describe('docs/pipelines.md', () => {
  it('begins with a document that runs', async () => {
    const text = readFileSync(new URL('../../docs/pipelines.md', import.meta.url), 'utf8');
    const [, json = ''] = /^```json\n(.*?)^```$/ms.exec(text) ?? [];
    const manifest = { ...absorbingManifest, length: 16 };
    const request = { model: { denoiser: lumpyDenoiser(manifest), tokenizer: null }, params: { steps: 3 } };
    expect(await lastValueFrom(run(check(JSON.parse(json)), request))).toMatchObject({ type: 'finished' });
  });
});
