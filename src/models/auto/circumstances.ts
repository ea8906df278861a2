import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { BackendOptions } from '../backend-choice.js';
import type { CheckpointConfig } from '../checkpoint/config.js';
import type { DitShape } from '../checkpoint/weights.js';
import { findTensorflow } from '../tfjs/loading/find-tensorflow.js';
import { processor } from './device.js';
import { onnxLibraries, ownVersion, packageVersions } from './packages.js';

/** Variables that say which device there is to take, or which library, or how exactly it computes. */
const telling = [
  'VK_ICD_FILENAMES',
  'VK_DRIVER_FILES',
  'VK_ADD_DRIVER_FILES',
  'VK_LOADER_DRIVERS_SELECT',
  'VK_LOADER_DRIVERS_DISABLE',
  'VK_LOADER_DEVICE_SELECT',
  'MESA_VK_DEVICE_SELECT',
  'DRI_PRIME',
  '__NV_PRIME_RENDER_OFFLOAD',
  'CUDA_VISIBLE_DEVICES',
  'CUDA_DEVICE_ORDER',
  'NVIDIA_TF32_OVERRIDE',
  'LD_LIBRARY_PATH',
  'SAMPLEWIRE_TENSORFLOW',
];

/**
 * A key for everything that may change which backend is the fastest: versions, the machine with its devices as far as files show them,
 * the variables above, and the model's size with the options that it is opened with. Takes no more than reading some small files.
 */
export function circumstancesOf(
  { config, shape }: { readonly config: CheckpointConfig; readonly shape: DitShape },
  { precision, threads }: BackendOptions,
  environment: Readonly<NodeJS.ProcessEnv> = process.env,
): string {
  const facts = {
    samplewire: ownVersion(),
    packages: [packageVersions(), onnxLibraries()],
    abi: process.versions.modules,
    platform: [process.platform, process.arch],
    processor: [processor(), availableParallelism()],
    devices: [listed('/dev/dri'), listed('/proc/driver/nvidia/gpus'), read('/proc/driver/nvidia/version')],
    tensorflow: findTensorflow().candidates.map(({ entry }) => [entry, changed(entry)]),
    environment: telling.map((name) => environment[name] ?? null),
    model: [shape, config.type, config.n_heads, config.length, config.x0_causal],
    options: [precision ?? 'fp32', threads ?? null],
  };
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

/** When a file was written. */
const changed = (file: string): number | null => attempt(() => statSync(file).mtimeMs);

const listed = (folder: string): string[] | null => attempt(() => readdirSync(folder).sort());

const read = (file: string): string | null => attempt(() => readFileSync(file, 'utf8'));

function attempt<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
