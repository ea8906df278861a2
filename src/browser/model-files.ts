import { InputError } from '../graph/input-error.js';
import { parseJson } from '../models/checkpoint/json.js';
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
 * The files of a folder that a person chose (`<input type="file" webkitdirectory>`) or dropped. Throws an `InputError`
 * where `config.json` or `model.safetensors` is not among them.
 */
export function modelFilesOf(files: Iterable<File>): ModelFiles {
  const byName = new Map(Array.from(files, (file) => [file.name, file] as const));
  const named = (name: string): File => {
    const file = byName.get(name);
    if (file !== undefined) return file;
    const found = [...byName.keys()].slice(0, 6).join(', ') || 'none';
    throw new InputError(
      `There is no ${name} among the files (${found}); a model is a folder with ${publishedNames.config} and ` +
        `${publishedNames.weights}.`,
    );
  };
  const weights = named(publishedNames.weights);
  const tokenizer = byName.get(publishedNames.tokenizer);
  const tokenizerConfig = byName.get(publishedNames.tokenizerConfig);
  const folder = folderOf(weights);
  return {
    config: named(publishedNames.config),
    weights,
    ...(tokenizer === undefined ? {} : { tokenizer }),
    ...(tokenizerConfig === undefined ? {} : { tokenizerConfig }),
    ...(folder === undefined ? {} : { name: folder }),
  };
}

/** Browsers tell the path inside the chosen folder, that folder's name included. */
function folderOf(file: File): string | undefined {
  const path = 'webkitRelativePath' in file ? file.webkitRelativePath : undefined;
  return typeof path === 'string' ? path.split('/').at(-2) : undefined;
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
