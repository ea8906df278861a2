import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

describe('ONNX Runtime', () => {
  it('collects nothing: it leaves no files of its own behind, which it does as soon as it would report', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'samplewire-test-'));
    try {
      const script = fileURLToPath(new URL('./support/telemetry-process.ts', import.meta.url));
      // On a continuous integration server the library keeps quiet by itself.
      const talkative = { CI: undefined, ORT_DISABLE_TELEMETRY: undefined };
      const env = { ...process.env, ...talkative, TMPDIR: folder, HOME: folder, XDG_CACHE_HOME: folder };
      await promisify(execFile)(process.execPath, ['--import', './scripts/typescript.mjs', script], { env });
      const known = /^(samplewire-|tsx-|node-compile-cache)/;
      expect((await readdir(folder)).filter((name) => !known.test(name))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
