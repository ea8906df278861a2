import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Before all tests: what they, the engine and processes that they start write among the temporary files goes to one
 * folder, which is gone when all are through.
 */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'samplewire-tests-'));
  // What the systems call the place.
  for (const variable of ['TMPDIR', 'TEMP', 'TMP']) process.env[variable] = folder;
  return () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
}
