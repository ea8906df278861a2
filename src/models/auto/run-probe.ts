import { messageOf } from '../../graph/message-of.js';
import { chooseBackend, type BackendChoice } from '../backend-choice.js';
import { placeOf, withCheckpoint } from '../checkpoint/folder.js';
import { manifestOf } from '../manifest-of.js';
import { paritySubject, verifyCheckpoint } from '../verify.js';
import { objectionToAnswers } from './check-answers.js';
import { deviceOf } from './device.js';
import type { ProbeMessage, ProbeRequest, TimedModel } from './probe-report.js';
import { timeForwards } from './time-forwards.js';

/** Milliseconds of a forward after which no larger model is tried: a graphics card that is a program for the processor takes minutes. */
const hopeless = 100;

type Tell = (message: ProbeMessage) => Promise<void>;

/** How far logits of the case may be from the reference where numbers of 16 bits are multiplied. */
const halfTolerance = 0.05;

/**
 * Tries a backend in this process: loads it, compares it with the reference, and times it on the models. Throws an `InputError` when the
 * machine does not have it. A model that it cannot run does not keep it from the next; models are to come by size.
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
  const found = await deviceOf(choice);
  await tell({ kind: 'stage', stage: 'comparing with the reference' });
  const { cases } = await verifyCheckpoint(parity, options);
  // Only now is it known that ONNX Runtime finds its device.
  await tell({ kind: 'found', ...found });
  await tell({
    kind: 'compared',
    // Math.max keeps a NaN.
    difference: Math.max(...cases.map(({ difference }) => difference)),
    tolerance: Math.max(precision === 'fp16' ? halfTolerance : 0, ...cases.map(({ tolerance }) => tolerance)),
  });
  for (const [index, model] of models.entries()) {
    try {
      const milliseconds = await timeModel(model, choice, tell);
      const next = models[index + 1];
      if (milliseconds <= hopeless || next === undefined) continue;
      const reason = `no forward of ${next.name} is tried, since one of ${model.name} takes ${milliseconds.toFixed(0)} ms`;
      await tell({ kind: 'failed', reason });
      return;
    } catch (error) {
      await tell({ kind: 'failed', reason: `it cannot run ${model.name}: ${messageOf(error)}` });
    }
  }
}

async function timeModel(model: TimedModel, choice: BackendChoice, tell: Tell): Promise<number> {
  const { name, folder, process } = model;
  await tell({ kind: 'stage', stage: `opening ${name}` });
  const subject = await withCheckpoint(folder, (checkpoint) =>
    paritySubject(folder, checkpoint, choice, manifestOf(checkpoint, placeOf(folder), null, process), {}),
  );
  try {
    await tell({ kind: 'stage', stage: `timing ${name}` });
    const objection = await objectionToAnswers(subject);
    if (objection !== null) await tell({ kind: 'wrong', reason: objection });
    const milliseconds = await timeForwards(subject.denoiser);
    await tell({ kind: 'timed', model: name, milliseconds });
    return milliseconds;
  } finally {
    subject.dispose();
  }
}
