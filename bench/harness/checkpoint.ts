import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchContext } from './bench.js';

export type StoredType = 'f32' | 'f16';

/** The published size (12 layers, 768 wide, a GPT-2 vocabulary and a mask); `quick` ones have few layers and tokens. */
export const published = { layers: 12, heads: 12, hidden: 768, vocabularySize: 50258 } as const;
const small = { layers: 2, heads: 4, hidden: 128, vocabularySize: 512 } as const;

export interface RandomCheckpoint {
  readonly folder: string;
  readonly shape: {
    readonly layers: number;
    readonly heads: number;
    readonly hidden: number;
    readonly vocabularySize: number;
  };
}

/** So small that what rows cost beside their forwards shows. */
const tiny = { layers: 2, heads: 2, hidden: 32, vocabularySize: 64 } as const;

type Asking = Pick<BenchContext, 'quick' | 'signal' | 'tell'>;
type Shape = RandomCheckpoint['shape'];

/** A checkpoint with random weights, written once into `build/bench`. */
export async function randomCheckpoint(asking: Asking, type: StoredType = 'f32'): Promise<RandomCheckpoint> {
  const shape = asking.quick ? small : published;
  return { folder: await written(asking, `absorb-${asking.quick ? 'small' : '170m'}-${type}`, shape, type), shape };
}

/** The folder of a checkpoint for measuring what rows cost. */
export const scaleCheckpoint = (asking: Asking): Promise<string> => written(asking, 'absorb-tiny-f32', tiny, 'f32');

async function written({ signal, tell }: Asking, name: string, shape: Shape, type: StoredType): Promise<string> {
  const folder = join('build', 'bench', name);
  if (existsSync(join(folder, 'config.json'))) return folder;
  tell(`writing ${folder}`);
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const sizes = {
    hidden: shape.hidden,
    layers: shape.layers,
    heads: shape.heads,
    vocabulary: shape.vocabularySize,
  };
  const options = Object.entries(sizes).flatMap(([name, size]) => [`--${name}`, String(size)]);
  const script = ['--import', './scripts/typescript.mjs', 'scripts/random-checkpoint.ts', unfinished, '--dtype', type];
  await promisify(execFile)(process.execPath, [...script, ...options], { signal });
  await rename(unfinished, folder);
  return folder;
}
