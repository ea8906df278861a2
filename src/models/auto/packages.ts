import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { findTensorflow, type TensorflowCandidate } from '../tfjs/loading/find-tensorflow.js';
import { optionalPackage } from '../tfjs/loading/resolve.js';

/** This package's folder, seen alike from `src/` and from `dist/`. */
export const packageFolder = fileURLToPath(new URL('../../..', import.meta.url));

/** Packages that compute, but for those of TensorFlow, which are looked for in more places. */
const computing = [
  'onnxruntime-node',
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-backend-webgpu',
  '@tensorflow/tfjs-backend-wasm',
  'webgpu',
] as const;

/** Version of samplewire. */
export const ownVersion = (): string => versionIn(packageFolder) ?? 'unknown';

/** Versions by name of the packages that compute, of those that are installed. */
export function packageVersions(): Readonly<Record<string, string>> {
  const installed = computing.flatMap((name) =>
    optionalPackage(name)
      .slice(0, 1)
      .map(({ entry }) => ({ name, entry })),
  );
  // The first of a name is the one that is taken.
  const tensorflow = findTensorflow()
    .candidates.map(({ package: name, entry }) => ({ name, entry }))
    .reverse();
  return Object.fromEntries([...installed, ...tensorflow].map(({ name, entry }) => [name, versionAt(entry)]));
}

/** Files of ONNX Runtime's libraries: what it takes for CUDA is put beside the others, and the version stays the same. */
export function onnxLibraries(entry = optionalPackage('onnxruntime-node')[0]?.entry): readonly string[] {
  if (entry === undefined) return [];
  const libraries = join(dirname(entry), '..', 'bin');
  return existsSync(libraries) ? readdirSync(libraries, { recursive: true, encoding: 'utf8' }).sort() : [];
}

/** What a place of TensorFlow holds: `tfjs-node-gpu 4.22.0`, and whether it was built without what makes it one for cards. */
export const tensorflowName = ({ package: name, entry, variant }: TensorflowCandidate): string =>
  `${name.replace('@tensorflow/', '')} ${versionAt(entry)}${variant === 'cpu' ? ' built for processors' : ''}`;

/** The version of the package that a main file belongs to. */
function versionAt(entry: string): string {
  let folder = dirname(entry);
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return versionIn(folder) ?? 'unknown';
}

function versionIn(folder: string): string | null {
  try {
    const json: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return z.object({ version: z.string() }).parse(json).version;
  } catch {
    return null;
  }
}
