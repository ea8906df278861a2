import { statfs } from 'node:fs/promises';
import { basename } from 'node:path';
import { InputError } from '../../../graph/input-error.js';
import { sizeOf } from '../../size.js';
import { works, type ChildOptions } from '../child.js';
import { elsewhere } from './place.js';

export type Command = readonly [string, ...string[]];

/** What builds the binding. */
export interface Tools {
  readonly compiler: Command;
  readonly npm: Command;
}

export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** Version of the GNU C library, `undefined` where there is another one. */
  readonly glibc: string | undefined;
}

export function thisMachine(): Machine {
  const { platform, arch } = process;
  const report: unknown = platform === 'linux' ? process.report.getReport() : undefined;
  const header = typeof report === 'object' && report !== null && 'header' in report ? report.header : undefined;
  const isKnown = typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header;
  return { platform, arch, glibc: isKnown ? String(header.glibcVersionRuntime) : undefined };
}

/** The libraries are built for Linux on x86-64 with the GNU C library. Throws an `InputError` that says what else there is. */
export function requirePlatform({ platform, arch, glibc }: Machine): void {
  const isLinux = platform === 'linux' && arch === 'x64';
  if (isLinux && glibc !== undefined) return;
  const name = isLinux ? 'Linux without the GNU C library (Alpine, for one)' : `${platform} on ${arch}`;
  throw new InputError(
    `TensorFlow is built here for Linux on x64 only, and this machine is ${name}. Models run without it: ` +
      '--backend onnx on a processor, onnx-webgpu or webgpu on a graphics card, wasm anywhere, for training as well. Or install ' +
      '@tensorflow/tfjs-node in your project where it has a build for your system; samplewire finds it there.',
  );
}

/** Finds the tools that a build takes. Throws an `InputError` that names all that are missing, and how to get them. */
export async function findTools(options: ChildOptions): Promise<Tools> {
  const { environment } = options;
  const compiler = await firstThatWorks(compilersOf(environment), options);
  const npm = npmOf(environment);
  const hasNpm = await works([...npm, '--version'], options);
  if (compiler !== undefined && hasNpm) return { compiler, npm };
  const named = environment['CXX'] ? ` (CXX names ${environment['CXX']}, which does not start)` : '';
  const missing = [
    ...(compiler === undefined
      ? [
          `A C++ compiler is missing${named}: "apt-get install g++" on Debian and Ubuntu, "dnf install gcc-c++" on Fedora, or ` +
            'name one in CXX.',
        ]
      : []),
    ...(hasNpm ? [] : ['npm is missing, which comes with Node (https://nodejs.org) or as "apt-get install npm".']),
  ];
  throw new InputError(missing.join('\n'));
}

function compilersOf({ CXX }: Readonly<NodeJS.ProcessEnv>): readonly Command[] {
  // As make takes it: a launcher such as ccache may stand before it.
  const [command, ...words] = (CXX ?? '').split(/\s+/).filter((word) => word !== '');
  return command === undefined ? [['g++'], ['c++'], ['clang++']] : [[command, ...words]];
}

async function firstThatWorks(commands: readonly Command[], options: ChildOptions): Promise<Command | undefined> {
  for (const command of commands) if (await works([...command, '--version'], options)) return command;
  return undefined;
}

/** The npm that runs this, or the one on the PATH. */
function npmOf({ npm_execpath: script }: Readonly<NodeJS.ProcessEnv>): Command {
  return script !== undefined && basename(script) === 'npm-cli.js' ? [process.execPath, script] : ['npm'];
}

/** Throws an `InputError` rather than begin what would fill the disk. */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(folder);
  const free = bavail * bsize;
  // Some file systems do not know their size.
  if (blocks === 0 || free >= bytes) return;
  throw new InputError(`${folder} has ${sizeOf(free)} free, and this needs ${sizeOf(bytes)}: make room; ${elsewhere}.`);
}
