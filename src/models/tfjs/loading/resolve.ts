import { createRequire } from 'node:module';
import { join } from 'node:path';
import { messageOf } from '../../../graph/message-of.js';
import { isTensorLibrary, silent, type Tf } from '../backend.js';

/** As seen from this file. */
export const requireHere = createRequire(import.meta.url);

/** As seen from a folder. */
export const requireFrom = (folder: string): NodeJS.Require => createRequire(join(folder, 'package.json'));

/** Main file of a package; `undefined` where there is none. */
export function resolved(from: NodeJS.Require, name: string): string | undefined {
  try {
    return from.resolve(name);
  } catch {
    return undefined;
  }
}

/** Main files of an optional package: beside samplewire, and in the project in whose folder the process works. */
export function optionalPackage(name: string): { readonly entry: string; readonly from: 'samplewire' | 'project' }[] {
  const here = resolved(requireHere, name);
  const there = resolved(requireFrom(process.cwd()), name);
  return [
    ...(here === undefined ? [] : [{ entry: here, from: 'samplewire' } as const]),
    ...(there === undefined || there === here ? [] : [{ entry: there, from: 'project' } as const]),
  ];
}

/** TensorFlow.js by the name of one of its packages, without its greeting. */
export function tensorLibrary(from: NodeJS.Require, name: string): Tf {
  const library: unknown = from(name);
  if (!isTensorLibrary(library)) throw new Error(`${name} is not TensorFlow.js`);
  return silent(library);
}

const longestReason = 300;

/** Why something did not load, as a part of a sentence: what Node and the system's loader say takes several lines. */
export function reasonOf(error: unknown): string {
  const [reason = ''] = messageOf(error).split(/\n\s*(?:Require stack:|at )/, 1);
  const line = reason.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > longestReason ? `${line.slice(0, longestReason)}...` : line;
}
