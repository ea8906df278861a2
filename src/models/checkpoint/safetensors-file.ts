import { realpath } from 'node:fs/promises';
import { InputError } from '../../graph/input-error.js';
import { openRegularFile } from '../../platform/regular-file.js';
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
  const file = await openRegularFile(where, { what: 'a file of weights', most: Infinity });
  if (file === undefined) throw new InputError(`There is no file ${where}.`);
  const { handle, size: bytes } = file;
  const read = async (target: Uint8Array, offset: number): Promise<number> => {
    const { bytesRead } = await handle.read(target, 0, target.byteLength, offset);
    return bytesRead;
  };
  return { source: { where, bytes, read, close: () => handle.close() }, path: await realpath(where) };
}
