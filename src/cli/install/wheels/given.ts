import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { InputError } from '../../../graph/input-error.js';
import { isRight } from '../../../models/hub/transfer.js';
import { remoteFileOf } from './remote-file.js';
import { nameOf, type Wheel } from './wheel.js';

/**
 * Those wheels that a person has brought, by their paths: files, or folders that hold them. Throws an `InputError` for a path
 * that is none of the wanted wheels, or has not the content that is known.
 */
export async function givenWheels(
  paths: readonly string[],
  wanted: readonly Wheel[],
): Promise<ReadonlyMap<Wheel, string>> {
  const found = new Map<Wheel, string>();
  for (const path of paths.map((given) => resolve(given))) {
    const here = await wheelsAt(path, wanted);
    for (const wheel of here.keys()) {
      const file = here.get(wheel) ?? path;
      if (!(await isRight(file, remoteFileOf(wheel)))) {
        throw new InputError(
          `${file} is not what it is called: ${nameOf(wheel)} has ${String(wheel.size)} bytes with sha256 ${wheel.sha256}. Download it again.`,
        );
      }
      found.set(wheel, file);
    }
  }
  return found;
}

async function wheelsAt(path: string, wanted: readonly Wheel[]): Promise<ReadonlyMap<Wheel, string>> {
  const kind = await stat(path).catch(() => undefined);
  if (kind === undefined) throw new InputError(`There is no wheel at ${path}.`);
  const found = new Map<Wheel, string>();
  for (const wheel of wanted) {
    const file = kind.isDirectory() ? join(path, wheel.filename) : path;
    if (basename(file) !== wheel.filename) continue;
    if ((await stat(file).catch(() => undefined))?.isFile() === true) found.set(wheel, file);
  }
  if (found.size > 0) return found;
  const names = wanted.map(({ filename }) => `\n    ${filename}`).join('');
  throw new InputError(`${path} ${kind.isDirectory() ? 'holds' : 'is'} none of the wheels that are needed:${names}`);
}
