import { setTimeout as sleep } from 'node:timers/promises';
import { WriteFailure } from '../platform/whole-file.js';
import { activate, type TensorBackend } from '../models/tfjs/backend.js';
import { loadTensorBackend } from '../models/tfjs/load.js';
import { createTrainingForward } from '../models/tfjs/training/forward.js';
import { beginning, savedRun } from './beginning.js';
import { evenRows, readCorpus, type Corpus } from './corpus.js';
import type { Noise } from './corruption.js';
import { requireFiniteLoss, requireStorable } from './divergence.js';
import { exportCheckpoint } from './export.js';
import { onDevice, onHost } from './optimizer.js';
import { parseTrainOptions, type TrainOptions, type TrainRequest } from './options.js';
import { claimFolder } from './out-folder.js';
import { cut, parameterLayout } from './parameters.js';
import { createProgress, type StepEvent } from './progress.js';
import { saveRun } from './run-files.js';
import { trainStep } from './train-step.js';
import { validate } from './validation.js';

/** What a run tells while it goes on. */
export type TrainEvent =
  | {
      readonly type: 'started';
      readonly step: number;
      readonly steps: number;
      readonly parameters: number;
      readonly vocabulary: number;
    }
  | StepEvent
  /** Nats per character on held-out text, as [block size, nats]: exact at block size 1, an upper bound above. */
  | {
      readonly type: 'validation';
      readonly step: number;
      readonly rows: number;
      readonly nats: readonly (readonly [number, number])[];
    }
  | { readonly type: 'saved'; readonly step: number; readonly folder: string }
  /**
   * A save failed, as on a full disk, for a `reason` in words. Nothing is lost yet: training goes on and the next save has these steps, or the
   * run is at its end and tries again every few seconds (`waiting`).
   */
  | {
      readonly type: 'unsaved';
      readonly step: number;
      /** The step that `resume` would go on from; 0 when there is nothing to resume. */
      readonly saved: number;
      readonly waiting: boolean;
      readonly reason: string;
    }
  /**
   * The last event. `stopped` when the signal ended the run before its last step. `saved` is the step that `resume` would go on from: below
   * `step` where the run was stopped while it waited for a disk.
   */
  | {
      readonly type: 'finished';
      readonly step: number;
      readonly saved: number;
      readonly stopped: boolean;
      readonly seconds: number;
    };

/** Milliseconds between tries to save at the end of a run. */
const betweenTries = 3_000;

/**
 * Trains a BlockGen model on a text file. Nothing happens until the events are read. Aborting the signal stops
 * after the current step, saves, and ends with `finished`; `resume` then goes on as if nothing had happened
 * (bit for bit where the backend is deterministic). A save that fails at the end is repeated until it succeeds, the signal is aborted meanwhile,
 * or the caller reads no more events.
 *
 * Throws an `InputError` for options or files that don't work, when another process trains in the same folder, and when the training
 * diverges: a loss is no longer a number or the weights no longer fit the checkpoint, in which case they are not saved.
 */
export async function* train(
  request: TrainRequest,
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<TrainEvent, void, undefined> {
  const options = parseTrainOptions(request);
  const corpus = await readCorpus(options.text, options.heldOut, options.length);
  const backend = await loadTensorBackend(options.backend);
  // What is refused leaves no folder behind.
  await savedRun(options);
  const lock = await claimFolder(options.out);
  try {
    yield* runTraining(backend, options, corpus, signal);
  } finally {
    await lock.release();
  }
}

async function* runTraining(
  backend: TensorBackend,
  options: TrainOptions,
  corpus: Corpus,
  signal: AbortSignal,
): AsyncGenerator<TrainEvent, void, undefined> {
  const { tf } = backend;
  // Whoever reads the events may run a model on another backend between them.
  const takeBack = (): void => {
    activate(backend);
  };
  const characters = corpus.tokenizer.vocabularySize;
  const noise: Noise = { process: options.process, characters };
  const vocabulary = options.process === 'absorbing' ? characters + 1 : characters;
  const layout = parameterLayout({
    vocabularySize: vocabulary,
    hidden: options.hidden,
    layers: options.layers,
    condition: null,
  });
  const blockSizes = options.mixture.map((part) => part.blockSize).sort((a, b) => a - b);
  const begun = await beginning(options, corpus, layout);
  const { parts, validations } = begun;
  let state = onDevice(tf, begun.vectors);
  let step = begun.step;
  let saved = begun.step;
  const forward = createTrainingForward(tf, { heads: options.heads, length: options.length, x0Causal: true });
  const context = { options, noise, layout, forward, text: corpus.training };
  const progress = createProgress(options, begun.seconds);

  async function* score(rows: number): AsyncGenerator<TrainEvent, void, undefined> {
    takeBack();
    const heldOut = evenRows(corpus.heldOut, rows, options.length);
    const tensors = tf.tidy(() => cut(layout, state.average));
    const task = {
      forward,
      weights: layout.weights(tensors),
      noise,
      rows: heldOut,
      length: options.length,
      blockSizes,
    };
    const nats = await validate(tf, { ...task, batch: options.rows, seed: options.seed, signal });
    tf.dispose(tensors);
    if (nats === undefined) return;
    requireFiniteLoss([...nats.values()], step);
    const validation = {
      step,
      rows: heldOut.length / options.length,
      nats: [...nats].map(([size, value]): [number, number] => [size, value]),
    };
    validations.push(validation);
    yield { type: 'validation', ...validation };
  }
  const save = async (): Promise<Extract<TrainEvent, { readonly type: 'saved' }>> => {
    takeBack();
    const vectors = await onHost(state);
    requireStorable(vectors.parameters, step);
    requireStorable(vectors.average, step);
    const seconds = progress.seconds();
    await saveRun(options.out, { step, seconds, options, parts, textSha256: corpus.sha256, validations }, vectors);
    saved = step;
    const text = { sha256: corpus.sha256, training: corpus.training.length, heldOut: corpus.heldOut.length };
    const facts = { options, parts, blockSizes, parameters: layout.size, vocabulary: characters, text, step, seconds };
    await exportCheckpoint(layout, vectors.average, corpus.tokenizer, { ...facts, validation: validations.at(-1) });
    return { type: 'saved', step, folder: options.out };
  };
  const trySave = async (waiting: boolean): Promise<Extract<TrainEvent, { readonly type: 'saved' | 'unsaved' }>> => {
    try {
      return await save();
    } catch (error) {
      if (!(error instanceof WriteFailure)) throw error;
      return { type: 'unsaved', step, saved, waiting, reason: error.message };
    }
  };

  try {
    yield { type: 'started', step, steps: options.steps, parameters: layout.size, vocabulary };
    // The process of a run that goes on may have ended before the checkpoint was written.
    let unsaved = begun.step > 0;
    while (step < options.steps && !signal.aborted) {
      takeBack();
      const { next, losses } = await trainStep(tf, context, state, step);
      tf.dispose({ ...state });
      state = next;
      step += 1;
      unsaved = true;
      const event = progress.step(step, losses);
      requireFiniteLoss(
        losses.map(({ nats }) => nats),
        step,
      );
      if (event !== undefined) yield event;
      if (step < options.steps && step % options.validateEvery === 0) yield* score(options.validationRows);
      if (step < options.steps && step % options.saveEvery === 0) {
        const event = await trySave(false);
        unsaved = event.type === 'unsaved';
        yield event;
      }
      // Lets signals and timers in: a step itself never waits.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (step === options.steps && validations.at(-1)?.step !== step) {
      unsaved = true;
      yield* score(Infinity);
    }
    const stopped = signal.aborted;
    while (unsaved && signal.aborted === stopped) {
      const event = await trySave(true);
      unsaved = event.type === 'unsaved';
      yield event;
      if (unsaved) await sleep(betweenTries, undefined, stopped ? {} : { signal }).catch(() => undefined);
    }
    yield { type: 'finished', step, saved, stopped: step < options.steps, seconds: progress.seconds() };
  } finally {
    tf.dispose({ ...state });
    forward.dispose();
  }
}
