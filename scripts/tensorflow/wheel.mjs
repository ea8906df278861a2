import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, tail } from './command.mjs';
import { InstallError, say } from './say.mjs';
import { LIBRARY_VERSION } from './variants.mjs';

const EXTRACT = join(dirname(fileURLToPath(import.meta.url)), 'extract.py');

const wheelIn = (folder, distribution) => {
  const start = `${distribution.replaceAll('-', '_')}-${LIBRARY_VERSION}-`;
  const name =
    existsSync(folder) && readdirSync(folder).find((file) => file.startsWith(start) && file.endsWith('.whl'));
  return name ? join(folder, name) : undefined;
};

/**
 * The wheel of a distribution, from `folder` when an earlier run got that far. It is downloaded beside its final place
 * and moved there in one step, so that a file in that place is always whole.
 */
export async function fetchWheel(python, { distribution, download }, folder) {
  const kept = wheelIn(folder, distribution);
  if (kept !== undefined) {
    say(`Using the wheel that an earlier run downloaded: ${kept}`);
    return kept;
  }
  const partial = join(folder, 'partial');
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  say(`Downloading ${distribution} ${LIBRARY_VERSION} (${download} MB) with pip...`);
  const result = await runCommand(
    python,
    [
      ...['-m', 'pip', 'download', `${distribution}==${LIBRARY_VERSION}`, '--dest', partial],
      // The library inside is the same for every Python: which one runs pip does not matter.
      ...['--no-deps', '--only-binary=:all:', '--python-version', '3.10', '--implementation', 'cp', '--abi', 'cp310'],
      ...['--platform', 'manylinux_2_17_x86_64', '--platform', 'manylinux2014_x86_64'],
      ...['--no-cache-dir', '--disable-pip-version-check', '--no-input'],
    ],
    { show: true },
  );
  const wheel = wheelIn(partial, distribution);
  if (result.status !== 0 || wheel === undefined) {
    throw new InstallError(
      `pip could not download ${distribution} ${LIBRARY_VERSION}: check the network, or download the wheel elsewhere and pass --wheel FILE.`,
    );
  }
  const place = join(folder, wheel.slice(partial.length + 1));
  renameSync(wheel, place);
  rmSync(partial, { recursive: true, force: true });
  return place;
}

/** Unpacks the C library and its headers from a wheel into `deps`, under the names that the binding links against. */
export async function unpackWheel(python, wheel, deps) {
  say('Unpacking libtensorflow...');
  const result = await runCommand(python, [EXTRACT, wheel, deps]);
  if (result.status !== 0) {
    throw new InstallError(`${wheel} is not a whole tensorflow wheel: delete it and run again.\n${tail(result, 1)}`);
  }
}
