import { Option, type Command } from 'commander';
import type { NoiseProcess } from '../../graph/manifest.js';
import { checkBackendOptions, type BackendOptions } from '../../models/backend-choice.js';
import { backendWishes, precisions } from '../../models/backends.js';
import type { Limits } from '../../models/denoiser.js';
import type { OpenOptions } from '../../models/open-model.js';
import { rowsByDefault } from '../../runtime/admission.js';
import { Faults } from '../faults.js';
import { integerFlag } from '../integer-flag.js';
import { byteFlag } from '../size.js';

/** The flags that say what computes, as commander hands them over. */
export interface BackendFlags {
  readonly backend?: string;
  readonly precision?: string;
  readonly threads?: string;
}

/** The flags that say how a model is opened. */
export interface ModelFlags extends BackendFlags {
  readonly process?: NoiseProcess;
  readonly tokenizer?: string;
  readonly maxRows?: string;
  readonly maxCache?: string;
}

/** @param also Words that a command takes in place of a backend's name. */
export const addBackendOptions = (command: Command, also: readonly string[] = []): Command =>
  command
    .addOption(
      new Option(
        '--backend <name>',
        'what computes (default: onnx); auto: the fastest that verifies here, which takes seconds to find out the first time',
      ).choices([...backendWishes, ...also]),
    )
    .addOption(new Option('--precision <type>', 'number type of the weights (default: fp32)').choices(precisions))
    .option('--threads <n>', 'threads of a forward, on onnx (default: as many as the machine runs at once)');

export const addLimitOptions = (command: Command): Command =>
  command
    .option('--max-rows <n>', `most rows in flight; the others wait (default: ${String(rowsByDefault)})`)
    .option(
      '--max-cache <size>',
      'most memory for keys and values, as in 2GB; rows wait for it (default: half of what is free, a quarter on TensorFlow.js)',
    );

/**
 * What computes. Throws one `InputError` with everything that is wrong with the flags: now, and not when a model has been
 * downloaded.
 */
export function backendOptionsOf({ backend, precision, threads }: BackendFlags): BackendOptions {
  const count = integerFlag('--threads', threads, 1);
  const options = {
    ...(backend === undefined ? {} : { backend }),
    ...(precision === undefined ? {} : { precision }),
    ...(count === undefined ? {} : { threads: count }),
  };
  checkBackendOptions(options);
  return options;
}

/** How to open a model, but for its noise. Throws one `InputError` with everything that is wrong with the flags. */
export function openOptionsOf(flags: ModelFlags): Omit<OpenOptions, 'process'> {
  const { tokenizer, maxRows, maxCache } = flags;
  const faults = new Faults();
  const backend = faults.catch(() => backendOptionsOf(flags));
  const rows = faults.catch(() => integerFlag('--max-rows', maxRows, 1));
  const cacheBytes = faults.catch(() => byteFlag('--max-cache', maxCache));
  faults.throwIfAny();
  const limits: Limits | undefined = rows === undefined && cacheBytes === undefined ? undefined : { rows, cacheBytes };
  return {
    ...backend,
    ...(tokenizer === undefined ? {} : { tokenizer }),
    ...(limits === undefined ? {} : { limits }),
  };
}

export const withProcess = (options: OpenOptions, process: NoiseProcess | undefined): OpenOptions =>
  process === undefined ? options : { ...options, process };
