import { existsSync, mkdirSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { works } from './command.mjs';
import { InstallError } from './say.mjs';

const MEGABYTE = 1e6;

/** libtensorflow's wheels of this version hold a C library for Linux on x86-64 only. */
export function requirePlatform() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new InstallError(
      `This builds on Linux x64 only, and this machine is ${process.platform} ${process.arch}: ` +
        'use --backend wasm, or install @tensorflow/tfjs-node-gpu beside samplewire yourself.',
    );
  }
}

/** Finds the tools that the build needs; gives the Python to use. */
export function requireTools({ pip }) {
  const python = [process.env.PYTHON, 'python3', 'python'].find(
    (name) => name && works(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']),
  );
  if (python === undefined) {
    throw new InstallError('Python 3.8 or newer was not found: install python3 (or name it in the variable PYTHON).');
  }
  if (pip && !works(python, ['-m', 'pip', '--version'])) {
    throw new InstallError(
      `pip was not found for ${python}: install python3-pip, or download the wheel yourself and pass --wheel FILE.`,
    );
  }
  const compiler = process.env.CXX || 'g++';
  if (!works(compiler, ['--version'])) {
    throw new InstallError(
      `A C++ compiler was not found (${compiler}): install g++ (or name one in the variable CXX).`,
    );
  }
  if (!works('make', ['--version'])) throw new InstallError('make was not found: install make.');
  return python;
}

/** Refuses to begin what would fill the disk. */
export function requireRoom(folder, megabytes) {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new InstallError(
      `${folder} can't be made a folder (${error.message}): name another one in SAMPLEWIRE_TENSORFLOW.`,
    );
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = Math.floor((bavail * bsize) / MEGABYTE);
  if (free < megabytes) {
    throw new InstallError(
      `${folder} has ${free} MB free and the build needs ${megabytes} MB: make room, or name another folder in SAMPLEWIRE_TENSORFLOW.`,
    );
  }
}

/** The prefix whose include/node holds the headers of the Node that runs this, if there is one: it spares a download. */
export function nodeHeadersPrefix() {
  const prefix = dirname(dirname(process.execPath));
  const header = join(prefix, 'include', 'node', 'node_version.h');
  if (!existsSync(header)) return undefined;
  const major = /#define NODE_MAJOR_VERSION (\d+)/.exec(readFileSync(header, 'utf8'))?.[1];
  return major === process.versions.node.split('.')[0] ? prefix : undefined;
}
