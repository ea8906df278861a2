// `npm run tensorflow`: brings @tensorflow/tfjs-node-gpu over the libtensorflow of a PyPI wheel into a folder of its own.
import { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkBuild, compileBinding, installPackage, packageFolder } from './build.mjs';
import { stopCommands } from './command.mjs';
import { requirePlatform, requireRoom, requireTools } from './requirements.mjs';
import { InstallError, say } from './say.mjs';
import { LIBRARY_VERSION, PACKAGE, PACKAGE_VERSION, VARIANTS } from './variants.mjs';
import { fetchWheel, unpackWheel } from './wheel.mjs';

const HELP = `Usage: npm run tensorflow [-- --cuda] [-- --wheel FILE]

Builds ${PACKAGE} ${PACKAGE_VERSION} over libtensorflow ${LIBRARY_VERSION}, for --backend tensorflow.
  --cuda        with support for NVIDIA GPUs (${VARIANTS.cuda.download} MB to download instead of ${VARIANTS.cpu.download} MB)
  --wheel FILE  use this wheel instead of downloading one (${VARIANTS.cpu.distribution} or, with --cuda, ${VARIANTS.cuda.distribution}, ${LIBRARY_VERSION}, x86_64)
  --force       build again even if it is there already
It goes into .tensorflow/ beside package.json, or into the folder that SAMPLEWIRE_TENSORFLOW names.`;

const OPTIONS = {
  cuda: { type: 'boolean' },
  wheel: { type: 'string' },
  force: { type: 'boolean' },
  help: { type: 'boolean' },
};

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    throw new InstallError(`${error.message}\n\n${HELP}`);
  }
}

/** The marker is written last: a folder without it is unfinished. */
const markerOf = (folder) => join(folder, 'installed.json');

function installedVariant(folder) {
  if (!existsSync(markerOf(folder))) return undefined;
  try {
    const { variant, version, library } = JSON.parse(readFileSync(markerOf(folder), 'utf8'));
    return version === PACKAGE_VERSION && library === LIBRARY_VERSION ? variant : undefined;
  } catch {
    return undefined;
  }
}

const describe = ({ library, gpu }) => `libtensorflow ${library}, computing on the ${gpu ? 'GPU' : 'CPU'}`;

async function alreadyThere(folder, variant) {
  if (installedVariant(folder) !== variant) return false;
  try {
    say(`${PACKAGE} ${PACKAGE_VERSION} is there already in ${folder} (${describe(await checkBuild(folder))}).`);
    return true;
  } catch {
    say(`What is in ${folder} does not load any more: building it again.`);
    return false;
  }
}

async function install(folder, variant, wheelFile) {
  const { distribution, download, disk } = VARIANTS[variant];
  const source = wheelFile === undefined ? `download ${download} MB` : `take ${wheelFile}`;
  say(`This will ${source} and needs up to ${disk} MB in ${folder}.`);
  requirePlatform();
  if (wheelFile !== undefined && !existsSync(wheelFile)) throw new InstallError(`There is no wheel at ${wheelFile}.`);
  const python = requireTools({ pip: wheelFile === undefined });
  requireRoom(folder, disk);
  rmSync(markerOf(folder), { force: true });
  rmSync(join(folder, 'build.log'), { force: true });
  const downloads = join(folder, 'download');
  const wheel = wheelFile ?? (await fetchWheel(python, VARIANTS[variant], downloads));
  await installPackage(folder);
  await unpackWheel(python, wheel, join(packageFolder(folder), 'deps'));
  await compileBinding(folder, python);
  say('Checking a matrix product and a gradient...');
  const report = await checkBuild(folder);
  const marker = { package: PACKAGE, version: PACKAGE_VERSION, library: LIBRARY_VERSION, variant, distribution };
  writeFileSync(markerOf(folder), `${JSON.stringify(marker, null, 2)}\n`);
  rmSync(downloads, { recursive: true, force: true });
  say(`Done: ${PACKAGE} ${PACKAGE_VERSION} over ${describe(report)}, in ${folder}.`);
  if (variant === 'cuda' && !report.gpu) {
    say('No GPU was used: that needs an NVIDIA driver, and CUDA 12.2 and cuDNN 8.9 on LD_LIBRARY_PATH.');
  }
  say('Use it with --backend tensorflow.');
}

async function main() {
  const { cuda = false, wheel, force = false, help = false } = readArguments();
  if (help) return say(HELP);
  const root = dirname(dirname(dirname(realpathSync(fileURLToPath(import.meta.url)))));
  const folder = resolve(process.env.SAMPLEWIRE_TENSORFLOW || join(root, '.tensorflow'));
  const variant = cuda ? 'cuda' : 'cpu';
  if (force || !(await alreadyThere(folder, variant))) {
    await install(folder, variant, wheel === undefined ? undefined : resolve(wheel));
  }
}

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.on(signal, () => {
    stopCommands();
    process.stderr.write('\nStopped. Run the command again to go on.\n');
    process.exit(status);
  });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof InstallError) && error.code === undefined) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
