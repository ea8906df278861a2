import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { cacheFolder } from '../../cache-folder.js';
import { optionalPackage, requireFrom, resolved } from './resolve.js';

/** The packages that bring libtensorflow, the one with support for NVIDIA's cards first. Where there is no card it computes on the CPU. */
export const tensorflowPackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

export type TensorflowPackage = (typeof tensorflowPackages)[number];

/** What `samplewire install tensorflow` builds, each in a folder of that name among what is kept for the next project. */
const kept = ['cuda', 'cpu'] as const;

type Variant = (typeof kept)[number];

/** Folder that is taken instead of all others. */
const variable = 'SAMPLEWIRE_TENSORFLOW';

/** The last thing that `samplewire install tensorflow` writes, and in it the variant: a folder without it is unfinished. */
const marker = 'installed.json';

export interface TensorflowCandidate {
  readonly package: TensorflowPackage;
  /** The package's main file. */
  readonly entry: string;
  /** Beside samplewire, in the project that is worked in, of `samplewire install tensorflow`, or of SAMPLEWIRE_TENSORFLOW. */
  readonly from: 'samplewire' | 'project' | 'cache' | 'named';
  /** Where it is of `samplewire install tensorflow`: built for NVIDIA's cards, or for processors alone. */
  readonly variant?: Variant;
  /** The command that makes it anew, where it is of `samplewire install tensorflow`. */
  readonly again?: string;
}

export interface FoundTensorflow {
  /** What is installed, best first. Nothing has been loaded yet. */
  readonly candidates: readonly TensorflowCandidate[];
  /** The places that were looked at in vain, in words. */
  readonly looked: readonly string[];
}

/** Where TensorFlow is installed, without loading it. */
export function findTensorflow(): FoundTensorflow {
  const named = process.env[variable];
  if (named) return lookInto(resolve(named), 'named', (folder) => `${variable} names ${folder}, which`);
  const candidates: TensorflowCandidate[] = [];
  const looked: string[] = [];
  for (const name of tensorflowPackages) {
    const found = optionalPackage(name);
    if (found.length === 0) looked.push(`no ${name} beside samplewire or in ${process.cwd()}`);
    candidates.push(...found.map((place) => ({ package: name, ...place })));
  }
  for (const variant of kept) {
    const found = lookInto(join(cacheFolder(), 'tensorflow', variant), 'cache');
    candidates.push(...found.candidates);
    looked.push(...found.looked);
  }
  return { candidates, looked };
}

function lookInto(folder: string, from: 'cache' | 'named', called = (place: string) => place): FoundTensorflow {
  if (!existsSync(folder)) return { candidates: [], looked: [`${called(folder)} does not exist`] };
  if (!existsSync(join(folder, marker)))
    return { candidates: [], looked: [`${called(folder)} holds no finished installation`] };
  const variant = variantIn(folder);
  const again = `npx samplewire install tensorflow${variant === 'cuda' ? ' --cuda' : ''} --force`;
  for (const name of tensorflowPackages) {
    // By its path, since a name would be looked for in the folders above as well.
    const entry = resolved(requireFrom(folder), join(folder, 'node_modules', name));
    if (entry !== undefined)
      return { candidates: [{ package: name, entry, from, ...(variant && { variant }), again }], looked: [] };
  }
  return { candidates: [], looked: [`${called(folder)} has neither ${tensorflowPackages.join(' nor ')}`] };
}

/** What a finished installation says that it is. */
function variantIn(folder: string): Variant | undefined {
  try {
    const json: unknown = JSON.parse(readFileSync(join(folder, marker), 'utf8'));
    return z.object({ variant: z.enum(kept) }).parse(json).variant;
  } catch {
    return undefined;
  }
}
