import type { Answerer } from '../questions/answerer.js';
import type { Gate } from './gate.js';
import type { Machine } from './machine.js';
import type { Stored } from './slot-storage.js';

/** A machine that calls the library through the gate only. */
export const gatedMachine = <S extends Stored>(machine: Machine<S>, gate: Gate): Machine<S> => ({
  size: machine.size,
  storage: machine.storage,
  costs: machine.costs,
  get usage() {
    return machine.usage;
  },
  run: (calls, window) => gate.enter(() => machine.run(calls, window)),
  settle: () => gate.enter(() => machine.settle()),
  dispose: () => gate.enter(() => machine.dispose()),
});

/** An answerer that does. */
export const gatedAnswerer = (answerer: Answerer, gate: Gate): Answerer => ({
  answer: (questions) => gate.enter(() => answerer.answer(questions)),
  logits: (raw) => gate.enter(() => answerer.logits(raw)),
  dispose: () => gate.enter(() => answerer.dispose()),
});
