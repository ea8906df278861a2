import { readFile } from 'node:fs/promises';
import type { TensorflowCandidate } from './find-tensorflow.js';

/** The least version of NVIDIA's driver on Linux that runs CUDA 12 (CUDA's release notes, table of minor version compatibility). */
const least = [525, 60, 13] as const;

const file = '/proc/driver/nvidia/version';

/** Reads what NVIDIA's driver for Linux says of itself; rejects where none is loaded. */
export type ReadDriver = () => Promise<string>;

const readDriver: ReadDriver = () => readFile(file, 'utf8');

/** Why a build with CUDA 12 computes on no card, as far as the driver tells, and what would help. */
export async function whyNoGpu(read: ReadDriver = readDriver): Promise<string> {
  const needed = `CUDA 12 needs an NVIDIA card and its driver, ${least.join('.')} or newer`;
  const version = await driverVersion(read);
  if (version === null)
    return `${needed}; no driver is loaded here. Once there is one, nothing has to be installed again.`;
  if (version !== '' && isOlder(version.split('.').map(Number))) return `${needed}, and the one here is ${version}.`;
  return usesNone(version);
}

/**
 * Why an installation that computes on the processor does so, where a card could be expected: it was built for cards, or there is one.
 * `null` where nothing is amiss, or nothing tells.
 */
export async function whyNoCard(
  { package: name, variant }: Pick<TensorflowCandidate, 'package' | 'variant'>,
  read: ReadDriver = readDriver,
): Promise<string | null> {
  if (variant === 'cuda') return whyNoGpu(read);
  const version = await driverVersion(read);
  if (variant === 'cpu' || name === '@tensorflow/tfjs-node') {
    const build = variant === 'cpu' ? 'This build of libtensorflow' : 'tfjs-node';
    return version === null
      ? null
      : `${build} computes on processors only: \`npx samplewire install tensorflow --cuda\` brings one for the NVIDIA card.`;
  }
  const needed = `${name} needs an NVIDIA card with its driver and the CUDA and cuDNN that its documentation names`;
  return version === null ? `${needed}; no driver is loaded here.` : `${needed}. ${usesNone(version)}`;
}

const usesNone = (version: string): string =>
  `The driver is there${version === '' ? '' : ` (${version})`}, but libtensorflow uses no GPU: TF_CPP_MIN_LOG_LEVEL=0 ` +
  'makes it say why in a run (in a container, are the devices passed on? is CUDA_VISIBLE_DEVICES empty?).';

/** The driver's version, empty where it does not tell; `null` where there is none. */
async function driverVersion(read: ReadDriver): Promise<string | null> {
  const text = await read().catch(() => null);
  return text === null ? null : (/Module.*?\s(\d+(?:\.\d+)+)/.exec(text)?.[1] ?? '');
}

function isOlder(version: readonly number[]): boolean {
  for (const [place, part] of least.entries()) {
    const other = version[place] ?? 0;
    if (other !== part) return other < part;
  }
  return false;
}
