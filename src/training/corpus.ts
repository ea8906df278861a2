import { createHash } from 'node:crypto';
import { InputError } from '../graph/input-error.js';
import { createCharacterTokenizer, type CharacterTokenizer } from '../models/tokenizer/character.js';
import { readRegularFile } from '../platform/regular-file.js';
import type { Random } from './random.js';

/** A text as token ids, its end held out. */
export interface Corpus {
  readonly tokenizer: CharacterTokenizer;
  readonly training: Int32Array;
  readonly heldOut: Int32Array;
  /** Hex SHA-256 of the file. */
  readonly sha256: string;
}

/**
 * Reads a UTF-8 text file. Its characters, sorted by code point, become the vocabulary; the last
 * `heldOutShare` of it is never trained on. Throws an `InputError` when there is no such file, it is not UTF-8, or
 * either part is shorter than a row.
 */
export async function readCorpus(path: string, heldOutShare: number, length: number): Promise<Corpus> {
  // Node's strings end at about this length.
  const bytes = await readRegularFile(path, { what: 'a text to train on', most: 5e8 });
  if (bytes === undefined) throw new InputError(`There is no text file ${path}.`);
  const text = decodeUtf8(bytes, path);
  const characters = [...new Set(text)].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
  const tokenizer = createCharacterTokenizer(characters);
  const tokens = Int32Array.from(tokenizer.encode(text));
  const split = Math.floor(tokens.length * (1 - heldOutShare));
  const corpus = {
    tokenizer,
    training: tokens.subarray(0, split),
    heldOut: tokens.subarray(split),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
  for (const [name, part] of [
    ['training', corpus.training],
    ['held-out', corpus.heldOut],
  ] as const) {
    if (part.length < length) {
      throw new InputError(
        `The ${name} part of ${path} has ${part.length} characters; a row of the model needs ${length}: use a longer text or a smaller length.`,
      );
    }
  }
  return corpus;
}

function decodeUtf8(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InputError(`${path} is not UTF-8 text: convert it to UTF-8 first.`);
  }
}

/** `rows` windows of `length` tokens from anywhere in `tokens`, one after the other: [rows, length]. */
export function randomRows(tokens: Int32Array, rows: number, length: number, random: Random): Int32Array {
  const batch = new Int32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const start = random.integer(tokens.length - length + 1);
    batch.set(tokens.subarray(start, start + length), row * length);
  }
  return batch;
}

/** At most `limit` windows that follow one another without overlap, spread over all of `tokens`: [windows, length]. */
export function evenRows(tokens: Int32Array, limit: number, length: number): Int32Array {
  const available = Math.floor(tokens.length / length);
  const rows = Math.min(limit, available);
  const batch = new Int32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const start = Math.floor((row * available) / rows) * length;
    batch.set(tokens.subarray(start, start + length), row * length);
  }
  return batch;
}
