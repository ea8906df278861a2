import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder, seen alike from `src/` and from `dist/`. */
const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/** The model that `run` takes when none is named. */
export const defaultModel = 'tinyshakespeare-absorb';

/** File of a shipped pipeline. */
export const shippedPipeline = (name: string): string => join(packageFolder, 'pipelines', `${name}.json`);

/** Folder of a shipped model. */
export const shippedModel = (name: string): string => join(packageFolder, 'models', name);

/** Names of the pipelines that come with the package, in alphabetical order. */
export function shippedPipelines(): readonly string[] {
  return entries('pipelines')
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

/** Names of the models that come with the package, in alphabetical order. */
export function shippedModels(): readonly string[] {
  return entries('models')
    .filter((name) => existsSync(join(shippedModel(name), 'config.json')))
    .sort();
}

function entries(folder: string): readonly string[] {
  const path = join(packageFolder, folder);
  return existsSync(path) ? readdirSync(path) : [];
}

/** A path as a person would type it from where they are. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' || short.startsWith('..') ? path : short;
}
