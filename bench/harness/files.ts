import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../src/graph/input-error.js';
import { messageOf } from '../../src/graph/message-of.js';
import { makeFolder } from '../../src/platform/make-folder.js';
import { resultSchema, type Result } from './result.js';

/** Makes a folder for results. Throws an `InputError` where nothing can be written to it: before anything is measured, so that nothing is lost. */
export async function requireFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await rm(await mkdtemp(join(folder, '.writable-')), { recursive: true });
  } catch (error) {
    throw new InputError(`results cannot be written to ${folder} (${messageOf(error)}); --out names another folder`);
  }
}

/** Writes a result whole or not at all, and gives its path. */
export async function writeResult(folder: string, result: Result): Promise<string> {
  await makeFolder(folder);
  const path = join(folder, `${result.bench}.json`);
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(result, null, 1)}\n`);
  await rename(temporary, path);
  return path;
}

/** All results of a folder, by benchmark. Throws an `InputError` that names a file that is none. */
export async function readResults(folder: string): Promise<ReadonlyMap<string, Result>> {
  const names = await readdir(folder).catch(() => []);
  const results = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => readResult(join(folder, name))),
  );
  return new Map(results.map((result) => [result.bench, result]));
}

async function readResult(path: string): Promise<Result> {
  const parsed = resultSchema.safeParse(json(await readFile(path, 'utf8')));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path: at, message }) => `${at.join('.') || 'the whole'}: ${message}`);
  throw new InputError(
    `${path} is no result of a benchmark (${faults.slice(0, 5).join('; ')}); delete it or measure again.`,
  );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
