import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it, vi } from 'vitest';
import setup from './temporary-folder.js';

it('leaves nothing of the tests among the temporary files', () => {
  const ours = tmpdir();
  expect(basename(ours)).toMatch(/^samplewire-tests-/);
  for (const variable of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(variable, ours);
  try {
    const teardown = setup();
    const left = mkdtempSync(join(tmpdir(), 'left-'));
    expect(left.startsWith(join(ours, 'samplewire-tests-'))).toBe(true);
    teardown();
    expect(existsSync(join(left, '..'))).toBe(false);
  } finally {
    vi.unstubAllEnvs();
  }
});
