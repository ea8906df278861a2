import { join } from 'node:path';
import { withinTime } from '../../platform/within-time.js';
import { readJson } from '../checkpoint/files.js';
import { parseTokenizer, type LoadedTokenizer } from './parse.js';

/**
 * The tokenizer in a folder, `null` where there is none: `tokenizer.json`, with the special tokens of
 * `tokenizer_config.json` where there is one. Throws an `InputError` when they can't be read.
 */
export async function loadTokenizer(folder: string): Promise<LoadedTokenizer | null> {
  const where = join(folder, 'tokenizer.json');
  const json = await readJson(where, { what: 'a tokenizer', most: 1e8 });
  if (json === undefined) return null;
  const readConfig = async () => {
    const path = join(folder, 'tokenizer_config.json');
    return { json: await readJson(path, { what: 'the configuration of a tokenizer', most: 1e7 }), where: path };
  };
  return parseTokenizer({ json, where }, readConfig, withinTime);
}
