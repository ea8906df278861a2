import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { NoiseProcess } from '../../graph/manifest.js';
import { placeOf, withCheckpoint } from '../checkpoint/folder.js';
import { manifestOf } from '../manifest-of.js';
import { circumstancesOf } from './circumstances.js';
import type { TimedModel } from './probe-report.js';
import { writeRandomCheckpoint } from './random-checkpoint.js';
import { typicalSize } from './typical-call.js';

/** A model that backends are timed on, with what there is to say of it. */
export interface ModelToTime extends TimedModel {
  readonly parameters: number;
  /** Positions of the block that is denoised, and clean tokens before it. */
  readonly positions: number;
  readonly context: number;
  /** What `auto` remembers its choice under. */
  readonly key: string;
}

/** A checkpoint folder, to be timed. Throws an `InputError` for what is wrong with it. */
export const modelToTime = (folder: string, process?: NoiseProcess, name?: string): Promise<ModelToTime> =>
  withCheckpoint(folder, (checkpoint) => {
    const entries = [...checkpoint.file.entries.values()];
    return Promise.resolve({
      name: name ?? basename(resolve(folder)),
      folder,
      ...(process === undefined ? {} : { process }),
      parameters: entries.reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0),
      ...typicalSize(manifestOf(checkpoint, placeOf(folder), null, process)),
      key: circumstancesOf(checkpoint, {}),
    });
  });

/** Large enough for a device to be worth it, small enough to be written and opened in a second: 46M parameters. */
const middling = {
  type: 'block-dit',
  shape: { vocabularySize: 8192, hidden: 512, layers: 12, condition: null },
  heads: 8,
  length: 1024,
  causal: true,
  process: 'absorbing',
  stored: 'f32',
  seed: 0,
} as const;

/** A model of random weights, written among the temporary files; whoever asked for it removes its folder. */
export async function randomModel(signal?: AbortSignal): Promise<ModelToTime> {
  const folder = await mkdtemp(join(tmpdir(), 'samplewire-doctor-'));
  try {
    await writeRandomCheckpoint(folder, middling, signal);
    return await modelToTime(folder, undefined, 'random weights');
  } catch (error) {
    await removeModel({ folder });
    throw error;
  }
}

export const removeModel = ({ folder }: Pick<ModelToTime, 'folder'>): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 3 });
