import { basename, resolve } from 'node:path';
import { match } from 'ts-pattern';
import { InputError } from '../graph/input-error.js';
import { readCheckpoint } from './checkpoint/weights.js';
import { manifestOf } from './manifest-of.js';
import { loadBackend, networkOf } from './tfjs/open.js';
import { readExpected, rowsOf, type ExpectedTensor, type ParityCase } from './parity/expected.js';
import { fullLogits, generateLogits } from './parity/through-denoiser.js';
import { causalLogits, trainLogits } from './parity/through-network.js';
import { TfjsDenoiser } from './tfjs/denoiser.js';

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
  readonly cases: readonly VerifiedCase[];
}

export interface VerifyOptions {
  /** One of `backends`. Default `wasm`. */
  readonly backend?: string;
}

/**
 * Runs every case of a checkpoint folder's `expected.json` on a backend and compares the logits. Denoising and
 * AR scoring take the way that decoding takes. Throws an `InputError` when the folder is not a checkpoint with
 * expectations that fit it.
 */
export async function verifyCheckpoint(folder: string, options: VerifyOptions = {}): Promise<Verification> {
  const checkpoint = await readCheckpoint(folder);
  const expected = await readExpected(folder);
  const { process, vocabSize, tolerance } = expected;
  if (vocabSize !== checkpoint.shape.vocabularySize) {
    throw new InputError(
      `${folder}: expected.json is for a vocabulary of ${vocabSize}, the model has ${checkpoint.shape.vocabularySize}.`,
    );
  }
  const backend = await loadBackend(options.backend);
  const { tf } = backend;
  const network = networkOf(backend, checkpoint);
  const manifest = manifestOf(checkpoint, folder, null, process === 'ar' ? undefined : process);
  const denoiser = new TfjsDenoiser(backend, network, manifest);
  const cleanAttention = (blockSize: number) =>
    manifest.causality === 'token-causal' ? ('token' as const) : { block: blockSize };
  const run = (parityCase: ParityCase): Promise<Float32Array[]> =>
    match(parityCase)
      .with({ mode: 'train' }, (it) => trainLogits(network, it, cleanAttention(it.blockSize)))
      .with({ mode: 'generate' }, (it) => generateLogits(denoiser, it))
      .with({ mode: 'full' }, (it) =>
        process === 'ar' ? causalLogits(tf, network, [rowsOf(it.noisy)]) : fullLogits(denoiser, it),
      )
      .with({ mode: 'incremental' }, ({ steps }) =>
        causalLogits(
          tf,
          network,
          steps.map(({ tokens }) => rowsOf(tokens)),
        ),
      )
      .exhaustive();
  try {
    const cases: VerifiedCase[] = [];
    for (const parityCase of expected.cases) {
      const difference = largestDifference(await run(parityCase), expectedLogits(parityCase));
      cases.push({ label: labelOf(parityCase), difference, tolerance, passed: difference <= tolerance });
    }
    return { name: basename(resolve(folder)), cases };
  } finally {
    denoiser.dispose();
  }
}

const expectedLogits = (parityCase: ParityCase): ExpectedTensor[] =>
  'steps' in parityCase ? parityCase.steps.map(({ logits }) => logits) : [parityCase.logits];

const labelOf = (parityCase: ParityCase): string =>
  'blockSize' in parityCase ? `${parityCase.mode}, block size ${parityCase.blockSize}` : parityCase.mode;

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
