import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Version in the package's own package.json. */
export function version(): string {
  const json: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return z.object({ version: z.string() }).parse(json).version;
}
