import { InputError } from '../graph/input-error.js';
import { parseJson } from '../models/checkpoint/json.js';
import { listed } from '../models/checkpoint/listed.js';
import type { NamedJson } from '../models/tokenizer/parse.js';
import { addressOf, download, type Missing, type RequestOptions } from './request.js';

/** A file of a model: its address, or the file itself, as a person chose or dropped it. */
export type ModelFile = string | URL | Blob;

/** The files of a model, wherever each of them is. */
export interface ModelFiles {
  /** `config.json` */
  readonly config: ModelFile;
  /** `model.safetensors` */
  readonly weights: ModelFile;
  /** `tokenizer.json`. Without one, rows are token ids. */
  readonly tokenizer?: ModelFile;
  /** `tokenizer_config.json`, which names the special tokens of some tokenizers. */
  readonly tokenizerConfig?: ModelFile;
  /** What the model is called. Left out, it is the folder of the weights. */
  readonly name?: string;
}

/** Names of the files in a folder of the published layout. */
export const publishedNames = {
  config: 'config.json',
  weights: 'model.safetensors',
  tokenizer: 'tokenizer.json',
  tokenizerConfig: 'tokenizer_config.json',
} as const satisfies Record<Exclude<keyof ModelFiles, 'name'>, string>;

/** The files of a folder that is served at an address. */
export function filesAt(folder: string | URL): Required<Omit<ModelFiles, 'name'>> {
  const base = new URL(addressOf(folder));
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  if (!base.pathname.startsWith('/'))
    throw new InputError(`${base.protocol} addresses are of files, not of a model's folder.`);
  const file = (name: string): URL => new URL(name, base);
  return {
    config: file(publishedNames.config),
    weights: file(publishedNames.weights),
    tokenizer: file(publishedNames.tokenizer),
    tokenizerConfig: file(publishedNames.tokenizerConfig),
  };
}

/**
 * The files of a folder that a person chose (`<input type="file" webkitdirectory>`) or dropped. What lies in folders inside it counts where
 * the model does. Throws an `InputError` where no folder has `config.json` and `model.safetensors`, or more than one has.
 */
export function modelFilesOf(files: Iterable<File>): ModelFiles {
  const folders = new Map<string, Map<string, File>>();
  for (const file of files) {
    const folder = folderOf(file);
    folders.set(folder, (folders.get(folder) ?? new Map<string, File>()).set(file.name, file));
  }
  const found = [...folders].flatMap(([folder, byName]) => {
    const config = byName.get(publishedNames.config);
    const weights = byName.get(publishedNames.weights);
    return config === undefined || weights === undefined ? [] : [{ folder, byName, config, weights }];
  });
  const [first, second] = found;
  if (first === undefined) throw noModel([...folders.values()].flatMap((byName) => [...byName.keys()]));
  if (second !== undefined) {
    throw new InputError(
      `There are ${found.length} models among the files (${listed(found.map(({ folder }) => folder))}); choose the folder of one.`,
    );
  }
  const { folder, byName, config, weights } = first;
  const tokenizer = byName.get(publishedNames.tokenizer);
  const tokenizerConfig = byName.get(publishedNames.tokenizerConfig);
  return {
    config,
    weights,
    ...(tokenizer === undefined ? {} : { tokenizer }),
    ...(tokenizerConfig === undefined ? {} : { tokenizerConfig }),
    ...(folder === '' ? {} : { name: folder.split('/').at(-1) ?? folder }),
  };
}

function noModel(names: readonly string[]): InputError {
  const missing = [publishedNames.weights, publishedNames.config].find((name) => !names.includes(name));
  const fault = missing === undefined ? 'no folder that has both' : `no ${missing}`;
  const found = names.slice(0, 6).join(', ') || 'none';
  return new InputError(
    `There is ${fault} among the files (${found}); a model is a folder with ${publishedNames.config} and ` +
      `${publishedNames.weights}.`,
  );
}

/** Browsers tell the path inside the chosen folder, that folder's name included; of single files they tell none. */
function folderOf(file: File): string {
  const path = 'webkitRelativePath' in file ? file.webkitRelativePath : '';
  return typeof path === 'string' ? path.split('/').slice(0, -1).join('/') : '';
}

/** What messages call a file: its address, its own name, or the one that it should have. */
export function nameOf(file: ModelFile, published: string): string {
  if (!(file instanceof Blob)) return addressOf(file).href;
  return 'name' in file && typeof file.name === 'string' ? file.name : published;
}

/** A file's bytes, which the browser keeps. */
export const contentOf = (file: ModelFile, options: RequestOptions = {}): Promise<Blob | Missing> =>
  file instanceof Blob ? Promise.resolve(file) : download(addressOf(file), options);

/** A JSON file's content; of one that is not there, `json` is `undefined`. Throws an `InputError` for what is not JSON. */
export async function jsonOf(
  file: ModelFile,
  published: string,
  options: RequestOptions,
): Promise<NamedJson & Partial<Missing>> {
  const where = nameOf(file, published);
  const content = await contentOf(file, options);
  if (!(content instanceof Blob)) return { json: undefined, where, ...content };
  return { json: parseJson(new Uint8Array(await content.arrayBuffer()), where), where };
}
