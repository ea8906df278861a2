import { messageOf } from '../../graph/message-of.js';
import { chooseBackend, type BackendChoice } from '../backend-choice.js';
import { placeOf, withCheckpoint } from '../checkpoint/folder.js';
import { manifestOf } from '../manifest-of.js';
import { loadOnnxRuntime } from '../onnx/runtime.js';
import { loadTensorBackend } from '../tfjs/load.js';
import { paritySubject, verifyCheckpoint } from '../verify.js';
import { objectionToAnswers } from './check-answers.js';
import { deviceOf } from './device.js';
import type { ProbeMessage, ProbeRequest, TimedModel } from './probe-report.js';
import { timeForwards } from './time-forwards.js';

type Tell = (message: ProbeMessage) => Promise<void>;

/** How far logits of the case may be from the reference where numbers of 16 bits are multiplied. */
const halfTolerance = 0.05;

/**
 * Tries a backend in this process: loads it, compares it with the reference, and times it on the models. Throws an `InputError` when the
 * machine does not have it. A model that it cannot be timed on does not keep it from the next.
 */
export async function runProbe(request: ProbeRequest, tell: Tell): Promise<void> {
  const { parity, models, ...asked } = request;
  const { backend, precision, threads } = asked;
  const options = {
    backend,
    ...(precision === undefined ? {} : { precision }),
    ...(threads === undefined ? {} : { threads }),
  };
  const choice = chooseBackend(options);
  await tell({ kind: 'stage', stage: 'loading' });
  const device = await deviceOf(await loaded(choice));
  await tell({ kind: 'stage', stage: 'comparing with the reference' });
  const { cases } = await verifyCheckpoint(parity, options);
  // Only now is it known that ONNX Runtime finds its device.
  await tell({ kind: 'found', device });
  await tell({
    kind: 'compared',
    // Math.max keeps a NaN.
    difference: Math.max(...cases.map(({ difference }) => difference)),
    tolerance: Math.max(precision === 'fp16' ? halfTolerance : 0, ...cases.map(({ tolerance }) => tolerance)),
  });
  for (const model of models) {
    await tell({ kind: 'stage', stage: `opening ${model.name}` });
    try {
      await timeModel(model, choice, tell);
    } catch (error) {
      await tell({ kind: 'failed', reason: `${model.name} does not run: ${messageOf(error)}` });
    }
  }
}

const loaded = async (choice: BackendChoice): Promise<Parameters<typeof deviceOf>[0]> => {
  if (!('precision' in choice)) return loadTensorBackend(choice.backend);
  await loadOnnxRuntime();
  return { name: choice.backend };
};

async function timeModel(model: TimedModel, choice: BackendChoice, tell: Tell): Promise<void> {
  const { name, folder, process } = model;
  const subject = await withCheckpoint(folder, (checkpoint) =>
    paritySubject(folder, checkpoint, choice, manifestOf(checkpoint, placeOf(folder), null, process), {}),
  );
  try {
    await tell({ kind: 'stage', stage: `timing ${name}` });
    const objection = await objectionToAnswers(subject);
    if (objection !== null) await tell({ kind: 'wrong', reason: objection });
    await tell({ kind: 'timed', model: name, milliseconds: await timeForwards(subject.denoiser) });
  } finally {
    subject.dispose();
  }
}
