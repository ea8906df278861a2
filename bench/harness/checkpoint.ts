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

/** A checkpoint with random weights, written once into `build/bench`. */
export async function randomCheckpoint(
  { quick, signal, tell }: Pick<BenchContext, 'quick' | 'signal' | 'tell'>,
  type: StoredType = 'f32',
): Promise<RandomCheckpoint> {
  const shape = quick ? small : published;
  const folder = join('build', 'bench', `absorb-${quick ? 'small' : '170m'}-${type}`);
  if (existsSync(join(folder, 'config.json'))) return { folder, shape };
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
  return { folder, shape };
}
