import { join } from 'node:path';
import { InputError } from '../../graph/input-error.js';
import { checkNames, checkText } from '../../graph/known-names.js';
import { byCodeUnit, didYouMean, listing } from '../../graph/names.js';
import { provide } from './provide.js';
import { formatReference, parseReference, type HubReference } from './reference.js';
import { listFiles } from './repository.js';
import { hubOptionNames, settingsOf, type HubOptions, type HubSettings } from './settings.js';

/** What of a folder is brought. */
interface Contents {
  /** What it is called, for people. */
  readonly kind: string;
  readonly required: readonly [mark: string, ...others: readonly string[]];
  readonly optional: readonly string[];
}

const tokenizer = ['tokenizer.json', 'tokenizer_config.json'] as const;

/**
 * Brings the checkpoint that `hf:org/repo/sub/folder[@revision]` names (config.json, model.safetensors and the tokenizer's
 * files where there are any) from the Hugging Face hub into the cache that its tools share, and gives the folder in it that
 * `openModel` takes; the end of its path is that of the folder in the repository. What is in the cache is not downloaded
 * again, and a commit that is needs no network.
 *
 * Throws an `InputError` for everything a person can mend: a reference that is none, a repository, revision or folder that
 * does not exist or may not be read, a network or a disk that fails.
 */
export const fetchModel = (reference: string, options: HubOptions = {}): Promise<string> =>
  fetchFolder(
    reference,
    // The weights last: where they are, the rest is.
    { kind: 'checkpoint', required: ['config.json', 'model.safetensors'], optional: tokenizer },
    options,
  );

/** The same for a folder with a tokenizer: tokenizer.json, and tokenizer_config.json where there is one. */
export const fetchTokenizer = (reference: string, options: HubOptions = {}): Promise<string> =>
  fetchFolder(reference, { kind: 'tokenizer', required: [tokenizer[0]], optional: [tokenizer[1]] }, options);

async function fetchFolder(given: string, contents: Contents, options: HubOptions): Promise<string> {
  checkText('the name of what to fetch', given);
  checkNames('options of a fetch', options, hubOptionNames);
  const reference = parseReference(given);
  const { repo, folder, revision } = reference;
  const settings = await settingsOf(options);
  const inFolder = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
  const required = contents.required.map(inFolder);
  const wanted = {
    repo,
    revision,
    required,
    optional: contents.optional.map(inFolder),
    name: formatReference(reference),
  };
  const root = await provide(settings, wanted, async (commit) => {
    const files = await listFiles(settings, { repo, revision: commit }, folder);
    const names = files.map(({ path }) => path);
    const missing = required.find((path) => !names.includes(path));
    if (missing === undefined) return files;
    throw missing === required[0]
      ? await wrongFolder(settings, reference, commit, contents)
      : wrongFiles(reference, missing, names);
  });
  return join(root, ...folder.split('/'));
}

/** There is no such folder, or nothing of the kind in it: says where there is. */
async function wrongFolder(
  settings: HubSettings,
  reference: HubReference,
  commit: string,
  { kind, required: [mark] }: Contents,
): Promise<InputError> {
  const { repo, folder, revision } = reference;
  const all = await listFiles(settings, { repo, revision: commit }, '', { recursive: true });
  const folders = all.flatMap(({ path }) => (path === mark || path.endsWith(`/${mark}`) ? [parentOf(path)] : []));
  const there = folder === '' ? 'at its root' : `in ${folder}`;
  const fault = `${repo} has no ${kind} (${mark}) ${there}${revision === 'main' ? '' : ` at revision ${revision}`}`;
  if (folders.length === 0) return new InputError(`${fault}, nor in any other folder.`);
  const hint = didYouMean(folder, folders);
  return new InputError(
    `${fault}; folders with one: ${listing(nearestFirst(folder, folders))}${hint === '' ? '.' : hint}`,
  );
}

/** The configuration is there and the weights are not, or not in one file. */
function wrongFiles(reference: HubReference, missing: string, names: readonly string[]): InputError {
  const given = formatReference(reference);
  const sharded = names.some((name) => name.endsWith('.safetensors.index.json'));
  const fault = sharded ? 'its weights are in several files, which cannot be read' : `there is no ${missing}`;
  return new InputError(`${given} is not a checkpoint in the published layout: ${fault}. It holds ${listing(names)}.`);
}

/** Those that share most of the way first. */
function nearestFirst(folder: string, folders: readonly string[]): readonly string[] {
  const way = folder.split('/');
  const shared = (other: string): number => {
    const names = other.split('/');
    const parting = way.findIndex((name, i) => name !== names[i]);
    return parting < 0 ? way.length : parting;
  };
  return [...folders].sort((a, b) => shared(b) - shared(a) || byCodeUnit(a, b)).map((path) => path || '(its root)');
}

const parentOf = (path: string): string => path.split('/').slice(0, -1).join('/');
