import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../../graph/input-error.js';
import { cacheFolder } from '../../../models/cache-folder.js';
import { storageFailure } from '../../../models/hub/storage.js';
import { makeFolder } from '../../../platform/make-folder.js';
import { release, type VariantName } from './release.js';

export const elsewhere = 'SAMPLEWIRE_CACHE names another folder, and SAMPLEWIRE_TENSORFLOW one for TensorFlow alone';

/** A folder that holds the tensor library, or will. */
export interface Place {
  readonly folder: string;
  /** Named by SAMPLEWIRE_TENSORFLOW, and found by that alone. */
  readonly named: boolean;
}

/** The folder of a variant: shared by all projects of a user, where none is named. */
export function placeOf(variant: VariantName, environment: Readonly<NodeJS.ProcessEnv>): Place {
  const named = environment['SAMPLEWIRE_TENSORFLOW'];
  return named
    ? { folder: resolve(named), named: true }
    : { folder: join(cacheFolder(environment), 'tensorflow', variant), named: false };
}

/** What lies beside a build while it is made. */
export const workshopOf = ({ folder }: Pick<Place, 'folder'>) =>
  ({
    lock: join(folder, 'install.lock'),
    log: join(folder, 'install.log'),
    downloads: join(folder, 'download'),
  }) as const;

const buildPrefix = 'build-';

/** A new folder to build in, before the build takes its place. */
export const newBuildFolder = ({ folder }: Place): Promise<string> => mkdtemp(join(folder, buildPrefix));

/** Clears away what earlier builds left, as far as it can be: children of a process that was killed may still write there. */
export async function removeBuildFolders({ folder }: Place): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(buildPrefix)) continue;
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

const marker = 'installed.json';
const description = 'The tensor library of samplewire. Safe to delete.';

const markerSchema = z.object({
  package: z.literal(release.package),
  version: z.literal(release.version),
  library: z.literal(release.library),
  variant: z.enum(['cpu', 'cuda']),
});

/** The marker's text, by which two builds can be told apart; `undefined` where the folder holds no finished build of the variant. */
export async function markOf({ folder }: Place, variant: VariantName): Promise<string | undefined> {
  const text = await readFile(join(folder, marker), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return markerSchema.parse(JSON.parse(text)).variant === variant ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Says that a folder holds a finished build: the last thing that is written. */
export async function writeMark(folder: string, variant: VariantName): Promise<void> {
  const { package: name, version, library } = release;
  const mark = { package: name, version, library, variant, built: new Date().toISOString() };
  await writeFile(join(folder, marker), `${JSON.stringify(mark, null, 2)}\n`);
}

/** The npm project that a build is. */
export const manifest = {
  private: true,
  description,
  dependencies: { [release.package]: release.version, [release.headers]: release.headersVersion },
} as const;

/** What of a build is moved to its place, the marker last. */
export const parts = ['package-lock.json', 'package.json', 'node_modules', marker] as const;

/** Makes the folder, unless it is one with something else in it. Throws an `InputError` where it cannot be used. */
export async function claim({ folder }: Place): Promise<void> {
  const names = await makeFolder(folder)
    .then(() => readdir(folder))
    .catch((error: unknown) => {
      throw storageFailure(error, folder, elsewhere);
    });
  const besides = Object.values(workshopOf({ folder })).map((path) => basename(path));
  const ours: readonly string[] = [...parts, ...besides, 'build.log'];
  const strange = names.find((name) => !ours.includes(name) && !name.startsWith(buildPrefix));
  const isProject = names.includes('package.json') && !names.includes(marker) && !(await isOurs(folder));
  if (strange === undefined && !isProject) return;
  throw new InputError(
    `${folder} holds something else (${strange ?? 'package.json'}): SAMPLEWIRE_TENSORFLOW must name a folder of its own, new or empty.`,
  );
}

async function isOurs(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '');
  return text.includes(release.package) && text.includes('"private": true');
}
