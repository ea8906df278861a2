import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { candidates } from '../backends.js';
import { cacheFolder } from '../cache-folder.js';
import { makeFolder } from '../../platform/make-folder.js';

const choice = z.object({
  /** What it was chosen under: `circumstancesOf`. */
  key: z.string(),
  /** For people: the model that was timed. */
  model: z.string(),
  backend: z.enum(candidates),
  /** Milliseconds a forward of each backend that took part, the fastest first. */
  milliseconds: z.array(z.object({ backend: z.enum(candidates), milliseconds: z.number().positive() })).nonempty(),
});

export type RememberedChoice = z.infer<typeof choice>;

const format = 1;
const file = z.object({ format: z.literal(format), choices: z.array(choice) });

/** Choices that are kept; the oldest go first. */
const most = 64;

/** Where choices are remembered. */
export const rememberedFile = (): string => join(cacheFolder(), 'auto.json');

/** What was remembered, the oldest first; nothing where the file is missing or is none of ours. */
export async function recall(path: string = rememberedFile()): Promise<readonly RememberedChoice[]> {
  try {
    return file.parse(JSON.parse(await readFile(path, 'utf8'))).choices;
  } catch {
    return [];
  }
}

/** Puts choices in place of all that were remembered. Whether that could be written: a machine without a place for it only takes longer. */
export async function rememberOnly(
  choices: readonly RememberedChoice[],
  path: string = rememberedFile(),
): Promise<boolean> {
  // Several may write at once: each leaves a whole file.
  const unfinished = `${path}.${randomUUID()}`;
  try {
    await makeFolder(dirname(path));
    await writeFile(unfinished, `${JSON.stringify({ format, choices: choices.slice(-most) }, null, 1)}\n`);
    await rename(unfinished, path);
    return true;
  } catch {
    await rm(unfinished, { force: true }).catch(() => undefined);
    return false;
  }
}

/** Adds a choice, in place of one under the same circumstances. */
export const remember = (added: RememberedChoice, path: string = rememberedFile()): Promise<boolean> =>
  change((choices) => [...choices.filter(({ key }) => key !== added.key), added], path);

/** Takes back what was chosen under some circumstances. */
export async function forget(forgotten: string, path: string = rememberedFile()): Promise<void> {
  await change((choices) => choices.filter(({ key }) => key !== forgotten), path);
}

/** One change of this process after the other, so that none undoes another: several models may be opened at once. */
let last: Promise<unknown> = Promise.resolve();

function change(
  changed: (choices: readonly RememberedChoice[]) => readonly RememberedChoice[],
  path: string,
): Promise<boolean> {
  const written = last.then(async () => rememberOnly(changed(await recall(path)), path));
  last = written;
  return written;
}
