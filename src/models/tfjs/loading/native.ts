import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, platform } from 'node:os';
import { dirname, join } from 'node:path';
import util from 'node:util';
import { InputError } from '../../../graph/input-error.js';
import type { TensorBackend, Tf } from '../backend.js';
import { findTensorflow, type TensorflowCandidate } from './find-tensorflow.js';
import { reasonOf, tensorLibrary } from './resolve.js';
import { requireWholeLibraries } from './whole-libraries.js';
import { whyNoCard } from './why-no-card.js';

const otherBackend = 'take another backend (wasm; --backend wasm on the command line)';
const installing =
  '`npx samplewire install tensorflow` once (207 MB, or 2.1 GB with --cuda for an NVIDIA card; needs a C++ compiler)';

/**
 * libtensorflow, of the first installation that loads.
 *
 * @throws InputError when there is none, or when none loads.
 */
export async function loadTensorflow(): Promise<TensorBackend> {
  const { candidates, looked } = findTensorflow();
  const broken: string[] = [];
  for (const candidate of candidates) {
    try {
      const backend = load(candidate);
      // Elsewhere no file tells of a driver.
      const why = backend.device === 'cpu' && platform() === 'linux' ? await whyNoCard(candidate) : null;
      return { ...backend, notes: [...broken, ...(why === null ? [] : [why])] };
    } catch (error) {
      broken.push(
        `The TensorFlow backend at ${packageFolder(candidate)} does not load (${reasonOf(error)}): ${remedy(candidate)}`,
      );
    }
  }
  if (broken.length > 0) throw new InputError(broken.join('\n'));
  throw new InputError(
    `The TensorFlow backend is not installed (${looked.join('; ')}): run ${installing}, ` +
      `or install @tensorflow/tfjs-node-gpu beside samplewire as its documentation says, or ${otherBackend}.`,
  );
}

const packageFolder = ({ entry, package: name }: TensorflowCandidate): string => {
  const path = join('node_modules', name);
  const at = entry.lastIndexOf(path);
  return at < 0 ? dirname(entry) : entry.slice(0, at + path.length);
};

const remedy = ({ again, package: name }: TensorflowCandidate): string =>
  again === undefined
    ? `install ${name} again as its documentation says (\`npm rebuild ${name} --build-addon-from-source\`), or run ${installing}.`
    : `install it again with \`${again}\`.`;

function load(candidate: TensorflowCandidate): TensorBackend {
  const { entry } = candidate;
  requireWholeLibraries(packageFolder(candidate));
  restoreLegacyUtil();
  setEnvironment();
  const requireThere = createRequire(entry);
  // Silenced before the package comes to its binding: where that is broken, the next copy in this process would warn of each kernel.
  const tf = tensorLibrary(requireThere, '@tensorflow/tfjs');
  resolvingAtOnce(() => void requireThere(entry));
  return usesGpu(tf)
    ? { tf, name: 'tensorflow', device: 'gpu', deviceName: cardName() ?? 'GPU' }
    : { tf, name: 'tensorflow', device: 'cpu', deviceName: 'CPU' };
}

/** What the libraries below read when they are loaded, where the environment says nothing else. */
function setEnvironment(): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '3';
  // Cards from Ampere on would multiply 32-bit numbers with 10 bits of their fractions (TF32), which is no parity.
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
}

/**
 * Has the system resolve every symbol of native modules when they are loaded. By default a symbol that libtensorflow lacks ends the
 * process when it is first called; this way it is an error that can be told.
 */
function resolvingAtOnce(use: () => void): void {
  // Windows, which has no such constant, does so anyway.
  if (!('RTLD_NOW' in constants.dlopen)) {
    use();
    return;
  }
  const { RTLD_NOW } = constants.dlopen;
  const before = Object.getOwnPropertyDescriptor(process, 'dlopen') ?? {};
  const load = process.dlopen.bind(process);
  process.dlopen = (module: object, file: string, flags = RTLD_NOW) => {
    load(module, file, flags);
  };
  try {
    use();
  } finally {
    Object.defineProperty(process, 'dlopen', before);
  }
}

/** The native package still calls two helpers that Node 23 removed, and of which Node 22 warns. */
function restoreLegacyUtil(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: (value: unknown) => Array.isArray(value),
  });
}

function usesGpu(tf: Tf): boolean {
  // Not the active one: the package may have been loaded long before.
  const backend: unknown = tf.findBackend('tensorflow');
  return (
    typeof backend === 'object' &&
    backend !== null &&
    'isUsingGpuDevice' in backend &&
    backend.isUsingGpuDevice === true
  );
}

/** The library does not tell; NVIDIA's driver for Linux lists its cards, of which the library takes the first. */
function cardName(): string | undefined {
  const cards = '/proc/driver/nvidia/gpus';
  try {
    const [first = ''] = readdirSync(cards).sort();
    return /^Model:\s*(.+?)\s*$/m.exec(readFileSync(join(cards, first, 'information'), 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
