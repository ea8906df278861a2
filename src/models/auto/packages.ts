import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** This package's folder, seen alike from `src/` and from `dist/`. */
export const packageFolder = fileURLToPath(new URL('../../..', import.meta.url));

/** Packages that compute, or bring what does. */
const computing = [
  'onnxruntime-node',
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-backend-webgpu',
  '@tensorflow/tfjs-backend-wasm',
  'webgpu',
  '@tensorflow/tfjs-node-gpu',
  '@tensorflow/tfjs-node',
] as const;

const requireHere = createRequire(import.meta.url);

/** Version of samplewire. */
export const ownVersion = (): string => versionIn(`${packageFolder}/package.json`) ?? 'unknown';

/** Versions by name, of those that are installed beside samplewire. */
export function packageVersions(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    computing.flatMap((name) => {
      const version = attempt(() => versionIn(requireHere.resolve(`${name}/package.json`)));
      return version === null ? [] : [[name, version]];
    }),
  );
}

const versionIn = (file: string): string | null =>
  attempt(() => z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version);

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
