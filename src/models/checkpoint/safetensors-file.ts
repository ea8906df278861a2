import { open, realpath, stat } from 'node:fs/promises';
import { InputError } from '../../graph/input-error.js';
import { messageOf } from '../../graph/message-of.js';
import { isMissing } from './files.js';
import { safetensorsOf, type SafetensorsReader } from './safetensors-reader.js';
import type { ByteSource } from './source.js';

/** An open safetensors file of which only the header has been read. Whoever opened it closes it. */
export interface SafetensorsFile extends SafetensorsReader {
  /** Without symbolic links. */
  readonly path: string;
}

/** Opens a safetensors file; see `safetensorsOf`. Throws an `InputError` as well when there is none. */
export async function openSafetensors(where: string): Promise<SafetensorsFile> {
  const { source, path } = await openFile(where);
  return { ...(await safetensorsOf(source)), path };
}

async function openFile(where: string): Promise<{ source: ByteSource; path: string }> {
  try {
    const path = await realpath(where);
    const found = await stat(path);
    // Asked before opening, which waits for a writer where there is a pipe.
    if (!found.isFile()) throw new Error('it is not a file');
    const handle = await open(path);
    const read = async (target: Uint8Array, offset: number): Promise<number> => {
      const { bytesRead } = await handle.read(target, 0, target.byteLength, offset);
      return bytesRead;
    };
    return { source: { where, bytes: found.size, read, close: () => handle.close() }, path };
  } catch (error) {
    if (isMissing(error)) throw new InputError(`There is no file ${where}.`);
    throw new InputError(`${where} cannot be read (${messageOf(error)}).`);
  }
}
