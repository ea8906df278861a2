import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../../graph/input-error.js';
import { sizeOf as fileSize } from '../../../models/hub/cache.js';
import { PassingFailure, statusOf } from '../../../models/hub/http.js';
import type { TransferSettings } from '../../../models/hub/settings.js';
import { isRight, transfer } from '../../../models/hub/transfer.js';
import { sizeOf } from '../../size.js';
import { lastLines, type ChildOptions } from '../child.js';
import { denied, locate, NoAccess, packageIndex, type PackageIndex } from './package-index.js';
import { configuredIndex, downloadWords, findPip, pipDownload } from './pip.js';
import { remoteFileOf } from './remote-file.js';
import { nameOf, type Wheel } from './wheel.js';

export interface Downloading {
  readonly settings: Omit<TransferSettings, 'endpoint' | 'credentials'>;
  readonly children: ChildOptions;
  /** Tells a person what is about to happen. */
  readonly tell: (line: string) => void;
}

/**
 * Downloads wheels into a folder, those that it has not yet, and gives their paths. An interrupted download goes on at the next
 * call. What has a name that ends in `.whl` there was whole when it got it, and is looked at again: a machine that lost its power may have
 * kept the name and lost the bytes.
 *
 * The index is the one of PIP_INDEX_URL, or that of pip's own settings, or else PyPI. Where this process cannot reach it, pip is
 * asked to. Throws an `InputError` that says what to do where that fails as well.
 */
export async function downloadWheels(
  wheels: readonly Wheel[],
  folder: string,
  downloading: Downloading,
): Promise<ReadonlyMap<Wheel, string>> {
  const paths = new Map(wheels.map((wheel) => [wheel, join(folder, wheel.filename)]));
  const missing: Wheel[] = [];
  for (const [wheel, path] of paths) if (!(await isHere(wheel, path, downloading))) missing.push(wheel);
  if (missing.length === 0) return paths;
  const index = await indexOf(downloading.children);
  for (const wheel of missing) {
    try {
      await download(wheel, folder, index, downloading);
    } catch (error) {
      if (!isClosed(error)) throw error;
      await downloadByPip(wheel, folder, error, downloading);
    }
  }
  return paths;
}

/** Whether a file is the wheel. One that is not is deleted. */
async function isHere(wheel: Wheel, path: string, { tell }: Downloading): Promise<boolean> {
  if ((await fileSize(path)) === undefined) return false;
  if (await isRight(path, remoteFileOf(wheel))) return true;
  tell(`What was downloaded of ${nameOf(wheel)} is damaged, and is downloaded again (${sizeOf(wheel.size)}).`);
  await rm(path, { force: true });
  return false;
}

/** Bytes of wheels that are in the folder already, of interrupted downloads too. */
export async function bytesHere(wheels: readonly Wheel[], folder: string): Promise<number> {
  const sizes = wheels.map(async (wheel) => {
    const found = (await fileSize(join(folder, wheel.filename))) ?? (await fileSize(partialOf(wheel, folder))) ?? 0;
    return Math.min(found, wheel.size);
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function indexOf(children: ChildOptions): Promise<PackageIndex> {
  const named = children.environment['PIP_INDEX_URL'];
  if (named) return packageIndex(named, 'PIP_INDEX_URL');
  const pip = await findPip(children);
  const configured = pip && (await configuredIndex(pip, children));
  return configured === undefined
    ? packageIndex('https://pypi.org/simple', 'PyPI')
    : packageIndex(configured, "pip's settings");
}

async function download(wheel: Wheel, folder: string, index: PackageIndex, downloading: Downloading): Promise<void> {
  const settings = { ...downloading.settings, endpoint: index.url, credentials: index.credentials };
  const url = await locate(settings, index, wheel);
  const { host } = new URL(url);
  const partial = partialOf(wheel, folder);
  const source = {
    url,
    refusal: (response: Response) => {
      const message = `${host} does not give ${nameOf(wheel)}: it answered ${statusOf(response)}.`;
      return new InputError(message, denied(response) ? { cause: new NoAccess(message) } : {});
    },
    wrongContent: () => wrongContent(wheel, `What ${host} sent for`),
  };
  await transfer(settings, remoteFileOf(wheel), source, partial);
  await rename(partial, join(folder, wheel.filename));
}

/** What has come of a wheel. */
const partialOf = ({ filename }: Wheel, folder: string): string => join(folder, `${filename}.incomplete`);

const wrongContent = (wheel: Wheel, what: string): InputError =>
  new InputError(
    `${what} ${nameOf(wheel)} is not the file that samplewire knows (${wheel.filename}, ${String(wheel.size)} bytes, sha256 ` +
      `${wheel.sha256}). It was deleted; try again, or name another package index in PIP_INDEX_URL.`,
  );

/** Whether the host is out of this process's reach, or closed to it, and pip may do better. */
const isClosed = (error: unknown): error is Error => {
  if (error instanceof NoAccess) return true;
  if (!(error instanceof InputError)) return false;
  const { cause } = error;
  return cause instanceof NoAccess || (cause instanceof PassingFailure && cause.unreachable);
};

async function downloadByPip(
  wheel: Wheel,
  folder: string,
  reason: Error,
  { children, tell }: Downloading,
): Promise<void> {
  const pip = await findPip(children);
  if (pip === undefined) throw new InputError(`${reason.message}. ${remedies(wheel)}`);
  tell(`${reason.message}: pip tries to download ${nameOf(wheel)} (${sizeOf(wheel.size)})`);
  // Of its own, so that a file in the folder is always whole and checked.
  const apart = join(folder, 'pip');
  await rm(apart, { recursive: true, force: true });
  await mkdir(apart, { recursive: true });
  try {
    const outcome = await pipDownload(pip, wheel, apart, children);
    const [name] = outcome.status === 0 ? await readdir(apart) : [];
    if (name === undefined) {
      throw new InputError(`${reason.message}, and pip fails as well. ${remedies(wheel)}${lastLines(outcome, 4)}`);
    }
    if (!(await isRight(join(apart, name), remoteFileOf(wheel)))) throw wrongContent(wheel, 'What pip downloaded for');
    await rename(join(apart, name), join(folder, wheel.filename));
    await rm(partialOf(wheel, folder), { force: true });
  } finally {
    await rm(apart, { recursive: true, force: true });
  }
}

/** For a person whose machine has no way to the index. */
const remedies = (wheel: Wheel): string =>
  'Is there a network? PIP_INDEX_URL names another package index. Or bring the file from a machine that has one, by ' +
  `"pip ${downloadWords(wheel, '.').join(' ')}", and name it, or its folder: --wheel ${wheel.filename}`;
