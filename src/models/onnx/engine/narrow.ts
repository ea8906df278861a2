import { messageOf } from '../../../graph/message-of.js';
import type { Machine } from './machine.js';
import type { Stored } from './slot-storage.js';

/** A machine that multiplies in 16 bits: what comes out not finite may be so for want of room, which is told together with the remedy. */
export const narrowMachine = <S extends Stored>(machine: Machine<S>): Machine<S> => ({
  size: machine.size,
  storage: machine.storage,
  costs: machine.costs,
  get usage() {
    return machine.usage;
  },
  run: async (calls, window) => {
    const { calls: results, buffer } = await machine.run(calls, window);
    const told = results.map((result) => ({
      kept: () => withRemedy(() => result.kept()),
      answers: () => withRemedy(() => result.answers()),
    }));
    return { calls: told, buffer };
  },
  settle: () => machine.settle(),
  dispose: () => machine.dispose(),
});

function withRemedy<T>(look: () => T): T {
  try {
    return look();
  } catch (cause) {
    const message = `${messageOf(cause)}; in fp16 numbers end at 65504, and --precision fp32 may have room for them`;
    throw new Error(message, { cause });
  }
}
