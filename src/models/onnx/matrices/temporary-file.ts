import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../../graph/input-error.js';
import { messageOf } from '../../../graph/message-of.js';
import type { ExternalData } from '../graph/model.js';

const location = 'matrices.bin';
/** Of every range's beginning. */
const alignment = 64;

/** A file for what a session reads once. */
export interface TemporaryFile {
  readonly folder: string;
  /** A range of bytes behind those given out before. */
  range(length: number): ExternalData;
  write(range: ExternalData, data: ArrayBufferView): Promise<void>;
  /** Removes the file and its folder. */
  close(): Promise<void>;
}

/** Makes an empty file in a folder of its own, among the system's temporary files. Throws an `InputError` where it cannot. */
export async function createTemporaryFile(): Promise<TemporaryFile> {
  const refused = (error: unknown): InputError =>
    new InputError(
      `Quantised weights need room among the temporary files, in ${tmpdir()} (${messageOf(error)}); ` +
        'the environment variable TMPDIR names another folder.',
    );
  try {
    const folder = await mkdtemp(join(tmpdir(), 'samplewire-'));
    const file = await open(join(folder, location), 'w').catch(async (error: unknown) => {
      await rm(folder, { recursive: true, force: true });
      throw error;
    });
    let end = 0;
    return {
      folder,
      range: (length) => {
        const offset = Math.ceil(end / alignment) * alignment;
        end = offset + length;
        return { location, offset, length };
      },
      write: async ({ offset }, data) => {
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        try {
          for (let done = 0; done < bytes.length;) {
            done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
          }
        } catch (error) {
          throw refused(error);
        }
      },
      close: async () => {
        await file.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    throw refused(error);
  }
}
