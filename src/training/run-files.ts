import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../graph/input-error.js';
import { readJson } from '../models/checkpoint/files.js';
import { readSafetensors, writeSafetensors } from '../models/checkpoint/safetensors.js';
import { writeWhole } from '../platform/whole-file.js';
import { optimizerVectors, type OptimizerState } from './optimizer.js';

const validationSchema = z.object({
  step: z.number().int(),
  rows: z.number().int(),
  /** Nats per character by block size, as [block size, nats]. */
  nats: z.array(z.tuple([z.number(), z.number()])),
});

const recordSchema = z.object({
  /** The file beside this one with the vectors of the optimizer. */
  state: z.string(),
  /** Steps done. */
  step: z.number().int().nonnegative(),
  /** Seconds spent training, over all parts of a resumed run. */
  seconds: z.number().nonnegative(),
  /** The options of the last part, for comparing. */
  options: z.record(z.string(), z.unknown()),
  /** The commands that gave the run, each with the step that it began at. */
  parts: z.array(z.object({ step: z.number().int().nonnegative(), command: z.string() })).default([]),
  textSha256: z.string(),
  validations: z.array(validationSchema),
});

/** What is known of a run besides its vectors. */
export type RunRecord = z.infer<typeof recordSchema>;
/** A command and the step that it began at. */
export type RunPart = RunRecord['parts'][number];
/** One validation of the past. */
export type PastValidation = z.infer<typeof validationSchema>;

/** The folder, inside that of the checkpoint, with what `resume` needs. */
export const folderOf = (out: string): string => join(out, 'training');
const recordFile = 'run.json';
const recordOf = (out: string): string => join(folderOf(out), recordFile);
const stateFile = (step: number): string => `state-${step}.safetensors`;

/** Whether a file of that name, in a run's folder, is one that `saveRun` writes. */
export const isRunFile = (name: string): boolean => name === recordFile || /^state-\d+\.safetensors$/.test(name);

/**
 * Saves a run. The vectors go to a file of their own name first, the record that points to it is replaced
 * after: whenever the process dies, the record on disk fits its vectors. Throws a `WriteFailure` where the folder, which has to exist, cannot
 * be written; what was saved before is intact then.
 */
export async function saveRun(
  out: string,
  record: Omit<RunRecord, 'state'>,
  vectors: OptimizerState<Float32Array>,
): Promise<void> {
  const folder = folderOf(out);
  const state = stateFile(record.step);
  await writeSafetensors(
    join(folder, state),
    new Map(optimizerVectors.map((name) => [name, { shape: [vectors[name].length], data: vectors[name] }])),
  );
  await writeWhole(recordOf(out), `${JSON.stringify({ state, ...record }, null, 2)}\n`);
  for (const file of await readdir(folder)) {
    // One that stays is removed by the next save.
    if (file.startsWith('state-') && file !== state) await rm(join(folder, file)).catch(() => undefined);
  }
}

/** The record of the run in a folder, undefined where there is none. Throws an `InputError` when it is damaged. */
export async function readRecord(out: string): Promise<RunRecord | undefined> {
  const path = recordOf(out);
  const json = await readJson(path, { what: 'the record of a training run', most: 1e8 });
  if (json === undefined) return undefined;
  const record = recordSchema.safeParse(json);
  if (!record.success) throw new InputError(`${path} is not the record of a training run: choose another folder.`);
  return record.data;
}

/** The vectors of a saved run, `size` numbers each. Throws an `InputError` when they are missing or damaged. */
export async function readVectors(out: string, record: RunRecord, size: number): Promise<OptimizerState<Float32Array>> {
  const path = join(folderOf(out), record.state);
  const tensors = await readSafetensors(path);
  const vector = (name: string): Float32Array => {
    const data = tensors.get(name)?.data;
    if (data?.length !== size) {
      throw new InputError(`${path} has ${data?.length ?? 'no'} numbers for ${name}; this model has ${size}.`);
    }
    return data;
  };
  return {
    parameters: vector('parameters'),
    average: vector('average'),
    first: vector('first'),
    second: vector('second'),
  };
}
