import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../../../models/hub/lock.js';
import { storageFailure } from '../../../models/hub/storage.js';
import { isNotThere } from '../../../platform/make-folder.js';
import { whyNoGpu } from '../../../models/tfjs/loading/why-no-card.js';
import { exitCodes } from '../../exit-code.js';
import { DownloadView } from '../../hub.js';
import { note } from '../../report.js';
import { stoppedCode, write, type Session } from '../../session.js';
import { shareOf, sizeOf } from '../../size.js';
import { ChangingLine } from '../../terminal/changing-line.js';
import type { ChildOptions } from '../child.js';
import { bytesHere, downloadWheels } from '../wheels/download.js';
import { givenWheels } from '../wheels/given.js';
import { unpackWheels } from '../wheels/unpack.js';
import { totalOf, type Wheel } from '../wheels/wheel.js';
import { compileBinding, installPackages, libraryFolder } from './build.js';
import { checkBuild, type CheckReport } from './check.js';
import {
  claim,
  elsewhere,
  markOf,
  newBuildFolder,
  parts,
  placeOf,
  removeBuildFolders,
  workshopOf,
  writeMark,
  type Place,
} from './place.js';
import { release, variants, type VariantName, type Variants } from './release.js';
import { findTools, requirePlatform, requireRoom, thisMachine, type Machine } from './requirements.js';

export interface TensorflowOptions {
  readonly variant: VariantName;
  /** Wheels that need no download: files, or folders that hold them. */
  readonly wheels: readonly string[];
  /** Build even where a build is there and works. */
  readonly force: boolean;
}

/** What the installation rests on; others are for tests. */
export interface Ground {
  readonly variants: Variants;
  readonly machine: Machine;
  /** Milliseconds before each further try of what failed and may pass. */
  readonly retryDelays: readonly number[];
}

const thisGround = (): Ground => ({ variants, machine: thisMachine(), retryDelays: [500, 1000, 2000, 4000] });

/**
 * Builds @tensorflow/tfjs-node-gpu over the libtensorflow of a Python wheel, where the loader of tensor backends finds it, and
 * gives the exit code. What is there and computes is left alone. A build takes its place only when it has been checked; one that
 * was interrupted is begun anew, but for its downloads, which go on.
 *
 * Throws an `InputError` for everything a person can mend.
 */
export async function installTensorflow(
  session: Session,
  options: TensorflowOptions,
  ground: Ground = thisGround(),
): Promise<number> {
  const view = new DownloadView(session);
  try {
    await install(session, options, ground, view);
    return exitCodes.ok;
  } catch (error) {
    view.end();
    if (!session.signal.aborted) throw error;
    note(session, 'Stopped. The same command goes on from here.');
    return stoppedCode(session.stopReason);
  }
}

async function install(
  session: Session,
  { variant, wheels, force }: TensorflowOptions,
  { variants, machine, retryDelays }: Ground,
  view: DownloadView,
): Promise<void> {
  const { signal, environment } = session;
  const children: ChildOptions = { signal, environment };
  const place = placeOf(variant, environment);
  const before = await markOf(place, variant);
  if (!force && before !== undefined && (await isThere(session, place, variant, children))) return;
  requirePlatform(machine);
  await claim(place);
  const settings = {
    ...{ elsewhere, retryDelays, signal, patience: 30_000 },
    tell: (event: Parameters<DownloadView['show']>[0]) => view.show(event),
  };
  const workshop = workshopOf(place);
  const lock = { ...settings, endpoint: '', credentials: null };
  await withLock(lock, workshop.lock, `another process installs TensorFlow in ${place.folder}`, async () => {
    view.end();
    // Who had to wait finds what the other one made.
    const now = await markOf(place, variant);
    if (now !== undefined && now !== before && (await isThere(session, place, variant, children))) return;
    await removeBuildFolders(place);
    const wanted = variants[variant];
    const given = await givenWheels(wheels, wanted);
    const missing = wanted.filter((wheel) => !given.has(wheel));
    const tools = await findTools(children);
    await announce(session, place, wanted, missing);
    const downloaded = await downloadWheels(missing, workshop.downloads, {
      ...{ settings, children },
      tell: (line) => {
        view.end();
        note(session, line);
      },
    });
    view.end();
    await rm(workshop.log, { force: true });
    const logged = { ...children, log: workshop.log };
    try {
      const build = await newBuildFolder(place);
      note(session, `installing ${release.package} ${release.version} by npm`);
      await installPackages(build, tools, logged);
      await unpack(session, new Map([...given, ...downloaded]), libraryFolder(build), place);
      note(session, 'compiling the binding');
      await compileBinding(build, tools, logged);
      note(session, 'checking a matrix product and a gradient');
      await writeMark(build, variant);
      const report = await checkBuild(build, children);
      await putInPlace(place, build);
      await tellDone(session, place, variant, report, 'is installed');
    } finally {
      // A build that came to nothing is as large as one that is in place.
      await removeBuildFolders(place);
    }
  });
}

/** Whether the folder's build computes; a person is told either way. */
async function isThere(session: Session, place: Place, variant: VariantName, children: ChildOptions): Promise<boolean> {
  const report = await checkBuild(place.folder, children).catch((error: unknown) => {
    children.signal.throwIfAborted();
    note(session, `What is in ${place.folder} does not work any more, and is built again.`);
    if (!(error instanceof Error)) throw error;
    return undefined;
  });
  if (report === undefined) return false;
  await tellDone(session, place, variant, report, 'is there already (--force builds it again),');
  return true;
}

/** Says what will be downloaded and written, and refuses to begin where there is no room for it. */
async function announce(
  session: Session,
  { folder }: Place,
  wanted: readonly Wheel[],
  missing: readonly Wheel[],
): Promise<void> {
  const here = await bytesHere(missing, workshopOf({ folder }).downloads);
  const download = totalOf(missing, 'size') - here;
  const installed = totalOf(wanted, 'unpacked') + release.packages;
  const takes = `takes ${sizeOf(installed)} of disk in ${folder}`;
  note(
    session,
    download === 0
      ? `This downloads npm packages only and ${takes}.`
      : `This downloads ${sizeOf(download)} of wheels and ${takes}, ${sizeOf(download + here + installed)} until it is done.`,
  );
  await requireRoom(folder, download + installed);
}

async function unpack(
  session: Session,
  wheels: ReadonlyMap<Wheel, string>,
  folder: string,
  place: Place,
): Promise<void> {
  const line = new ChangingLine(session);
  let text = '';
  if (!line.live) note(session, 'unpacking the libraries');
  try {
    await unpackWheels(wheels, folder, session.signal, (bytes, total) => {
      const next = `unpacking the libraries  ${shareOf(bytes, total)} of ${sizeOf(total)}`;
      if (next !== text) line.change(next);
      text = next;
    });
  } catch (error) {
    throw session.signal.aborted ? error : storageFailure(error, place.folder, elsewhere);
  } finally {
    line.end();
  }
}

/**
 * Moves the build to where it is found: what it replaces is unfinished from the first moment, and it is finished at the last. That is
 * moved as well, to where builds are cleared away: deleting it takes seconds, in which other processes would find nothing.
 */
async function putInPlace(place: Place, build: string): Promise<void> {
  const { downloads, log } = workshopOf(place);
  const replaced = await newBuildFolder(place);
  for (const name of [...parts].reverse()) await moveIfThere(join(place.folder, name), join(replaced, name));
  for (const name of parts) await rename(join(build, name), join(place.folder, name));
  for (const path of [downloads, log]) await rm(path, { recursive: true, force: true });
}

async function moveIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: unknown) => {
    if (!isNotThere(error)) throw error;
  });
}

async function tellDone(
  session: Session,
  { folder, named }: Place,
  variant: VariantName,
  { library, device }: CheckReport,
  state: string,
): Promise<void> {
  const computes = `over libtensorflow ${library}, computing on the ${device.toUpperCase()}`;
  const found = named
    ? 'It is found for as long as SAMPLEWIRE_TENSORFLOW names the folder'
    : 'Every project of yours finds it there';
  await write(session, `${release.package} ${release.version} ${state} in ${folder}, ${computes}.\n`);
  if (variant === 'cuda' && device === 'cpu') await write(session, `${await whyNoGpu()}\n`);
  await write(session, `${found}: --backend tensorflow\n`);
}
