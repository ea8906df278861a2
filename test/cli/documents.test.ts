import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findPipeline } from '../../src/cli/documents.js';

const before = process.cwd();
afterEach(() => {
  process.chdir(before);
});

describe('findPipeline', () => {
  it('takes a file before a shipped pipeline of its name, and no folder', () => {
    process.chdir(mkdtempSync(path.join(tmpdir(), 'samplewire-documents-')));
    expect(findPipeline('ar')).toMatch(/pipelines.ar\.json$/);
    mkdirSync('ar');
    expect(findPipeline('ar')).toMatch(/pipelines.ar\.json$/);
    writeFileSync('arpc', '{}');
    expect(findPipeline('arpc')).toBe('arpc');
    expect(findPipeline('./ar')).toBe('./ar');
    expect(() => findPipeline('apc')).toThrow(/did you mean "arpc"/);
  });
});
