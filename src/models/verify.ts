import { basename, resolve } from 'node:path';
import { match } from 'ts-pattern';
import { InputError } from '../graph/input-error.js';
import type { ModelManifest } from '../graph/manifest.js';
import { settle } from './auto/settle.js';
import { findBackend, type BackendChoice, type BackendOptions } from './backend-choice.js';
import { automatic } from './backends.js';
import type { OpenCheckpoint } from './checkpoint/checkpoint.js';
import { placeOf, withCheckpoint } from './checkpoint/folder.js';
import { manifestOf } from './manifest-of.js';
import { onnxParitySubject } from './onnx/parity-subject.js';
import {
  labelOf,
  readExpected,
  rowsOf,
  type Expected,
  type ExpectedTensor,
  type ParityCase,
} from './parity/expected.js';
import { causalPasses, trainPass } from './parity/raw-passes.js';
import type { ParitySubject } from './parity/subject.js';
import { fullLogits, generateLogits } from './parity/through-denoiser.js';
import { loadTensorBackend } from './tfjs/load.js';
import { tfjsParitySubject } from './tfjs/parity-subject.js';

/** One parity case on one backend. */
export interface VerifiedCase {
  readonly label: string;
  /** Largest absolute difference of logits; NaN where one is not a number. */
  readonly difference: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

export interface Verification {
  /** The checkpoint folder's name. */
  readonly name: string;
  /** Sentences on what could not be had. */
  readonly warnings: readonly string[];
  readonly cases: readonly VerifiedCase[];
}

export interface VerifyOptions extends BackendOptions {
  /** Told how much of the checkpoint has been gone through, as a part of `total`. */
  readonly progress?: (done: number, total: number) => void;
  /** Ends the opening with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Runs every case of a checkpoint folder's `expected.json` on a backend and compares the logits. Denoising and
 * AR scoring take the way that decoding takes. Throws an `InputError` when the folder is not a checkpoint with
 * expectations that fit it, or the backend cannot be had.
 */
export async function verifyCheckpoint(folder: string, options: VerifyOptions = {}): Promise<Verification> {
  if (options.backend === automatic) {
    const verify = (backend: string): Promise<Verification> => verifyCheckpoint(folder, { ...options, backend });
    const { process } = await readExpected(folder);
    return (await settle(folder, { ...options, process: process === 'ar' ? undefined : process }, verify)).opened;
  }
  const { choice, warnings } = await findBackend(options);
  const { expected, subject } = await withCheckpoint(folder, async (checkpoint) => {
    const read = await readExpected(folder);
    const { vocabularySize } = checkpoint.shape;
    if (read.vocabSize !== vocabularySize) {
      throw new InputError(
        `${folder}: expected.json is for a vocabulary of ${read.vocabSize}, the model has ${vocabularySize}.`,
      );
    }
    const manifest = manifestOf(checkpoint, placeOf(folder), null, read.process === 'ar' ? undefined : read.process);
    return { expected: read, subject: await paritySubject(folder, checkpoint, choice, manifest, options) };
  });
  const { process, tolerance } = expected;
  try {
    const cases: VerifiedCase[] = [];
    for (const parityCase of expected.cases) {
      const found = await logitsOf(subject, parityCase, process);
      const difference = largestDifference(found, expectedLogits(parityCase));
      cases.push({ label: labelOf(parityCase), difference, tolerance, passed: difference <= tolerance });
    }
    return { name: basename(resolve(folder)), warnings, cases };
  } finally {
    subject.dispose();
  }
}

/** A checkpoint on a backend, to be compared with expectations. */
export const paritySubject = async (
  folder: string,
  checkpoint: OpenCheckpoint,
  choice: BackendChoice,
  manifest: ModelManifest,
  { progress, signal }: VerifyOptions,
): Promise<ParitySubject> =>
  'precision' in choice
    ? onnxParitySubject(folder, choice, manifest, { progress, signal })
    : tfjsParitySubject(await loadTensorBackend(choice.backend), checkpoint, manifest, { progress, signal });

function logitsOf(
  subject: ParitySubject,
  parityCase: ParityCase,
  process: Expected['process'],
): Promise<Float32Array[]> {
  const { causality } = subject.denoiser.manifest;
  const causal = (tensors: readonly ExpectedTensor[]) => subject.passes(causalPasses(tensors.map(rowsOf)));
  return match(parityCase)
    .with({ mode: 'train' }, (it) =>
      subject.passes([trainPass(it, causality === 'token-causal' ? 'token' : { block: it.blockSize })]),
    )
    .with({ mode: 'generate' }, (it) => generateLogits(subject, it))
    .with({ mode: 'full' }, (it) => (process === 'ar' ? causal([it.noisy]) : fullLogits(subject, it)))
    .with({ mode: 'incremental' }, ({ steps }) => causal(steps.map(({ tokens }) => tokens)))
    .exhaustive();
}

const expectedLogits = (parityCase: ParityCase): ExpectedTensor[] =>
  'steps' in parityCase ? parityCase.steps.map(({ logits }) => logits) : [parityCase.logits];

function largestDifference(found: readonly Float32Array[], expected: readonly ExpectedTensor[]): number {
  let largest = 0;
  expected.forEach(({ data }, step) => {
    const logits = found[step];
    if (logits?.length !== data.length) {
      throw new InputError(`expected.json has ${data.length} logits where the model gives ${logits?.length ?? 0}.`);
    }
    // Math.max keeps a NaN.
    data.forEach((value, index) => {
      largest = Math.max(largest, Math.abs(value - (logits[index] ?? NaN)));
    });
  });
  return largest;
}
